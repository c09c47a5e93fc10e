-- Migration: 002_create_properties
-- Description: The relations that an edge may have, with the classes at its ends
-- Author: The knowledge server's authors
-- Date: 2026-03-02

-- === UP MIGRATION ===
CREATE TABLE properties (
  name    TEXT PRIMARY KEY,
  domain  TEXT NOT NULL REFERENCES classes (name),
  range   TEXT NOT NULL REFERENCES classes (name)
);

INSERT INTO properties VALUES ('wrote', 'Agent', 'Work'), ('knew', 'Agent', 'Agent'), ('about', 'Work', 'Thing');

-- === DOWN MIGRATION ===
DROP TABLE properties;
