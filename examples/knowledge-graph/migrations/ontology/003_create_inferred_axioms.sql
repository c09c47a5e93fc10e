-- Migration: 003_create_inferred_axioms
-- Description: What follows from the classes, worked out once: a Person is an Agent is a Thing, so a Person is a Thing
-- Author: The knowledge server's authors
-- Date: 2026-04-20

-- === UP MIGRATION ===
CREATE TABLE inferred_axioms (
  subject  TEXT NOT NULL REFERENCES classes (name),
  object   TEXT NOT NULL REFERENCES classes (name),
  PRIMARY KEY (subject, object)
) WITHOUT ROWID;

INSERT INTO inferred_axioms
WITH RECURSIVE above (subject, object) AS (
  SELECT name, name FROM classes
  UNION
  SELECT subject, parent FROM above JOIN classes ON classes.name = above.object WHERE parent IS NOT NULL
)
SELECT subject, object FROM above;

-- === DOWN MIGRATION ===
DROP TABLE inferred_axioms;

-- === VERIFY ===
-- every class is itself
SELECT count(*) = 0 FROM classes WHERE NOT EXISTS
  (SELECT 1 FROM inferred_axioms WHERE subject = name AND object = name);

-- every class is what its parent is
SELECT count(*) = 0 FROM classes JOIN inferred_axioms AS of_parent ON of_parent.subject = parent
WHERE NOT EXISTS (SELECT 1 FROM inferred_axioms AS own WHERE own.subject = name AND own.object = of_parent.object);
