-- Migration: 002_add_tags
-- Description: Any number of tags on a note
-- Author: The Dunlin authors
-- Date: 2026-11-09
-- Schema-Version: 1.1.0

-- === UP MIGRATION ===
CREATE TABLE tags (
  note_id  INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
  tag      TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (note_id, tag)
) WITHOUT ROWID;

CREATE INDEX idx_tags_tag ON tags (tag);

-- === DOWN MIGRATION ===
DROP TABLE tags;
