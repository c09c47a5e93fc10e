-- Migration: 003_create_metadata
-- Description: Where the knowledge of a node comes from, and whatever else is to be kept with it
-- Author: The knowledge server's authors
-- Date: 2026-03-09

-- === UP MIGRATION ===
CREATE TABLE metadata (
  node   INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (node, key)
) WITHOUT ROWID;

-- === DOWN MIGRATION ===
DROP TABLE metadata;
