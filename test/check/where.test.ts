import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DunlinEvent } from '../../src/index.ts';
import { MigrationRunner, openDatabase } from '../../src/node/index.ts';
import { openTestDatabase } from '../support/databases.ts';
import { drivers, pair, rounds, reported } from './support.ts';

const root = resolve(import.meta.dirname, '../..');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe.each([
  ['chat-app', {}],
  ['file-indexer', { layout: 'semver' }],
  ['file-organiser', {}],
  ['knowledge-graph/migrations/knowledge_graph', {}],
  ['knowledge-graph/migrations/ontology', {}],
  ['knowledge-graph/migrations/settings', {}],
  ['notes', {}],
] as const)('the example %s', (name, options) => {
  it.each(drivers)('passes without a finding, %s', async (driver) => {
    const path = join(root, 'examples', name.includes('/') ? name : `${name}/migrations`);
    const found = await rounds(path, { driver, ...options });
    expect(reported(found)).toEqual([]);
    expect(found.notes).toEqual([]);
    expect(found.tried).toBe(readdirSync(path).length);
  });
});

describe.each(drivers)('rounds, %s', (driver) => {
  it('touch no database, leave nothing behind, and tell what is tried', async () => {
    const place = folder();
    vi.stubEnv('TMPDIR', folder());
    onTestFinished(() => void vi.unstubAllEnvs());
    const events: DunlinEvent[] = [];
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const runner = new MigrationRunner({
      database: join(place, 'app.db'),
      migrations: { '001_t.sql': 'CREATE TABLE t (a);', '002_u.sql': pair('CREATE TABLE u (a);', 'DROP TABLE u;') },
      driver,
      logger: { info: write, warn: write, error: write },
      onEvent: (event) => events.push(event),
    });
    expect((await runner.check()).rounds).toBeUndefined();
    expect((await runner.check({ rounds: true })).rounds).toMatchObject({ tried: 2, reversed: 1 });
    expect(events).toEqual([
      { type: 'check:round', migration: { version: 1, name: 't' }, index: 1, total: 2 },
      { type: 'check:round', migration: { version: 2, name: 'u' }, index: 2, total: 2 },
    ]);
    expect(lines).toEqual([]);
    expect(readdirSync(place)).toEqual([]);
    expect(readdirSync(tmpdir())).toEqual([]);
  });

  it('really run the functions of code, with the functions of the schema', async () => {
    const seen: unknown[] = [];
    const code = {
      version: 2,
      up: (db: { all(sql: string): readonly unknown[]; exec(sql: string): void }) => {
        seen.push(db.all('SELECT count(*) AS n FROM t')[0]);
        db.exec('DELETE FROM t WHERE shout(a) = a');
      },
    };
    const functions = { shout: (text: unknown) => String(text).toUpperCase() };
    const schema = 'CREATE TABLE t (a TEXT NOT NULL CHECK (shout(a) <> a));';
    expect(await rounds([schema, code], { driver, functions })).toMatchObject({ tried: 2, problems: [], notes: [] });
    expect(seen).toEqual([{ n: 3 }]);
  });

  it('continue after a failure, as if there had been none, however many there are', async () => {
    const table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a);';
    const needs = (i: number): string => `ALTER TABLE t ADD COLUMN c${i} NOT NULL;`;
    const some = await rounds([table, needs(1), pair('CREATE TABLE u (a);', 'DROP TABLE u;'), needs(2)], { driver });
    expect(some.problems.map(({ migration }) => migration?.version)).toEqual([2, 4]);
    expect(some).toMatchObject({ tried: 4, reversed: 1, notes: [] });
    const many = await rounds([table, ...Array.from({ length: 25 }, (_, i) => needs(i))], { driver });
    expect(many.problems).toHaveLength(25);
    expect(many).toMatchObject({ tried: 26, notes: [] });
  });

  it('end where a migration cannot be read, which is reported by itself', async () => {
    const runner = new MigrationRunner({
      database: ':memory:',
      migrations: { '001_t.sql': 'CREATE TABLE t (a);', '002_u.sql': 'COMMIT;', '003_v.sql': 'SELECT 1;' },
      driver,
    });
    const { problems, rounds: found } = await runner.check({ rounds: true });
    expect(problems.map(({ code }) => code)).toEqual(['TRANSACTION_CONTROL']);
    expect(found).toMatchObject({
      tried: 1,
      problems: [],
      notes: ['002_u to 003_v were not tried with sample rows: 002_u has problems of its own'],
    });
  });

  it.each(['files', 'my files', 'émigrés'])('do not try what stands on a table of others: %s', async (name) => {
    const path = join(folder(), 'app.db');
    const { bridge } = openDatabase(path, { driver });
    void bridge.script(`CREATE TABLE "${name}" (id INTEGER PRIMARY KEY)`);
    void bridge.close?.();
    const migrations = { '001_size.sql': `ALTER TABLE "${name}" ADD COLUMN size INTEGER;` };
    const based = await rounds(migrations, { database: path, driver });
    expect(based).toMatchObject({
      problems: [],
      notes: [`001_size was not tried with sample rows: 001_size needs the table ${name}, which no migration makes`],
    });
    expect(reported(await rounds(migrations, { driver }))).toEqual([expect.stringContaining(`no such table: ${name}`)]);
  });

  it('name a function that is not registered', async () => {
    const unknown = ['CREATE TABLE t (a CHECK (mine(a))); INSERT INTO t VALUES (1);', 'SELECT 1;'];
    const { problems } = await rounds(unknown, { driver });
    expect(problems.map(({ message }) => message)).toEqual([
      '001_step to 002_step were not tried with sample rows: 001_step needs the function mine, which is not registered here.',
    ]);
  });

  const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);';
  const rebuild =
    'CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO n SELECT * FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;';
  const code = { version: 1, up: (db: { exec(sql: string): void }) => db.exec(users) };
  const view = 'CREATE VIEW people AS SELECT name FROM users;';
  const log = 'CREATE TABLE log (id INTEGER);';
  const trigger = `${log} CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM users; END;`;
  const renamed = `${users} ALTER TABLE users RENAME TO members;`;

  const databaseWith = (sql: string): string => {
    const path = join(folder(), 'app.db');
    const { bridge } = openDatabase(path, { driver });
    void bridge.script(sql);
    void bridge.close?.();
    return path;
  };

  it.each([
    ['a view of a table that is rebuilt', [`${users} ${view}`, rebuild], 'no such table: main.users'],
    ['a view of a view', [`${users} ${view}`, 'CREATE VIEW v AS SELECT * FROM people;', rebuild], 'main.users'],
    ['a trigger that writes a table that is rebuilt', [`${users} ${trigger}`, rebuild], 'main.users'],
    ['a table that code makes', [code, view, rebuild], 'no such table: main.users'],
    ['the old name of a table', [users, 'ALTER TABLE users RENAME TO members;', 'DELETE FROM users;'], ': users'],
    ['the old name of a table in one migration', [`${renamed} INSERT INTO users VALUES (1, 'a');`], ': users'],
    [
      'a table that is dropped',
      [users, '-- dunlin: destructive users\nDROP TABLE IF EXISTS users;', 'DROP TABLE users;'],
      'no such table: users',
    ],
    ['a table that a later migration makes', ['DELETE FROM log;', log], 'no such table: log'],
  ])('find what fails although the database has what it misses: %s', async (_, migrations, reason) => {
    const path = databaseWith(`${users} ${log} ${view}`);
    const { problems } = await rounds(migrations, { database: path, driver });
    expect(problems.map(({ code: found }) => found)).toEqual(['FAILS_ON_EMPTY']);
    expect(problems[0]!.message).toContain(reason);
    expect(problems[0]!.hint).not.toContain('something other than migrations');
  });

  it('find a view that cannot work, although the database still has the table under its old name', async () => {
    const path = databaseWith(users);
    const migrations = [users, 'ALTER TABLE users RENAME TO members;', view];
    const { problems } = await rounds(migrations, { database: path, driver });
    expect(problems.map(({ code: found }) => found)).toEqual(['OBJECTS_INVALID']);
  });

  it.each([
    ['rebuilds', rebuild],
    ['renames and makes again', `ALTER TABLE users RENAME TO was; ${users} INSERT INTO users SELECT * FROM was;`],
  ])('do not take a table for one of the migrations that one of them only %s', async (_, sql) => {
    const path = databaseWith(users);
    expect(await rounds([sql], { database: path, driver })).toMatchObject({
      problems: [],
      notes: ['001_step was not tried with sample rows: 001_step needs the table users, which no migration makes'],
    });
  });

  it('name tables that no sample row could be inserted into', async () => {
    const stubborn = `CREATE TABLE t (a NOT NULL CHECK (a = 1 AND a = 2)); CREATE TABLE u (a);`;
    const found = await rounds([stubborn, 'DROP TABLE t;'], { driver });
    expect(reported(found)).toEqual([]);
    expect(found.notes).toEqual(['no sample row could be inserted into t: CHECK constraint failed: a = 1 AND a = 2']);
  });

  it('stop when they are interrupted', async () => {
    const signal = { aborted: false };
    const onEvent = (): void => void (signal.aborted = true);
    const found = await rounds(['CREATE TABLE t (a);', 'CREATE TABLE u (a);', 'SELECT 1;'], {
      driver,
      signal,
      onEvent,
    });
    expect(found.notes).toEqual(['002_step to 003_step were not tried with sample rows: it was interrupted']);
  });
});

describe.each(drivers)('a copy with real rows, %s', (driver) => {
  const schema = pair('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t (a);', 'DROP TABLE t;');

  /** A database with the first migration applied and rows of ours. */
  async function real(sql: string, first = schema): Promise<string> {
    const path = join(folder(), 'app.db');
    const runner = new MigrationRunner({ database: path, migrations: { '001_t.sql': first }, driver, backup: 'off' });
    await runner.up();
    await runner.close();
    const { bridge } = openDatabase(path, { driver });
    void bridge.script(sql);
    void bridge.close?.();
    return path;
  }

  const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

  async function data(path: string, more: Record<string, string>, first = schema): ReturnType<typeof rounds> {
    const before = hash(path);
    const runner = new MigrationRunner({ database: path, migrations: { '001_t.sql': first, ...more }, driver });
    const found = await runner.check({ withData: true });
    await runner.close();
    expect(found.rounds).toBeUndefined();
    expect(hash(path)).toBe(before);
    return found.data!;
  }

  const rows = `INSERT INTO t (a) VALUES ('x'), ('y'), ('x');`;

  it('what is pending goes up, down and up', async () => {
    const found = await data(await real(rows), {
      '002_b.sql': pair('ALTER TABLE t ADD COLUMN b;', 'ALTER TABLE t DROP COLUMN b;'),
      '003_c.sql': 'CREATE TABLE c (d);',
    });
    expect(found).toEqual({ tried: 2, reversed: 1, problems: [], warnings: [], notes: [] });
  });

  it('what real rows refuse is a problem', async () => {
    const unique = { '002_u.sql': 'CREATE UNIQUE INDEX u ON t (a);', '003_c.sql': 'CREATE TABLE c (d);' };
    const found = await data(await real(rows), unique);
    expect(reported(found)).toEqual([expect.stringMatching(/^FAILS_ON_DATA: .*UNIQUE constraint failed: t\.a/)]);
    expect(found).toMatchObject({
      tried: 1,
      notes: [expect.stringMatching(/^003_c and what follows it was not tried on a copy of .*app\.db$/)],
    });
    // Sample values are all different: they say nothing here.
    expect(reported(await rounds({ '001_t.sql': schema, ...unique }, { driver }))).toEqual([]);
  });

  it('what is not rolled back is reported, with rows that changed', async () => {
    const swap = pair(
      'SELECT 1;',
      `CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO n SELECT id, upper(a) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX i ON t (a);`,
    );
    expect(reported(await data(await real(rows), { '002_s.sql': swap }))).toEqual([
      'DOWN_DIFFERS: t.a: values differ.',
    ]);
  });

  it('with nothing pending the newest goes down and up', async () => {
    expect(await data(await real(rows), {})).toMatchObject({ tried: 1, reversed: 1, problems: [] });
    const broken = schema.replace('DROP TABLE t;', 'DROP TABLE u;');
    expect(reported(await data(await real(rows, broken), {}, broken))).toEqual([
      expect.stringMatching(/^DOWN_FAILS: .*no such table: u/),
    ]);
    const forward = 'CREATE TABLE t (a);';
    expect(await data(await real(rows, forward), {}, forward)).toMatchObject({ tried: 0, problems: [] });
  });

  it('stops when it is interrupted', async () => {
    const path = await real(rows);
    const signal = { aborted: true };
    const runner = new MigrationRunner({ database: path, migrations: { '001_t.sql': schema }, driver, signal });
    expect((await runner.check({ withData: true })).data).toMatchObject({
      tried: 0,
      notes: [expect.stringMatching(/^001_t and what follows it was not tried on a copy of .*: it was interrupted$/)],
    });
    await runner.close();
  });

  it('nothing runs where up would not', async () => {
    const found = await data(await real(rows), {}, schema.replace('a TEXT', 'a INT'));
    expect(found).toMatchObject({
      tried: 0,
      notes: [expect.stringMatching(/^nothing was tried on a copy of .*app\.db: up would refuse to run$/)],
    });
  });
});

it('says where there is no means for it, and which options there are', async () => {
  const runner = openTestDatabase().runner({});
  await expect(runner.check({ rounds: true })).rejects.toMatchObject({ code: 'COPY_FAILED' });
  await expect(runner.check({ withData: true })).rejects.toMatchObject({ code: 'COPY_FAILED' });
  await expect(runner.check({ round: true } as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  expect(existsSync('app.db')).toBe(false);
});
