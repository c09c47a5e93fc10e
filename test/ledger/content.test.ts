import { expect, it } from 'vitest';
import { runSync } from '../../src/bridge/index.ts';
import { hasNoContent, readContent } from '../../src/ledger/index.ts';
import { semver } from '../../src/ledger/layouts/semver-layout.ts';
import { standard } from '../../src/ledger/layouts/standard.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { isEmpty } from '../../src/schema/index.ts';
import { openTestDatabase } from '../support/databases.ts';

it.each([
  ['nothing', '', true, true],
  ['the tracking tables', 'CREATE TABLE schema_migrations (a); CREATE TABLE schema_migration_attempts (a)', true, true],
  ['a tracking table in capitals', 'CREATE TABLE SCHEMA_MIGRATIONS (a UNIQUE)', true, true],
  [
    'an index on a tracking table',
    'CREATE TABLE schema_migrations (a); CREATE INDEX i ON schema_migrations (a)',
    true,
    true,
  ],
  ['the table of versions', 'CREATE TABLE schema_version (a)', false, true],
  ['what SQLite has made', 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE t; ANALYZE', true, true],
  ['a table', 'CREATE TABLE t (a)', false, false],
  ['a table that is named nearly as SQLite names its own', 'CREATE TABLE sqlitex (a)', false, false],
  ['a view', 'CREATE VIEW v AS SELECT 1', false, false],
  ['a virtual table', 'CREATE VIRTUAL TABLE f USING fts5(a)', false, false],
])('a database with %s', (_, sql, inStandard, inSemver) => {
  const db = openTestDatabase();
  db.exec(sql);
  const tables = { migrations: 'schema_migrations', attempts: 'schema_migration_attempts' };
  const found = [standard, semver].map((layout) => {
    const ledger = { database: 'app.db', layout, tables };
    const empty = runSync(hasNoContent(ledger), db.bridge, nodeHost);
    expect(isEmpty(runSync(readContent(ledger), db.bridge, nodeHost))).toBe(empty);
    return empty;
  });
  expect(found).toEqual([inStandard, inSemver]);
});
