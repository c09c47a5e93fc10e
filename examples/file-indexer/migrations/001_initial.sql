-- Migration: 001_initial
-- Description: Files and folders, as release 1.0.0 had them
-- Author: The file indexer's authors
-- Date: 2025-03-01
-- Schema-Version: 1.0.0

-- === UP MIGRATION ===
CREATE TABLE files (
  id           INTEGER PRIMARY KEY,
  path         TEXT NOT NULL UNIQUE,
  parent_id    INTEGER REFERENCES files (id) ON DELETE CASCADE,
  is_folder    INTEGER NOT NULL,
  size         INTEGER NOT NULL,
  modified_at  TEXT NOT NULL
);

CREATE INDEX idx_files_parent ON files (parent_id);

CREATE TABLE schema_version (version TEXT NOT NULL, updated_at TEXT NOT NULL);

INSERT INTO schema_version VALUES ('1.0.0', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));

-- === DOWN MIGRATION ===
DROP TABLE schema_version;
DROP TABLE files;
