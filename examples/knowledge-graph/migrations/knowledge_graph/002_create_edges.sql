-- Migration: 002_create_edges
-- Description: How nodes are related
-- Author: The knowledge server's authors
-- Date: 2026-03-02

-- === UP MIGRATION ===
CREATE TABLE edges (
  id        INTEGER PRIMARY KEY,
  source    INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
  relation  TEXT NOT NULL,
  target    INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
  UNIQUE (source, relation, target)
);

CREATE INDEX idx_edges_target ON edges (target);

-- === DOWN MIGRATION ===
DROP TABLE edges;
