import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import Database from 'better-sqlite3';
import Ciphers from 'better-sqlite3-multiple-ciphers';
import { afterEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/node/index.ts';
import { migratedDatabase, type DriverClass } from '../../src/node/testing/index.ts';
import { failureOf } from '../support/databases.ts';
import { BunDatabase } from '../support/bun-sqlite.ts';
import { counting, notes, project } from './support.ts';

interface Connection {
  exec(sql: string): unknown;
  prepare(sql: string): { all(): unknown[]; get(): unknown };
  close(): unknown;
}

const opened: Connection[] = [];
afterEach(() => {
  for (const db of opened.splice(0)) if ((db as Partial<Database.Database>).open !== false) db.close();
});

async function open<C extends object>(
  driver: DriverClass<C>,
  options: Parameters<typeof migratedDatabase<C>>[1],
): Promise<C> {
  const db = await migratedDatabase(driver, options);
  opened.push(db as unknown as Connection);
  return db;
}

const tablesOf = (db: Connection): unknown[] =>
  db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%migration%' ORDER BY name`)
    .all()
    .map((row) => (row as { name: string }).name);

const fileOf = (db: Connection): string =>
  String((db.prepare('PRAGMA database_list').all() as { file: string | null }[])[0]!.file ?? '');

const drivers: readonly (readonly [string, DriverClass<Connection>])[] = [
  ['better-sqlite3', Database as unknown as DriverClass<Connection>],
  ['@photostructure/sqlite', DatabaseSync as unknown as DriverClass<Connection>],
  ['bun:sqlite', BunDatabase as unknown as DriverClass<Connection>],
];

describe.each(drivers)('migratedDatabase on %s', (name, driver) => {
  it('opens a database of its own for each call, with all migrations', async () => {
    const { migrations, cache } = project();
    const one = await open(driver, { migrations, cache });
    const other = await open(driver, { migrations, cache });
    expect(one).toBeInstanceOf(driver);
    one.exec(`INSERT INTO notes (title) VALUES ('only here')`);
    expect(other.prepare('SELECT count(*) AS n FROM notes').get()).toEqual({ n: 0 });
    expect(tablesOf(other)).toEqual(['notes', 'tags']);
  });

  it('leaves nothing to do for the application that migrates at its start', async () => {
    const { migrations, cache } = project();
    const database = (await open(driver, { migrations, cache })) as unknown as Database.Database;
    expect(await migrate({ database, migrations })).toMatchObject({ applied: [], pending: [], to: 2 });
  });

  it('stops at a version', async () => {
    const { migrations, cache } = project();
    expect(tablesOf(await open(driver, { migrations, cache, at: 1 }))).toEqual(['notes']);
    expect(tablesOf(await open(driver, { migrations, cache, at: 0 }))).toEqual([]);
    expect(await failureOf(() => open(driver, { migrations, cache, at: 9 }))).toMatchObject({
      code: 'VERSION_UNKNOWN',
    });
  });

  it('keeps user_version and application_id', async () => {
    const { migrations, cache } = project({
      ...notes,
      '003_marks.sql': 'PRAGMA user_version = 7; PRAGMA application_id = 42;',
    });
    for (const file of [undefined, true] as const) {
      const db = await open(driver, { migrations, cache, ...(file && { file }) });
      expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 7 });
      expect(db.prepare('PRAGMA application_id').get()).toEqual({ application_id: 42 });
    }
  });

  it('keeps WAL mode in a file, with what is in the log', async () => {
    const { migrations, cache } = project({
      '001_wal.sql': '-- dunlin: no-transaction\nPRAGMA journal_mode = WAL;',
      '002_notes.sql': "CREATE TABLE notes (title TEXT); INSERT INTO notes VALUES ('one');",
    });
    const db = await open(driver, { migrations, cache, file: true });
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(db.prepare('SELECT title FROM notes').all()).toEqual([{ title: 'one' }]);
    const inMemory = await open(driver, { migrations, cache });
    inMemory.exec("INSERT INTO notes VALUES ('two')");
    expect(inMemory.prepare('SELECT title FROM notes').all()).toEqual([{ title: 'one' }, { title: 'two' }]);
  });

  it('removes a temporary file with its folder when it is closed', async () => {
    const { migrations, cache } = project();
    const [one, other] = [
      await open(driver, { migrations, cache, file: true }),
      await open(driver, { migrations, cache, file: true }),
    ];
    const [file, stays] = [fileOf(one), fileOf(other)];
    expect(existsSync(file)).toBe(true);
    one.close();
    opened.splice(opened.indexOf(one), 1);
    expect(existsSync(dirname(file))).toBe(false);
    expect(existsSync(stays)).toBe(true);
  });

  it('writes a file that is named, and overwrites none', async () => {
    const { migrations, cache, folder } = project();
    const file = join(folder, 'test.db');
    const db = await open(driver, { migrations, cache, file });
    expect(fileOf(db)).toBe(file);
    const again = await failureOf(() => open(driver, { migrations, cache, file }));
    expect(again).toMatchObject({ code: 'DATABASE_EXISTS', hint: expect.stringContaining(`rm ${file}`) });
  });

  it('runs SQL and files as seeds, then functions on each database', async () => {
    const { migrations, cache, write } = project();
    const file = write('seed.sql', "INSERT INTO tags VALUES (1, 'from a file');");
    let calls = 0;
    const seed = [
      "INSERT INTO notes (title) VALUES ('from SQL'); -- as in seed.sql",
      file,
      async (db: Connection) => {
        calls += 1;
        await Promise.resolve();
        db.exec(`INSERT INTO tags VALUES (1, 'function ${calls}')`);
      },
      pathToFileURL(write('more.sql', "INSERT INTO tags VALUES (1, 'from a URL');")),
    ];
    await open(driver, { migrations, cache, seed });
    const db = await open(driver, { migrations, cache, seed });
    expect(db.prepare('SELECT name FROM tags ORDER BY rowid').all()).toEqual([
      { name: 'from a file' },
      { name: 'from a URL' },
      { name: 'function 2' },
    ]);
    write('seed.sql', "INSERT INTO tags VALUES (1, 'from the edited file');");
    const edited = await open(driver, { migrations, cache, seed });
    expect(edited.prepare('SELECT name FROM tags ORDER BY rowid LIMIT 1').get()).toEqual({
      name: 'from the edited file',
    });
  });

  it('runs the files of a directory of seeds in order of name', async () => {
    const { folder, migrations, cache, write } = project();
    write('seeds/2_tags.sql', "INSERT INTO tags VALUES (1, 'second');");
    write('seeds/1_notes.sql', "INSERT INTO notes VALUES (1, 'first');");
    for (const seed of [join(folder, 'seeds'), pathToFileURL(join(folder, 'seeds'))]) {
      const db = await open(driver, { migrations, cache, seed });
      expect(db.prepare('SELECT title, name FROM notes, tags').all()).toEqual([{ title: 'first', name: 'second' }]);
    }
    write('seeds/2_tags.sql', "INSERT INTO tags VALUES (1, 'edited');");
    const edited = await open(driver, { migrations, cache, seed: join(folder, 'seeds') });
    expect(edited.prepare('SELECT name FROM tags').all()).toEqual([{ name: 'edited' }]);
  });

  it('runs repeatable migrations where it ends at the newest version, and again after an edit', async () => {
    const { migrations, cache, write } = project({
      ...notes,
      'R__titles.sql': 'DROP VIEW IF EXISTS titles;\nCREATE VIEW titles AS SELECT title FROM notes;',
    });
    const columns = async (at?: number): Promise<unknown[]> => {
      const db = await open(driver, { migrations, cache, ...(at === undefined ? {} : { at }) });
      return db.prepare("SELECT name FROM pragma_table_info('titles')").all();
    };
    expect(await columns()).toEqual([{ name: 'title' }]);
    expect(await columns(2)).toEqual([{ name: 'title' }]);
    expect(await columns(1)).toEqual([]);
    write(
      'migrations/R__titles.sql',
      'DROP VIEW IF EXISTS titles;\nCREATE VIEW titles AS SELECT id, title FROM notes;',
    );
    expect(await columns()).toEqual([{ name: 'id' }, { name: 'title' }]);
  });

  it('adds sample rows to every table that the seed leaves empty', async () => {
    const { migrations, cache } = project();
    const seed = "INSERT INTO notes (title) VALUES ('my own')";
    const db = await open(driver, { migrations, cache, seed, rows: 'sample' });
    expect(db.prepare('SELECT title FROM notes').all()).toEqual([{ title: 'my own' }]);
    expect(db.prepare('SELECT count(*) > 0 AS some FROM tags').get()).toEqual({ some: 1 });
    expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    expect(db.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: name === 'bun:sqlite' ? 0 : 1 });
  });

  it('registers functions that the schema calls', async () => {
    const { migrations, cache, templates } = project({
      '001_t.sql': "CREATE TABLE t (a TEXT, b TEXT AS (shout(a))); INSERT INTO t VALUES ('x');",
    });
    const functions = { shout: (text: unknown): string => `${String(text)}!` };
    await open(driver, { migrations, cache, functions });
    const db = await open(driver, { migrations, cache, functions });
    expect(db.prepare('SELECT b FROM t').all()).toEqual([{ b: 'x!' }]);
    // Another process may have another function of that text.
    expect(existsSync(cache) ? templates() : []).toEqual([]);
    const others = { shout: (text: unknown): string => `${String(text)}?` };
    const other = await open(driver, { migrations, cache, functions: others });
    expect(other.prepare('SELECT b FROM t').all()).toEqual([{ b: 'x?' }]);
  });

  it('runs the migrations once, also for calls at the same moment', async () => {
    const { folder, migrations, cache, write } = project();
    const log = join(folder, 'log');
    write('migrations/003_counted.mjs', counting(log));
    await Promise.all(Array.from({ length: 5 }, () => open(driver, { migrations, cache })));
    await open(driver, { migrations, cache });
    expect(readFileSync(log, 'utf8')).toBe('ran\n');
  });

  it('passes the error of a migration on, and tries again', async () => {
    const { migrations, cache, write } = project();
    const broken = write('migrations/003_broken.sql', 'CREATE TABLE nope (');
    for (let i = 0; i < 2; i++)
      expect(await failureOf(() => open(driver, { migrations, cache }))).toMatchObject({ migration: { version: 3 } });
    writeFileSync(broken, 'CREATE TABLE yep (x)');
    expect(tablesOf(await open(driver, { migrations, cache }))).toEqual(['notes', 'tags', 'yep']);
  });

  it('closes the database if a seed function fails', async () => {
    const { migrations, cache } = project();
    let given: Connection | undefined;
    const seed = (db: Connection): void => {
      given = db;
      throw new TypeError('no seed');
    };
    await expect(migratedDatabase(driver, { migrations, cache, seed, file: true })).rejects.toThrow('no seed');
    expect(() => given!.exec('SELECT 1')).toThrow(/not open/);
  });

  it(`is ${name !== '@photostructure/sqlite' ? 'in memory' : 'in a temporary file, since the driver cannot read one from memory'}`, async () => {
    const { migrations, cache } = project();
    expect(fileOf(await open(driver, { migrations, cache }))).toMatch(
      name !== '@photostructure/sqlite' ? /^$/ : /dunlin-test-.*test\.db$/,
    );
  });
});

describe('migratedDatabase', () => {
  it('takes a URL, a record and a list of definitions', async () => {
    const { migrations, cache } = project();
    expect(tablesOf(await open(Database, { migrations: pathToFileURL(migrations), cache }))).toEqual(['notes', 'tags']);
    expect(tablesOf(await open(Database, { migrations: notes, cache }))).toEqual(['notes', 'tags']);
    const list = [{ version: 1, name: 'a', up: (db: { exec(sql: string): void }) => db.exec('CREATE TABLE a (x)') }];
    expect(tablesOf(await open(Database, { migrations: list, cache }))).toEqual(['a']);
  });

  it.each([
    ['the SQL of a seed', { seed: 'INSERT INTO nope VALUES (1)' }, 'The seed 1 failed: no such table: nope.'],
    [
      'a seed that does not commit',
      { seed: "BEGIN; INSERT INTO notes (title) VALUES ('x')" },
      'leaves a transaction open',
    ],
    ['a seed file that is missing', { seed: 'nowhere/seed.sql' }, 'The seed nowhere/seed.sql failed: no such file'],
    ['a seed URL that is missing', { seed: 'file:///nowhere/seed.sql' }, 'failed: no such file'],
  ])('reports %s', async (_, options, message) => {
    const { migrations, cache } = project();
    const error = await failureOf(() => open(Database, { migrations, cache, ...options }));
    expect(error).toMatchObject({ code: 'SEED_FAILED', message: expect.stringContaining(message) });
  });

  it('reports tables that accept no sample row', async () => {
    const { migrations, cache } = project({
      ...notes,
      '003_never.sql':
        "CREATE TABLE never (x CHECK (0)); CREATE VIRTUAL TABLE texts USING fts5(body); CREATE VIRTUAL TABLE words USING fts5vocab(texts, 'row');",
    });
    const error = await failureOf(() => open(Database, { migrations, cache, rows: 'sample' }));
    expect(error.code).toBe('SAMPLE_ROWS_FAILED');
    expect(error.message).toMatch(/^No sample row could be inserted into never \(/);
    // Nothing is known of the tables of a module.
    expect(error.message).not.toContain('words');
  });

  it.each(['-journal', '-wal'])('does not write beside a %s that SQLite would take for its own', async (ending) => {
    const { migrations, cache, write, folder } = project();
    write(`test.db${ending}`, 'x');
    const error = await failureOf(() => open(Database, { migrations, cache, file: join(folder, 'test.db') }));
    expect(error).toMatchObject({
      code: 'DATABASE_EXISTS',
      message: expect.stringContaining(`test.db${ending} exists`),
    });
  });

  it('refuses a file in memory, and a folder that is missing', async () => {
    const { migrations, cache, folder } = project();
    const codeWith = async (file: string): Promise<string> =>
      (await failureOf(() => open(Database, { migrations, cache, file }))).code;
    expect(await codeWith(':memory:')).toBe('DATABASE_URL_INVALID');
    expect(await codeWith(join(folder, 'no/test.db'))).toBe('DATABASE_FOLDER_MISSING');
  });

  it('reports what is wrong with its arguments', async () => {
    const { migrations, cache } = project();
    const messageOf = async (driver: unknown, options: unknown): Promise<string> =>
      (await failureOf(() => migratedDatabase(driver as never, options as never))).message;
    expect(await messageOf(Database, { migrations, driver: 'better-sqlite3' })).toContain('`driver` is unknown');
    expect(await messageOf({ migrations }, undefined)).toContain('`driver` must be the class of a driver');
    expect(await messageOf('better-sqlite3', { migrations })).toContain('`driver` must be the class of a driver');
    expect(await messageOf(Database, { migrations, rows: 'samples' })).toContain('`rows` must be "sample"');
    expect(await messageOf(Database, { migrations, seed: 7 })).toContain(
      '`seed` must be SQL, the path of an .sql file',
    );
    expect(await messageOf(Database, { migrations, file: false })).toContain('`file` must be the path of a file');
    expect(await messageOf(Database, { migrations, dependsOn: 'x' })).toContain('`dependsOn` must be a list of paths');
    expect(await messageOf(Database, { cache })).toContain('`migrations` must be');
    class Bun {
      prepare = (): void => undefined;
      exec = (): void => undefined;
      query = (): void => undefined;
      close = (): void => undefined;
      filename = ':memory:';
    }
    expect(await messageOf(Bun, { migrations })).toContain('An old bun:sqlite database');
  });

  it('reports a directory that is missing as `migrate` does', async () => {
    const { folder, cache } = project();
    const error = await failureOf(() => open(Database, { migrations: join(folder, 'nowhere'), cache }));
    expect(error.code).toBe('DIRECTORY_NOT_FOUND');
  });

  it('refuses an encrypted database, and one with others attached', async () => {
    const { migrations, cache } = project();
    const key = (db: { exec(sql: string): unknown }): void => void db.exec("PRAGMA key = 'secret'");
    expect(await failureOf(() => open(Ciphers, { migrations, cache, prepare: key }))).toMatchObject({
      code: 'TEMPLATE_UNUSABLE',
      message: expect.stringContaining('it is encrypted'),
    });
    const attach = (db: { exec(sql: string): unknown }): void => void db.exec("ATTACH ':memory:' AS archive");
    expect(await failureOf(() => open(Database, { migrations, cache, prepare: attach }))).toMatchObject({
      code: 'TEMPLATE_UNUSABLE',
      message: expect.stringContaining('archive is attached'),
    });
    expect(tablesOf(await open(Ciphers, { migrations, cache }))).toEqual(['notes', 'tags']);
  });

  it('removes the temporary file of a database that cannot be prepared', async () => {
    const { migrations, cache } = project();
    let file: string | undefined;
    const prepare = (_: object, info: { readonly file: string | undefined }): void => {
      file = info.file;
      if (info.file?.endsWith('test.db') === true) throw new TypeError('not today');
    };
    expect(await failureOf(() => open(Database, { migrations, cache, file: true, prepare }))).toMatchObject({
      code: 'PREPARE_FAILED',
    });
    expect(existsSync(dirname(file!))).toBe(false);
  });

  it('remembers a few templates, not all', async () => {
    const { folder, cache } = project({});
    const log = join(folder, 'log');
    const made: Record<string, string> = {};
    const functions = { log: (): null => (writeFileSync(log, 'x', { flag: 'a' }), null) };
    for (let i = 0; i < 34; i++) {
      made[i] = `CREATE TABLE t${i} (x); SELECT log();`;
      await open(Database, { migrations: { '001_t.sql': made[i]! }, cache, functions });
    }
    await open(Database, { migrations: { '001_t.sql': made[33]! }, cache, functions });
    expect(readFileSync(log)).toHaveLength(34);
    await open(Database, { migrations: { '001_t.sql': made[0]! }, cache, functions });
    expect(readFileSync(log)).toHaveLength(35);
  });

  it('passes the bytes to a driver that reads them from memory, never in WAL mode', async () => {
    const given: Uint8Array[] = [];
    class Deserializing extends DatabaseSync {
      deserialize(bytes: Uint8Array): void {
        given.push(bytes);
      }
    }
    const { migrations, cache } = project({
      '001_wal.sql': '-- dunlin: no-transaction\nPRAGMA journal_mode = WAL;',
      '002_notes.sql': 'CREATE TABLE notes (title TEXT);',
    });
    const db = await open(Deserializing as unknown as DriverClass<Connection>, { migrations, cache });
    expect(fileOf(db)).toBe('');
    const copy = new Database(Buffer.from(given[0]!));
    expect(tablesOf(copy)).toEqual(['notes']);
    copy.close();
  });
});
