-- === UP MIGRATION ===
CREATE TABLE notes (
  id    INTEGER PRIMARY KEY,
  body  TEXT NOT NULL
);

-- === DOWN MIGRATION ===
DROP TABLE notes;
