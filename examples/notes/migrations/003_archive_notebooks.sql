-- Migration: 003_archive_notebooks
-- Description: Notebooks can be archived; a name may be used again then
-- Author: The Dunlin authors
-- Date: 2026-11-16
-- Schema-Version: 1.2.0

-- SQLite cannot drop a UNIQUE constraint, so the table is built anew. Foreign keys are off meanwhile: the notes
-- that refer to it stay.

-- === UP MIGRATION ===
CREATE TABLE notebooks_new (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT NOT NULL,
  archived_at  TEXT
);
INSERT INTO notebooks_new (id, name) SELECT id, name FROM notebooks;
DROP TABLE notebooks;
ALTER TABLE notebooks_new RENAME TO notebooks;
CREATE UNIQUE INDEX idx_notebooks_open_name ON notebooks (name) WHERE archived_at IS NULL;

-- === DOWN MIGRATION ===
-- When a notebook was archived is lost, and has to be said.
DROP INDEX idx_notebooks_open_name;
ALTER TABLE notebooks DROP COLUMN archived_at;
CREATE TABLE notebooks_old (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  name  TEXT NOT NULL UNIQUE
);
INSERT INTO notebooks_old (id, name) SELECT id, name FROM notebooks;
DROP TABLE notebooks;
ALTER TABLE notebooks_old RENAME TO notebooks;

-- === VERIFY ===
-- every note still has its notebook
SELECT count(*) = 0 FROM notes WHERE notebook_id NOT IN (SELECT id FROM notebooks);
