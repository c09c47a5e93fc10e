import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import {
  BackupManager,
  defineMigration,
  migrate,
  migrateSync,
  type DriverName,
  type MigrationDatabase,
} from '../../src/node/index.ts';
import { failureOf } from '../support/databases.ts';

/** Where an old schema may have a text in double quotes. */
const schemas: readonly (readonly [where: string, sql: string])[] = [
  ['a CHECK', `CREATE TABLE t (a TEXT CHECK (a <> "none"), b)`],
  ['an index on an expression', `CREATE TABLE t (a TEXT, b); CREATE INDEX i ON t (a || "x")`],
  ['the WHERE of an index', `CREATE TABLE t (a TEXT, b); CREATE INDEX i ON t (a) WHERE b <> "no"`],
  ['a view', `CREATE TABLE t (a TEXT, b); CREATE VIEW v AS SELECT "text" AS x FROM t`],
];

function makeOld(schema: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-quotes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'app.db');
  const database = new DatabaseSync(path, { enableDoubleQuotedStringLiterals: true });
  database.exec(`${schema}; INSERT INTO t VALUES ('one', 1), ('two', 2)`);
  database.close();
  return path;
}

const migrations = { '001_other.sql': 'CREATE TABLE other (a);' };
const drivers: readonly DriverName[] = ['better-sqlite3', '@photostructure/sqlite'];

describe.each(schemas)('a schema with a text in double quotes in %s', (_, schema) => {
  it.each(drivers)('is backed up, and restored (%s)', async (driver) => {
    const database = makeOld(schema);
    const { backup, applied } = await migrate({ database, driver, migrations });
    expect(applied).toHaveLength(1);
    expect(backup).toBeDefined();
    const manager = new BackupManager({ database, driver });
    await manager.restore(backup!.id);
    await manager.close();
    const direct = new BetterSqlite3(database);
    expect(direct.prepare('SELECT a FROM t ORDER BY a').pluck().all()).toEqual(['one', 'two']);
    expect(direct.prepare(`SELECT name FROM sqlite_schema WHERE name = 'other'`).all()).toEqual([]);
    direct.close();
  });

  it('is backed up in a database in WAL mode, and leaves no files beside the backup', async () => {
    const database = makeOld(schema);
    const direct = new BetterSqlite3(database);
    direct.pragma('journal_mode = WAL');
    const { backup } = await migrate({ database: direct, migrations });
    const copy = new BetterSqlite3(backup!.file);
    expect(copy.pragma('journal_mode', { simple: true })).toBe('delete');
    copy.close();
    direct.close();
  });

  it('is backed up in a synchronous run, or the error says how it can be', async () => {
    expect(
      migrateSync({ database: makeOld(schema), driver: '@photostructure/sqlite', migrations }).backup,
    ).toBeDefined();
    const database = makeOld(schema);
    if (schema.includes('VIEW')) {
      expect(migrateSync({ database, driver: 'better-sqlite3', migrations }).backup).toBeDefined();
      return;
    }
    const error = await failureOf(() => migrateSync({ database, driver: 'better-sqlite3', migrations }));
    expect(error).toMatchObject({ code: 'BACKUP_FAILED', hint: expect.stringContaining('`await migrate(...)`') });
    expect((await migrate({ database, driver: 'better-sqlite3', migrations })).applied).toHaveLength(1);
  });

  it.each(drivers)('is rebuilt, or the error says what to write instead (%s)', async (driver) => {
    const database = makeOld(schema);
    const rebuild = defineMigration({
      version: 1,
      name: 'rebuild',
      up: (db) => void db.rebuildTable('t', (t) => t.changeColumn('b', { type: 'INTEGER' })),
    });
    if (schema.includes('VIEW')) {
      expect((await migrate({ database, driver, migrations: [rebuild] })).applied).toHaveLength(1);
      return;
    }
    const error = await failureOf(() => migrate({ database, driver, migrations: [rebuild] }));
    expect(error.hint).toMatch(/write '(?:none|x|no|text)' for "/);
    const way = /CHECK/.test(schema)
      ? (db: MigrationDatabase): void =>
          void db.rebuildTable('t', (t) => t.dropCheck('a <> "none"').addCheck("a <> 'none'"))
      : (db: MigrationDatabase): void => db.exec('DROP INDEX i');
    const mend = defineMigration({
      version: 1,
      name: 'mend',
      destructive: ['i'],
      up: (db) => {
        way(db as MigrationDatabase);
        db.rebuildTable('t', (t) => t.changeColumn('b', { type: 'INTEGER' }));
      },
    });
    expect((await migrate({ database, driver, migrations: [mend] })).applied).toHaveLength(1);
  });
});
