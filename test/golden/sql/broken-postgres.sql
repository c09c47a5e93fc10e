CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE TABLE a (id uuid DEFAULT gen_random_uuid()::text, at timestamptz);
CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END; $$ LANGUAGE plpgsql;
COMMENT ON TABLE a IS 'x';
