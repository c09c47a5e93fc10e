CREATE TABLE begin (end TEXT, replace TEXT, trigger TEXT, "case" TEXT);
CREATE TABLE IF NOT EXISTS "if" (temp TEXT, view TEXT);
CREATE VIEW recursive AS SELECT end, replace(trigger, 'a', 'b') AS replace FROM begin;
WITH replace AS (SELECT 1 AS one) INSERT INTO begin (end) SELECT one FROM replace;
CREATE TRIGGER trigger AFTER UPDATE OF end ON begin WHEN new.end BEGIN SELECT end FROM begin; END;
SELECT explain.end FROM begin AS explain;
DROP TABLE IF EXISTS if;
ALTER TABLE begin DROP COLUMN "case";
ALTER TABLE begin ADD COLUMN key;
