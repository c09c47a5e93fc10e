-- Migration: 001_create_nodes
-- Description: What the graph knows of; the type is a class of the ontology, which is a database of its own
-- Author: The knowledge server's authors
-- Date: 2026-03-02

-- === UP MIGRATION ===
CREATE TABLE nodes (
  id     INTEGER PRIMARY KEY,
  type   TEXT NOT NULL,
  label  TEXT NOT NULL
);

CREATE INDEX idx_nodes_type ON nodes (type);

-- === DOWN MIGRATION ===
DROP TABLE nodes;
