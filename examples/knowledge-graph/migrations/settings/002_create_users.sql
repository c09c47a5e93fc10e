-- Migration: 002_create_users
-- Description: Who may use the server
-- Author: The knowledge server's authors
-- Date: 2026-03-02

-- === UP MIGRATION ===
CREATE TABLE users (
  id          INTEGER PRIMARY KEY,
  email       TEXT NOT NULL UNIQUE COLLATE NOCASE,
  created_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO users (email) VALUES ('admin@localhost');

-- === DOWN MIGRATION ===
DROP TABLE users;

-- === VERIFY ===
-- somebody can sign in
SELECT count(*) > 0 FROM users;
