import { expect } from 'vitest';
import {
  defineMigration,
  type MigrationDatabase,
  type MigrationDefinition,
  type RebuildResult,
  type TableChanges,
} from '../../src/migration/index.ts';
import { canonical } from '../../src/sql/index.ts';
import type { RunnerSetup, TestDatabase } from '../support/databases.ts';

/** Everything that can hang on a table: children of each kind, indexes, triggers, views, a sequence, comments. */
export const people = `
CREATE TABLE people (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
  email TEXT NOT NULL COLLATE NOCASE UNIQUE ON CONFLICT ABORT,
  age TEXT, -- as typed in
  /* who brought them */ boss INTEGER REFERENCES people (id) ON DELETE SET NULL,
  label TEXT GENERATED ALWAYS AS (email || ' ' || coalesce(age, '?')) VIRTUAL,
  CONSTRAINT adult CHECK (people.age IS NULL OR length(age) < 9)
);
CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE);
CREATE TABLE items (id INTEGER PRIMARY KEY, o INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE);
CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id) ON DELETE SET NULL);
CREATE TABLE strict_ones (person INTEGER REFERENCES people (id) ON DELETE RESTRICT);
CREATE TABLE log (what TEXT);
CREATE INDEX people_age ON people (age) WHERE age IS NOT NULL;
CREATE INDEX people_lower ON people (lower(email) DESC); -- by expression
CREATE TRIGGER people_added AFTER INSERT ON people BEGIN INSERT INTO log VALUES ('added ' || new.email); END;
CREATE TRIGGER orders_added AFTER INSERT ON orders BEGIN UPDATE people SET age = age WHERE id = new.person; END;
CREATE VIEW adults AS SELECT id, email FROM people WHERE age > '17';
CREATE VIEW adult_emails AS SELECT email FROM adults;
INSERT INTO people (id, email, age, boss) VALUES (1, 'a@x', '40', NULL), (2, 'b@x', '17', 1), (3, 'c@x', NULL, 2), (9, 'd@x', '5', 1);
DELETE FROM people WHERE id = 9;
INSERT INTO orders VALUES (1, 1), (2, 2);
INSERT INTO items VALUES (1, 1), (2, 2);
INSERT INTO notes VALUES (1, 1), (2, NULL);
INSERT INTO strict_ones VALUES (1);
ANALYZE;
`;

/** A migration that rebuilds; on an asynchronous bridge the promise is handed on. */
export function rebuilding(
  table: string,
  define: (table: TableChanges) => unknown,
  tell: (result: RebuildResult) => void = () => undefined,
): MigrationDefinition {
  return defineMigration({
    up: (db: MigrationDatabase) => {
      const result: unknown = db.rebuildTable(table, define as (table: TableChanges) => void);
      if (result instanceof Promise) return result.then((value: RebuildResult) => tell(value)) as Promise<void>;
      tell(result as RebuildResult);
      return undefined;
    },
  });
}

/** Runs a schema, then a rebuild as a run of its own. */
export async function rebuild(
  db: TestDatabase,
  schema: string,
  table: string,
  define: (table: TableChanges) => unknown,
  setup: RunnerSetup = {},
): Promise<RebuildResult> {
  let result: RebuildResult | undefined;
  const before = { '001_schema.sql': schema === '' ? '-- the schema is there already' : schema };
  await db.up(before, setup);
  await db.up({ ...before, '002_rebuild.js': rebuilding(table, define, (value) => (result = value)) }, setup);
  return result ?? expect.fail('nothing was returned');
}

/** Every object but one, with its text: what a change of that one must leave alone. */
export function others(db: TestDatabase, table: string): unknown {
  return db.rows(
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> '${table}' AND name NOT LIKE 'schema_migration%' ORDER BY type, name`,
  );
}

/** A table's text in the form in which only what matters counts. */
export function textOf(db: TestDatabase, table: string): string {
  return canonical(String(db.value(`SELECT sql FROM sqlite_schema WHERE name = '${table}'`)));
}
