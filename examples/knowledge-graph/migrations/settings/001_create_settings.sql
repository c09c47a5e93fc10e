-- Migration: 001_create_settings
-- Description: What the operator may set, each with its value of the moment
-- Author: The knowledge server's authors
-- Date: 2026-03-02

-- === UP MIGRATION ===
CREATE TABLE settings (
  key         TEXT PRIMARY KEY,
  value       TEXT NOT NULL,
  updated_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO settings (key, value) VALUES ('neighbours.limit', '100');

-- === DOWN MIGRATION ===
DROP TABLE settings;
