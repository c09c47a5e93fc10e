import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import Database from 'better-sqlite3';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import {
  BackupManager,
  migrate,
  migrateSync,
  MigrationRunner,
  openDatabase,
  readSchemaFile,
  type DriverName,
  type MigrateOptions,
} from '../../src/node/index.ts';
import { failureOf } from '../support/databases.ts';
import { compileExtension, noCompiler, sampleExtension } from '../support/extension.ts';

let path = '';

beforeAll(() => {
  if (noCompiler === undefined) path = compileExtension('sample', sampleExtension);
});

const extension = (): { path: string; entryPoint: string } => ({ path, entryPoint: 'sample_init' });

function newPath(name = 'app.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-extensions-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

/** What a schema may need, and what SQLite says without it. */
const needs: readonly (readonly [what: string, kind: string, schema: string, later: string])[] = [
  [
    'a collation in an index',
    'collation backwards',
    'CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a COLLATE backwards); INSERT INTO t VALUES (1), (2);',
    'CREATE INDEX j ON t (a COLLATE backwards)',
  ],
  [
    'a collation of a column',
    'collation backwards',
    'CREATE TABLE t (a TEXT COLLATE backwards PRIMARY KEY); INSERT INTO t VALUES (1), (2);',
    'CREATE INDEX j ON t (a)',
  ],
  [
    'a function in an index',
    'function twice',
    'CREATE TABLE t (a); CREATE INDEX i ON t (twice(a)); INSERT INTO t VALUES (1), (2);',
    'CREATE INDEX j ON t (twice(a))',
  ],
  [
    'a function in a CHECK',
    'function twice',
    'CREATE TABLE t (a CHECK (twice(a) > 0)); INSERT INTO t VALUES (1);',
    'INSERT INTO t VALUES (2)',
  ],
  [
    'a tokenizer of FTS5',
    'tokenizer letters',
    "CREATE VIRTUAL TABLE t USING fts5 (a, tokenize = 'letters'); INSERT INTO t VALUES ('abc');",
    "INSERT INTO t VALUES ('d')",
  ],
  ['a virtual table', 'module pairs', 'CREATE VIRTUAL TABLE t USING pairs;', 'CREATE TABLE u AS SELECT * FROM t'],
];

const drivers: readonly DriverName[] = ['better-sqlite3', '@photostructure/sqlite'];

describe.skipIf(noCompiler !== undefined).each(needs)('a schema with %s', (_, kind, schema, later) => {
  const files = { '001_t.sql': schema };
  const more = { ...files, '002_more.sql': 'CREATE TABLE other (x);', '003_later.sql': `${later};` };

  it.each(drivers)('migrates by its path with `extensions` (%s)', async (driver) => {
    const options = { database: newPath(), driver, extensions: [extension()] };
    await migrate({ ...options, migrations: files });
    const { applied, backup, notes } = await migrate({ ...options, migrations: more });
    expect(notes).toEqual([]);
    expect(applied).toHaveLength(2);
    const manager = new BackupManager(options);
    await manager.verify(backup!.id);
    await manager.restore(backup!.id);
    await manager.close();
    expect(migrateSync({ ...options, migrations: more }).applied).toHaveLength(2);
  });

  it.each(drivers)('is dumped, tried, rehearsed and checked (%s)', async (driver) => {
    const options = { database: newPath(), driver, extensions: [extension()] };
    await migrate({ ...options, migrations: files });
    const runner = new MigrationRunner({ ...options, migrations: more });
    onTestFinished(() => runner.close());
    expect((await runner.try(2)).up.statements).toBe(1);
    expect(await runner.rehearse()).toMatchObject({ problems: [], losses: [] });
    expect((await runner.check({ replay: true, rounds: true, withData: true })).problems).toEqual([]);
    const dump = newPath('schema.sql');
    writeFileSync(dump, await runner.dump());
    const read = await readSchemaFile(dump, { driver, extensions: [extension()] });
    expect([...read.tables.keys()]).toEqual(['t']);
  });

  it('migrates through an open connection that has them, with the options for further ones', async () => {
    const database = new Database(newPath());
    onTestFinished(() => void database.close());
    (database.loadExtension as (path: string, entryPoint: string) => void)(path, 'sample_init');
    const extensions = [extension()];
    await migrate({ database, extensions, migrations: files });
    const { applied, backup } = await migrate({ database, extensions, migrations: more });
    expect(applied).toHaveLength(2);
    expect(backup).toBeDefined();
    const other = new DatabaseSync(newPath(), { allowExtension: true });
    onTestFinished(() => other.close());
    other.enableLoadExtension(true);
    (other.loadExtension as (path: string, entryPoint: string) => void)(path, 'sample_init');
    await migrate({ database: other, extensions, migrations: files });
    expect((await migrate({ database: other, extensions, migrations: more })).applied).toHaveLength(2);
  });

  it.each(drivers)('names what is missing without it, and how to give it (%s)', async (driver) => {
    const database = newPath();
    await migrate({ database, driver, extensions: [extension()], migrations: files });
    const error = await failureOf(() => migrate({ database, driver, migrations: more }));
    expect(error.hint).toContain(`does not have the ${kind}.`);
    expect(error.hint).toContain('`extensions`, --extension');
    if (!kind.startsWith('function')) expect(error.hint).not.toContain('`functions');
    const { bridge } = openDatabase(database, { driver, extensions: [extension()] });
    expect(bridge.query(`SELECT name FROM sqlite_schema WHERE name IN ('j', 'u')`, [])).toEqual([]);
    await bridge.close?.();
  });
});

describe.skipIf(noCompiler !== undefined)('`extensions`', () => {
  const migrations = { '001_t.sql': 'CREATE TABLE t AS SELECT twice(4) AS n;' };
  const loaded = (options: Partial<MigrateOptions>): Promise<unknown> =>
    migrate({ database: newPath(), driver: 'better-sqlite3', migrations, ...options });

  it('takes a path whose library has the entry point of its name', async () => {
    const own = compileExtension('named', sampleExtension.replace('sample_init', 'sqlite3_named_init'));
    await loaded({ extensions: [own] });
    await loaded({ extensions: [own.replace(/\.so$/, '')] });
  });

  it('counts a relative path from the folder that the process is in at the start', async () => {
    const own = compileExtension('named', sampleExtension.replace('sample_init', 'sqlite3_named_init'));
    const before = process.cwd();
    process.chdir(dirname(own));
    onTestFinished(() => process.chdir(before));
    const runner = new MigrationRunner({
      database: newPath(),
      driver: 'better-sqlite3',
      migrations: {
        ...migrations,
        '002_u.sql': 'CREATE TABLE u (a CHECK (twice(a) > 0))',
        '003_v.sql': 'CREATE TABLE v (a)',
      },
      extensions: [basename(own)],
    });
    await runner.up({ to: 2 });
    process.chdir(before);
    expect((await runner.up()).backup).toBeDefined();
    await runner.close();
  });

  it('is loaded before `prepare` is called, and leaves SQL without the right to load more', async () => {
    const seen: unknown[] = [];
    const prepare = (connection: DatabaseSyncInstance): void => {
      seen.push({ ...connection.prepare('SELECT twice(3) AS n').get()! });
      expect(() => connection.exec(`SELECT load_extension('${path}')`)).toThrow(/not authorized/);
    };
    await loaded({ driver: '@photostructure/sqlite', extensions: [extension()], prepare });
    expect(seen[0]).toEqual({ n: 6 });
  });

  it.each([
    ['a path without a file', () => ['/nowhere/there.so']],
    ['a wrong entry point', () => [{ path, entryPoint: 'nothing_init' }]],
    ['a file that is no library', () => [import.meta.filename]],
  ])('names %s', async (_, extensions) => {
    for (const driver of drivers) {
      const error = await failureOf(() => loaded({ driver, extensions: extensions() }));
      expect(error).toMatchObject({ code: 'EXTENSION_FAILED', hint: expect.stringContaining('entry point') });
    }
  });

  it.each([
    ['no list', './vec0'],
    ['no path', [{ entryPoint: 'a' }]],
    ['an unknown key', [{ path: 'a', entry: 'b' }]],
    ['an empty path', ['']],
  ])('is refused when it is %s', async (_, extensions) => {
    const error = await failureOf(() => loaded({ extensions: extensions as never }));
    expect(error).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('`extensions`') });
  });
});
