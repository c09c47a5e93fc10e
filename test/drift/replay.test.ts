import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareSchemas, type MigrationDatabase } from '../../src/index.ts';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { readSchemaFile } from '../../src/node/schema-file.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import type { MigrationsGiven } from '../../src/source/index.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { edits, harmless, migrations } from './hand-edits.ts';

const runnerOf = (db: TestDatabase, files: MigrationsGiven, options: RunOptions = {}): MigrationRunner =>
  new MigrationRunner({ backup: 'off', ...options, database: db.bridge, migrations: files });

/** What `check({ replay: true })` finds besides drift: code and message. */
async function replayed(db: TestDatabase, files: MigrationsGiven, options?: RunOptions): Promise<readonly string[]> {
  const { problems } = await runnerOf(db, files, options).check({ replay: true });
  return problems.filter(({ code }) => code.startsWith('REPLAY')).map(({ code, message }) => `${code}: ${message}`);
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-replay-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  // The scratch databases are gone.
  expect(readdirSync(folder).filter((name) => name !== 'schema.sql' && !name.startsWith('dunlin-test'))).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['better-sqlite3', 'node:sqlite'] as const)('a replay of the migrations (%s)', (driver) => {
  it.each(edits.filter((_, index) => index % 4 === 0))('%s', async (_, edit, lines) => {
    const db = openTestDatabase({ driver, api: 'sync' });
    await db.up(migrations);
    edit(db);
    expect(await replayed(db, migrations)).toEqual(
      lines.map((line) => `REPLAY_DIFFERS: app.db is not what its migrations make: ${line}.`),
    );
  });

  it.each(harmless.slice(0, 4))('%s: no difference', async (_, edit) => {
    const db = openTestDatabase({ driver, api: 'sync' });
    await db.up(migrations);
    edit(db);
    expect(await replayed(db, migrations)).toEqual([]);
  });
});

onEveryDriver('a replay', (open) => {
  const code: MigrationsGiven = [
    { version: 1, name: 'a', up: 'CREATE TABLE a (x, y AS (twice(x)))' },
    { version: 2, name: 'b', up: (db: MigrationDatabase) => db.exec('CREATE TABLE b (x)') },
    { version: 3, name: 'c', up: 'CREATE TABLE c (x)' },
  ];
  const functions = { twice: (x: unknown) => Number(x) * 2 };

  it('runs code, with the functions of the options, and nothing that is pending', async () => {
    const db = open();
    await db.up(code, { functions }, { to: 2 });
    const before = db.files();
    expect(await replayed(db, code, { functions })).toEqual([]);
    expect(db.files()).toEqual(before);
    db.exec('DROP TABLE b');
    expect(await replayed(db, code, { functions })).toEqual([
      'REPLAY_DIFFERS: app.db is not what its migrations make: table b is gone.',
    ]);
  });

  it('runs what was applied out of order, and what leaves the transaction', async () => {
    const db = open();
    const files = { '001_a.sql': 'CREATE TABLE a (x);', '003_c.sql': '-- dunlin: no-transaction\nVACUUM;' };
    await db.up(files);
    const all = { ...files, '002_b.sql': 'CREATE TABLE b (x);' };
    expect(await replayed(db, all)).toEqual([]);
    await db.up(all, { outOfOrder: 'allow' });
    expect(await replayed(db, all)).toEqual([]);
  });

  it('finds what an edited file no longer makes', async () => {
    const db = open();
    await db.up({ '001_a.sql': 'CREATE TABLE a (x);' });
    expect(await replayed(db, { '001_a.sql': 'CREATE TABLE a (x, y);' })).toEqual([
      'REPLAY_DIFFERS: app.db is not what its migrations make: table a: column y is gone.',
    ]);
  });

  it('says why it is not possible', async () => {
    const db = open();
    db.exec('CREATE TABLE old (x); INSERT INTO old VALUES (1)');
    const files = { '001_a.sql': 'ALTER TABLE old ADD COLUMN y;', '002_b.sql': 'CREATE TABLE b (x);' };
    await db.up(files);
    const { problems } = await runnerOf(db, files).check({ replay: true });
    expect(problems).toMatchObject([{ code: 'REPLAY_FAILED', location: { file: '001_a.sql', line: 1 } }]);
    expect(problems[0]?.message).toContain('no such table: old');
    expect(problems[0]?.hint).toContain('Nothing was changed in the database itself');
    expect(await replayed(db, { '002_b.sql': files['002_b.sql'] })).toEqual([
      'REPLAY_FAILED: The migrations of app.db cannot be replayed in an empty database: there is no file for 1 a.',
    ]);
  });

  it('gives the schema of any version', async () => {
    const runner = runnerOf(open(), {
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_b.sql': 'DROP TABLE a; CREATE TABLE b (x);',
    });
    const changes = async (from: number, to: number): Promise<string[]> =>
      compareSchemas(await runner.schemaAt(from), await runner.schemaAt(to)).map(({ kind, name }) => `${kind} ${name}`);
    expect(await changes(0, 0)).toEqual([]);
    expect(await changes(0, 1)).toEqual(['added a']);
    expect(await changes(1, 2)).toEqual(['removed a', 'added b']);
    expect((await failureOf(() => runner.schemaAt(7))).code).toBe('VERSION_UNKNOWN');
    expect((await failureOf(() => runnerOf(open(), { '001_a.sql': 'DROP TABLE a;' }).schemaAt(1))).code).toBe(
      'REPLAY_FAILED',
    );
  });

  it('needs a place for a scratch database', async () => {
    const runner = open().runner(migrations);
    expect((await failureOf(() => runner.check({ replay: true }))).code).toBe('COPY_FAILED');
    expect((await failureOf(() => runner.try(1))).code).toBe('COPY_FAILED');
    expect((await failureOf(() => runner.check({ replay: 1 as never }))).code).toBe('OPTION_INVALID');
  });
});

describe('the schema of an SQL file', () => {
  const write = (text: string): string => {
    const path = join(folder, 'schema.sql');
    writeFileSync(path, text);
    return path;
  };

  it('is what its statements make, without Dunlin’s own tables', async () => {
    const path =
      write(`\ufeffPRAGMA foreign_keys = OFF; BEGIN; CREATE TABLE c (p REFERENCES p (id)); INSERT INTO c VALUES (1);
      CREATE TABLE p (id INTEGER PRIMARY KEY, n AS (twice(id))); CREATE TABLE schema_migrations (version); COMMIT;`);
    const functions = { twice: (x: unknown) => Number(x) * 2 };
    expect([...(await readSchemaFile(path, { functions, driver: 'better-sqlite3' })).tables.keys()]).toEqual([
      'c',
      'p',
    ]);
    const tables = { migrations: 'c' };
    expect([...(await readSchemaFile(path, { functions, tables })).tables.keys()]).toEqual(['p', 'schema_migrations']);
  });

  it('that SQLite refuses is shown with its line', async () => {
    const path = write('CREATE TABLE a (x);\n\n  CREATE INDEX i ON a (y);');
    const error = await failureOf(() => readSchemaFile(path));
    expect(error).toMatchObject({
      code: 'SCHEMA_FILE_FAILED',
      location: { file: path, line: 3, column: 3, statement: 2 },
    });
    expect((await failureOf(() => readSchemaFile(join(folder, 'none.sql')))).code).toBe('FILE_UNREADABLE');
  });
});

it.each(["ATTACH 'other.db' AS o", "VACUUM INTO 'other.db'"])(
  '%s in a file whose schema is read is refused',
  async (sql) => {
    const path = join(folder, 'schema.sql');
    writeFileSync(path, `CREATE TABLE t (a);\n${sql};\n`);
    const error = await failureOf(() => readSchemaFile(path));
    expect(error.code).toBe('SCHEMA_FILE_FAILED');
    expect(error.location).toMatchObject({ line: 2 });
  },
);
