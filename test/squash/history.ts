import type { MigrationDatabase } from '../../src/index.ts';
import type { MigrationsGiven } from '../../src/source/index.ts';

/** Migrations with all that a squash has to make again: each `[file, text or module]`. */
const history: Readonly<Record<string, string | { up: (db: MigrationDatabase) => void }>> = {
  '001_tables.sql': `-- === UP MIGRATION ===
CREATE TABLE parents (id INTEGER PRIMARY KEY, child INTEGER REFERENCES children (id));
CREATE TABLE children (id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER NOT NULL REFERENCES parents (id), name TEXT);
INSERT INTO parents VALUES (1, 7), (2, NULL);
INSERT INTO children VALUES (7, 1, 'a'), (9, 2, 'b'), (20, 1, 'gone');
DELETE FROM children WHERE id = 20;
-- === DOWN MIGRATION ===
DROP TABLE parents;
DROP TABLE children;`,
  '002_values.sql': `-- === UP MIGRATION ===
CREATE TABLE "odd ""values" (a, "b c", n INTEGER DEFAULT (random()), twice AS (n * 2), thrice AS (n * 3) STORED);
INSERT INTO "odd ""values" (a, "b c", n) VALUES
  (x'00ff', 'it''s', 9223372036854775807), (0.1, -1e300, -9223372036854775808), (9e999, 1.0, 0),
  ('two' || char(13, 10) || 'lines' || char(0) || 'nul', 'é 🐦', 3), (CAST(x'ff41' AS TEXT), '', NULL),
  (replace(hex(zeroblob(60)), '0', char(10)), NULL, 5), (char(65279) || 'bom', 'a', 6);
DELETE FROM "odd ""values" WHERE n = 5 AND a IS NULL;
CREATE TABLE keyed (k TEXT, v, PRIMARY KEY (k, v)) WITHOUT ROWID;
INSERT INTO keyed VALUES ('b', 2), ('a', 1);
CREATE TABLE exact (id INT PRIMARY KEY, r REAL) STRICT;
INSERT INTO exact VALUES (5, 1), (3, 2.5);
CREATE TABLE names (rowid, _rowid_, oid);
INSERT INTO names VALUES (3, 'c', 1), (2, 'b', 2);
CREATE TABLE counted ("key" INTEGER PRIMARY KEY AUTOINCREMENT, rowid TEXT);
INSERT INTO counted VALUES (4, 'zz'), (9, 'a');
DELETE FROM counted WHERE "key" = 9;
CREATE TABLE sparse (x);
INSERT INTO sparse (rowid, x) VALUES (40, 'forty'), (2, 'two');
PRAGMA user_version = 12;
PRAGMA application_id = 99;
-- === DOWN MIGRATION ===
DROP TABLE "odd ""values";
DROP TABLE keyed;
DROP TABLE exact;
DROP TABLE sparse;
DROP TABLE names;
DROP TABLE counted;
PRAGMA user_version = 0;
PRAGMA application_id = 0;`,
  '003_views.sql': `-- Schema-Version: 1.2.0
-- === UP MIGRATION ===
CREATE VIEW a_names AS SELECT name FROM z_children;
CREATE VIEW z_children AS SELECT * FROM children;
CREATE TRIGGER a_names_in INSTEAD OF INSERT ON a_names BEGIN INSERT INTO children (parent, name) VALUES (1, new.name); END;
CREATE TABLE log (what TEXT);
CREATE TRIGGER children_log AFTER INSERT ON children BEGIN INSERT INTO log VALUES ('new ' || new.name); END;
INSERT INTO a_names VALUES ('c');
CREATE INDEX children_name ON children (name COLLATE NOCASE DESC) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX log_upper ON log (upper(what));
-- === DOWN MIGRATION ===
DROP TRIGGER children_log;
DROP TABLE log;
DROP VIEW a_names;
DROP VIEW z_children;
DROP INDEX children_name;
DELETE FROM children WHERE name = 'c';`,
  '004_code.ts': {
    up: (db: MigrationDatabase): void => {
      db.exec('CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB)');
      for (const name of ['x', 'y']) db.run('INSERT INTO settings VALUES (?, ?)', name, new Uint8Array([1, 2]));
      db.run('UPDATE parents SET child = 9 WHERE id = 2');
    },
  },
  '005_search.sql': `CREATE VIRTUAL TABLE plain USING fts5(title, body);
INSERT INTO plain (rowid, title, body) VALUES (3, 'three', 'words here'), (9, 'nine', NULL);
INSERT INTO plain (plain, rank) VALUES ('rank', 'bm25(10.0, 5.0)');
CREATE VIRTUAL TABLE outer_text USING fts5(name, content='children', content_rowid='id');
INSERT INTO outer_text (outer_text) VALUES ('rebuild');
CREATE VIRTUAL TABLE old USING fts4(body);
INSERT INTO old (docid, body) VALUES (5, 'fourth');
CREATE VIRTUAL TABLE places USING rtree(id, x0, x1);
INSERT INTO places VALUES (4, 1.5, 2.5);
ANALYZE;`,
  '006_drop.sql': `-- dunlin: destructive
DROP TABLE exact;
CREATE TABLE late (id INTEGER PRIMARY KEY AUTOINCREMENT);
INSERT INTO late DEFAULT VALUES;
DELETE FROM late;`,
  '007_after.sql': `-- === UP MIGRATION ===
ALTER TABLE children ADD COLUMN note TEXT DEFAULT 'n';
INSERT INTO children (parent, name) VALUES (2, 'after');
INSERT INTO outer_text (outer_text) VALUES ('rebuild');
-- === DOWN MIGRATION ===
DELETE FROM children WHERE name = 'after';
DELETE FROM log WHERE what = 'new after';
ALTER TABLE children DROP COLUMN note;
INSERT INTO outer_text (outer_text) VALUES ('rebuild');`,
};

/** The files up to a version, with those of others. */
export function filesTo(version: number, others: Readonly<Record<string, string>> = {}): MigrationsGiven {
  return Object.fromEntries([
    ...Object.entries(history).filter(([file]) => Number.parseInt(file, 10) <= version),
    ...Object.entries(others),
  ]);
}

/** The files above a version, with those of others. */
export function filesAbove(version: number, others: Readonly<Record<string, string>> = {}): MigrationsGiven {
  return Object.fromEntries([
    ...Object.entries(history).filter(([file]) => Number.parseInt(file, 10) > version),
    ...Object.entries(others),
  ]);
}
