import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MigrationRunner, openDatabase, type MigrateOptions } from '../../src/node/index.ts';
import { drivers } from './support.ts';

const migrations = {
  '001_users.sql':
    'CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\nCREATE INDEX IF NOT EXISTS users_email ON users (email);',
  '002_nick.sql': 'ALTER TABLE users ADD COLUMN nick TEXT;',
};

/** What the migrations would make. */
const right = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);';

describe.each(drivers)('an object that IF NOT EXISTS has found and that is another one, %s', (driver) => {
  let database: string;

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    database = join(folder, 'app.db');
  });

  function make(sql: string): void {
    const { bridge } = openDatabase(database, { driver });
    void bridge.script(sql);
    void bridge.close?.();
  }

  async function withRunner<T>(
    work: (runner: MigrationRunner) => Promise<T>,
    given: MigrateOptions['migrations'] = migrations,
  ): Promise<T> {
    const runner = new MigrationRunner({ database, migrations: given, driver, backup: 'off' });
    try {
      return await work(runner);
    } finally {
      await runner.close();
    }
  }

  const problemsOf = (options: object): Promise<string[]> =>
    withRunner(async (runner) => (await runner.check(options)).problems.map(({ message }) => message));

  it.each([
    [
      'a column that is there besides',
      'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INT)',
      'age',
    ],
    ['a column of another type', 'CREATE TABLE users (id INTEGER PRIMARY KEY, email BLOB NOT NULL)', 'email'],
    [
      'an index of another table',
      `${right} CREATE TABLE other (email); CREATE INDEX users_email ON other (email)`,
      'index users_email on other',
    ],
  ])('is a problem of check: %s', async (_, sql, difference) => {
    make(sql);
    await withRunner((runner) => runner.up());
    expect(await problemsOf({ rounds: true })).toEqual([
      expect.stringMatching(new RegExp(`is not what its migrations make: .*${difference}`)),
    ]);
    // It is only read then.
    expect(await problemsOf({})).toEqual([]);
  });

  it('is none where it is the same, where nothing was found, and where another object differs', async () => {
    make(`${right} CREATE TABLE mine (x)`);
    await withRunner((runner) => runner.up());
    expect(await problemsOf({ rounds: true })).toEqual([]);
  });

  it('is reported as drift alone once it is changed by hand', async () => {
    await withRunner((runner) => runner.up());
    make('ALTER TABLE users ADD COLUMN age INT');
    expect(await problemsOf({ rounds: true })).toEqual([expect.stringContaining('age was added by hand')]);
  });

  it('is a note of a baseline', async () => {
    make('CREATE TABLE users (id INTEGER PRIMARY KEY, email BLOB NOT NULL, age INT); CREATE TABLE mine (x)');
    const { notes } = await withRunner((runner) => runner.baseline(2));
    expect(notes).toEqual([
      expect.stringMatching(
        /app\.db is not what the recorded migrations make: table users: .*column email differs in type.*; index users_email on users is gone$/,
      ),
    ]);
    expect((await withRunner((runner) => runner.baseline(2))).notes).toEqual([]);
  });

  it('a baseline of what the migrations make has no note, nor has what there is besides', async () => {
    make(`${right} CREATE INDEX users_email ON users (email); CREATE TABLE mine (x)`);
    expect((await withRunner((runner) => runner.baseline(1))).notes).toEqual([]);
  });

  it('a baseline says why it has compared nothing', async () => {
    make(right);
    let ran = false;
    const code = { version: 2, up: () => void (ran = true) } as never;
    const coded = { '001_users.sql': migrations['001_users.sql'], '002_code.js': code };
    expect((await withRunner((runner) => runner.baseline(2), coded)).notes).toEqual([
      'the schema was not compared with what the recorded migrations make: 002_code is code, which would run',
    ]);
    expect(ran).toBe(false);
  });

  it('a baseline of migrations that stand on something else is recorded all the same', async () => {
    make('CREATE TABLE files (id INTEGER PRIMARY KEY, size INTEGER)');
    const based = { '001_size.sql': 'ALTER TABLE files ADD COLUMN size INTEGER;' };
    const { applied, notes } = await withRunner((runner) => runner.baseline(1), based);
    expect(applied).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/^the schema was not compared .*no such table: files/)]);
  });
});
