import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  MigrationRunner,
  readSchemaFile,
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

describe('files with text in double quotes', () => {
  const files = {
    '001_t.sql': `CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT DEFAULT "new" CHECK (state <> "none"), "order" TEXT);
CREATE INDEX i ON t (state) WHERE state = "open";
INSERT INTO t (state, "order") VALUES ("open", 'first'), ("it's", "second");`,
    '002_v.sql': `-- === UP MIGRATION ===
CREATE VIEW v AS SELECT id FROM t WHERE state = "open";
UPDATE t SET "order" = "third" WHERE state = "open";
-- === DOWN MIGRATION ===
UPDATE t SET "order" = "first" WHERE state = "open";
DROP VIEW v;
-- === VERIFY ===
SELECT count(*) = 1 FROM t WHERE "order" = "third";`,
  };
  const database = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-quotes-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return join(folder, 'app.db');
  };

  it('run with `doubleQuotedStrings`, and are checked, tried, backed up and rolled back', async () => {
    const path = database();
    const options = { driver: '@photostructure/sqlite', doubleQuotedStrings: true, migrations: files } as const;
    const runner = new MigrationRunner({ database: path, ...options });
    expect((await runner.up({ to: 1 })).applied).toHaveLength(1);
    const { applied, backup } = await runner.up();
    expect(applied).toHaveLength(1);
    expect(backup).toBeDefined();
    const direct = new BetterSqlite3(path, { readonly: true });
    expect(direct.prepare('SELECT state, "order" FROM t').raw().all()).toEqual([
      ['open', 'third'],
      ["it's", 'second'],
    ]);
    // Another connection reads the table, and not the view.
    expect(() => direct.prepare('SELECT id FROM v').all()).toThrow('no such column');
    direct.close();
    const { problems, rounds } = await runner.check({ rounds: true, replay: true });
    expect({ problems, found: rounds?.problems }).toEqual({ problems: [], found: [] });
    expect((await runner.try(2)).down).toBeDefined();
    expect((await runner.down()).to).toBe(1);
    expect((await runner.rehearse())!.problems).toEqual([]);
    await runner.close();
    const manager = new BackupManager({ database: path, driver: options.driver, doubleQuotedStrings: true });
    await manager.restore(backup!.id);
    await manager.close();
  });

  it('fail without it, with a hint that says so', async () => {
    const error = await failureOf(() =>
      migrate({ database: database(), driver: '@photostructure/sqlite', migrations: { '001_a.sql': 'SELECT "x"' } }),
    );
    expect(error.hint).toMatch(
      /write 'x' for "x"; `dunlin fix-quotes` .*"doubleQuotedStrings": true.* runs old files as they are/,
    );
  });

  it('are refused by a driver that cannot read them, before anything is created', async () => {
    const path = database();
    const options = { database: path, driver: 'better-sqlite3', doubleQuotedStrings: true, migrations: files } as const;
    const error = await failureOf(() => migrate(options));
    expect(error.code).toBe('DOUBLE_QUOTES_UNSUPPORTED');
    expect(error.message).toBe(
      'better-sqlite3 cannot read text in double quotes as a string: it is built without that, and `doubleQuotedStrings` cannot change it.',
    );
    expect((await migrate({ ...options, doubleQuotedStrings: false, migrations: {} })).applied).toEqual([]);
  });

  it('of a schema are read', async () => {
    const path = `${database()}.sql`;
    writeFileSync(path, files['001_t.sql']);
    const { tables } = await readSchemaFile(path, { driver: '@photostructure/sqlite', doubleQuotedStrings: true });
    expect([...tables.keys()]).toEqual(['t']);
  });
});
