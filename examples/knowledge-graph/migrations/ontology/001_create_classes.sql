-- Migration: 001_create_classes
-- Description: The kinds of things that there are, each a kind of another or of nothing
-- Author: The knowledge server's authors
-- Date: 2026-03-02

-- === UP MIGRATION ===
CREATE TABLE classes (
  name    TEXT PRIMARY KEY,
  parent  TEXT REFERENCES classes (name)
);

INSERT INTO classes VALUES ('Thing', NULL), ('Agent', 'Thing'), ('Person', 'Agent'), ('Work', 'Thing');

-- === DOWN MIGRATION ===
DROP TABLE classes;
