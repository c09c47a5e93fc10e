-- Migration: 001_create_notes
-- Description: Notebooks and the notes in them
-- Author: The Dunlin authors
-- Date: 2026-11-02
-- Schema-Version: 1.0.0

-- === UP MIGRATION ===
CREATE TABLE notebooks (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  name  TEXT NOT NULL UNIQUE
);

CREATE TABLE notes (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  notebook_id  INTEGER NOT NULL REFERENCES notebooks (id) ON DELETE CASCADE,
  title        TEXT NOT NULL,
  body         TEXT NOT NULL DEFAULT '',
  updated_at   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_notes_notebook ON notes (notebook_id);

CREATE TRIGGER notes_touch AFTER UPDATE OF title, body ON notes
BEGIN
  UPDATE notes SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;

INSERT INTO notebooks (name) VALUES ('Inbox');

-- === DOWN MIGRATION ===
DROP TABLE notes;
DROP TABLE notebooks;

-- === VERIFY ===
-- there is an inbox
SELECT count(*) = 1 FROM notebooks WHERE name = 'Inbox';
