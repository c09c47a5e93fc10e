import { describe, expect, it } from 'vitest';
import {
  failureOf,
  onEveryDriver,
  openTestDatabase,
  type RunnerSetup,
  type TestDatabase,
} from '../support/databases.ts';

const migrations = {
  '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);',
  '002_roles.sql': 'CREATE TABLE roles (id INTEGER PRIMARY KEY);',
};

const table = `schema_migrations (version INTEGER PRIMARY KEY, name TEXT, applied_at TEXT, checksum TEXT, execution_time_ms INTEGER, schema_version TEXT, text_hash TEXT, fingerprint TEXT, up_text TEXT, down_text TEXT)`;

/** Every command refuses with this error, and the file is as it was, byte for byte. */
async function refuses(
  db: TestDatabase,
  code: string,
  message: string | RegExp,
  setup: RunnerSetup = {},
): Promise<string> {
  const before = db.files();
  const error = await failureOf(() => db.up(migrations, setup));
  expect(error).toMatchObject({
    code,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
  expect(await failureOf(() => db.down(migrations, setup))).toMatchObject({ code });
  const runner = db.runner(migrations, setup);
  for (const command of [
    () => runner.redo(),
    () => runner.to(1),
    () => runner.baseline(2),
    () => runner.repairs(),
    () => runner.repair([1]),
  ])
    expect(await failureOf(command)).toMatchObject({ code });
  const status = await runner.status();
  expect(status.problems.map((problem) => problem.code)).toContain(code);
  expect((await runner.plan()).problems.map((problem) => problem.code)).toContain(code);
  expect((await runner.check()).problems.map((problem) => problem.code)).toContain(code);
  expect(db.files()).toEqual(before);
  return error.hint;
}

onEveryDriver('a tracking table that is not Dunlin’s', (open) => {
  it.each([
    [
      'golang-migrate',
      'CREATE TABLE schema_migrations (version uint64, dirty bool)',
      /it has no column name, applied_at.*It looks like the table of golang-migrate\.$/,
    ],
    [
      'dbmate',
      'CREATE TABLE "schema_migrations" (version varchar(128) primary key)',
      /It looks like the table of dbmate or Rails\.$/,
    ],
    [
      'a column is missing',
      `CREATE TABLE ${table.replace('checksum TEXT, ', '')}`,
      'The table "schema_migrations" is not a tracking table of this layout: it has no column checksum (it has version, name, applied_at, execution_time_ms, schema_version, text_hash, fingerprint, up_text, down_text).',
    ],
    [
      'there is no primary key',
      `CREATE TABLE ${table.replace(' PRIMARY KEY', '')}`,
      /its primary key or its columns differ/,
    ],
    [
      'the filename layout',
      'CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, filename TEXT, checksum TEXT, applied_at TEXT)',
      /It looks like the table of Dunlin's filename layout\.$/,
    ],
    [
      'in another case',
      'CREATE TABLE Schema_Migrations (version TEXT)',
      /It looks like the table of dbmate or Rails\.$/,
    ],
  ])('%s', async (_, sql, message) => {
    const db = open();
    db.exec(`${sql}; CREATE TABLE kept (x); INSERT INTO kept VALUES (1)`);
    const hint = await refuses(db, 'LEDGER_FOREIGN', message);
    expect(hint).toContain(`tables: { migrations: 'dunlin_migrations' }`);
    // The way out that the hint names.
    await db.up(migrations, { tables: { migrations: 'dunlin_migrations' } });
    expect(db.versions('dunlin_migrations')).toEqual([1, 2]);
  });

  it('the attempt log belongs to another program', async () => {
    const db = open();
    db.exec('CREATE TABLE schema_migration_attempts (id INTEGER PRIMARY KEY, note TEXT)');
    await refuses(
      db,
      'LEDGER_FOREIGN',
      /^The table "schema_migration_attempts" is not a tracking table of this layout: it has no column run_id/,
    );
    expect(await failureOf(() => db.runner(migrations).history())).toMatchObject({ code: 'LEDGER_FOREIGN' });
    await db.up(migrations, { tables: { attempts: 'dunlin_attempts' } });
    expect(db.value('SELECT count(*) FROM dunlin_attempts')).toBe(3);
  });
});

onEveryDriver('a tracking table of another name', (open) => {
  it('is named, and no second one is begun', async () => {
    const db = open();
    await db.up(migrations);
    const tables = { migrations: 'schema_migration' };
    const failure = await failureOf(() => db.up(migrations, { tables }));
    expect(failure).toMatchObject({ code: 'LEDGER_ELSEWHERE' });
    expect(failure.message).toMatch(
      / keeps what is applied in the table "schema_migrations"; it has no table "schema_migration"\.$/,
    );
    expect(failure.hint).toContain('`--table schema_migrations`');
    expect((await db.runner(migrations, { tables }).status()).problems).toMatchObject([{ code: 'LEDGER_ELSEWHERE' }]);
    const other = await failureOf(() => db.up(migrations, { layout: 'filename' }));
    expect(other.hint).toContain('`--table schema_migrations` with `--layout standard`');
    expect(db.value("SELECT count(*) FROM sqlite_schema WHERE name IN ('schema_migration', 'migrations')")).toBe(0);
  });

  it('is ignored when the other ledger has a log of its own, or after a reset', async () => {
    const db = open();
    const others = { '001_other.sql': 'CREATE TABLE other (x)' };
    await db.up(migrations);
    await db.up(others, { tables: { migrations: 'second', attempts: 'second_log' } });
    expect(db.versions('second')).toEqual([1]);
    const runner = db.runner(migrations);
    await runner.reset({ confirm: runner.database });
    await db.up(migrations);
    expect(db.versions()).toEqual([1, 2]);
  });
});

onEveryDriver('damaged rows', (open) => {
  const row = (values: string): string =>
    `INSERT INTO schema_migrations (version, name, applied_at, checksum, execution_time_ms, text_hash) VALUES (${values})`;

  it.each([
    [
      'a negative version',
      row(`-1, 'users', '2026-01-01', 'x', 0, 'y'`),
      'The table "schema_migrations" is damaged: row version -1 has a version that is not a positive whole number of at most 15 digits.',
    ],
    ['version 0', row(`0, 'users', '2026-01-01', 'x', 0, 'y'`), /row version 0 has a version that is not/],
    [
      'an empty name',
      row(`1, '', '2026-01-01', 'x', 0, 'y'`),
      'The table "schema_migrations" is damaged: row version 1 has no name.',
    ],
    ['a time that is none', row(`1, 'users', 'yesterday', 'x', 0, 'y'`), /has no time in applied_at\.$/],
    ['an empty checksum', row(`1, 'users', '2026-01-01', '', 0, 'y'`), /has no checksum\.$/],
    ['a NULL checksum', row(`1, 'users', '2026-01-01', NULL, 0, 'y'`), /has no checksum\.$/],
  ])('%s', async (_, sql, message) => {
    const db = open();
    db.exec(`CREATE TABLE ${table}; ${sql}`);
    const hint = await refuses(db, 'LEDGER_ROW_DAMAGED', message);
    expect(hint).toContain('SELECT rowid, * FROM "schema_migrations"');
    db.exec('DELETE FROM schema_migrations');
    expect((await db.up(migrations)).applied).toHaveLength(2);
  });

  it('a version that is text, in a table made with other types', async () => {
    const db = open();
    db.exec(
      `CREATE TABLE ${table.replace('INTEGER PRIMARY KEY', 'TEXT PRIMARY KEY')}; ${row(`'001', 'users', '2026-01-01', 'x', 0, 'y'`)}`,
    );
    await refuses(db, 'LEDGER_ROW_DAMAGED', /row version 001 has a version that is not a positive whole number/);
  });

  it('the same version twice, in a table whose key is another', async () => {
    const db = open();
    db.exec(
      `CREATE TABLE schema_migrations (id INTEGER, ${table.slice('schema_migrations ('.length).replace('INTEGER PRIMARY KEY', 'INTEGER').replace(/\)$/, '')}, PRIMARY KEY (version, id))`,
    );
    db.exec(
      `INSERT INTO schema_migrations (id, version, name, applied_at, checksum) VALUES (1, 1, 'users', '2026-01-01', 'x'), (2, 1, 'people', '2026-01-02', 'y')`,
    );
    const hint = await refuses(
      db,
      'LEDGER_DUPLICATE',
      'The table "schema_migrations" has version 1 twice: users and people.',
    );
    expect(hint).toContain('delete the other row');
  });

  it('names every damaged row at once', async () => {
    const db = open();
    db.exec(
      `CREATE TABLE ${table}; ${row(`-1, 'a', '2026-01-01', 'x', 0, 'y'`)}; ${row(`2, '', '2026-01-01', 'x', 0, 'y'`)}`,
    );
    const error = await failureOf(() => db.up(migrations));
    expect(error.problems.map((problem) => problem.message)).toEqual([
      'The table "schema_migrations" is damaged: row version -1 has a version that is not a positive whole number of at most 15 digits.',
      'The table "schema_migrations" is damaged: row version 2 has no name.',
    ]);
  });

  it('history still shows what happened', async () => {
    const db = open();
    await db.up(migrations);
    db.exec(`UPDATE schema_migrations SET name = '' WHERE version = 1`);
    expect((await db.runner(migrations).history()).map((run) => run.status)).toEqual(['ok']);
  });
});

onEveryDriver('the database and the files differ', (open) => {
  it('edited: refused, named, and repaired on request only', async () => {
    const db = open();
    await db.up(migrations);
    const edited = {
      ...migrations,
      '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, nick TEXT);',
      '003_x.sql': 'CREATE TABLE x (y);',
    };
    const before = db.files();
    expect(await failureOf(() => db.up(edited))).toMatchObject({
      code: 'MIGRATION_EDITED',
      migration: { version: 1, name: 'users' },
    });
    expect((await db.runner(edited).status()).entries.map((entry) => entry.state)).toEqual([
      'edited',
      'applied',
      'pending',
    ]);
    expect(db.files()).toEqual(before);
    expect(await db.runner(edited).repair([1])).toHaveLength(1);
    expect((await db.up(edited)).applied.map((outcome) => outcome.version)).toEqual([3]);
  });

  it('missing: refused, named, and forgotten on request only', async () => {
    const db = open();
    await db.up(migrations);
    const { '001_users.sql': gone, ...left } = migrations;
    expect(gone).toContain('users');
    const before = db.files();
    expect(await failureOf(() => db.up({ ...left, '003_x.sql': 'SELECT 1' }))).toMatchObject({
      code: 'MIGRATION_MISSING',
      message: expect.stringContaining('1 users was applied'),
    });
    expect((await db.runner(left).status()).entries.map((entry) => entry.state)).toEqual(['missing', 'applied']);
    expect(db.files()).toEqual(before);
    await db.runner(left).repair([1]);
    expect(db.versions()).toEqual([2]);
    expect((await db.runner(left).status()).problems).toEqual([]);
  });

  it('ahead: a newer release was here', async () => {
    const db = open();
    await db.up(migrations);
    const older = { '001_users.sql': migrations['001_users.sql'] };
    const before = db.files();
    expect(await failureOf(() => db.up(older))).toMatchObject({
      code: 'DATABASE_AHEAD',
      message: 'app.db is ahead: it has 2 roles, and the newest migration here is 001_users.',
    });
    const status = await db.runner(older).status();
    expect([status.tooNew, status.tooOld, status.entries.map((entry) => entry.state)]).toEqual([
      true,
      false,
      ['applied', 'ahead'],
    ]);
    expect(db.files()).toEqual(before);
  });

  it('out of order: refused, or allowed on request', async () => {
    const db = open();
    const { '001_users.sql': first, ...second } = migrations;
    await db.up(second);
    const before = db.files();
    expect(await failureOf(() => db.up(migrations))).toMatchObject({
      code: 'OUT_OF_ORDER',
      message: '001_users.sql is pending, but 002_roles, which is newer, has been applied already.',
    });
    expect((await db.runner(migrations).status()).entries.map((entry) => entry.state)).toEqual([
      'out-of-order',
      'applied',
    ]);
    expect(db.files()).toEqual(before);
    expect(first).toBeDefined();
    expect((await db.up(migrations, { outOfOrder: 'allow' })).applied.map((outcome) => outcome.version)).toEqual([1]);
  });

  it('renamed: a note; the name is put right on request', async () => {
    const db = open();
    await db.up(migrations);
    const renamed = { '001_people.sql': migrations['001_users.sql'], '002_roles.sql': migrations['002_roles.sql'] };
    const runner = db.runner(renamed);
    expect((await db.up(renamed)).notes).toEqual([
      '001_people.sql was called users when it was applied; only its name is different, and `dunlin repair 1 --accept` records it',
    ]);
    expect(await runner.repairs()).toEqual([
      { kind: 'rename', migration: { version: 1, name: 'users' }, to: 'people' },
    ]);
    await runner.repair([1]);
    expect(db.column('SELECT name FROM schema_migrations ORDER BY version')).toEqual(['people', 'roles']);
    expect(await runner.repairs()).toEqual([]);
  });

  it('a run whose process died is marked as interrupted by the next one', async () => {
    const db = open();
    await db.up({ '001_users.sql': migrations['001_users.sql'] });
    db.exec(
      `INSERT INTO schema_migration_attempts (run_id, direction, status, started_at, host, pid, tool) VALUES ('dead', 'up', 'running', '2026-01-01T00:00:00.000Z', 'web-1', 812, 'dunlin 0.0.1')`,
    );
    const { notes } = await db.runner(migrations).status();
    expect(notes).toEqual([
      'a run since 2026-01-01T00:00:00.000Z (dunlin 0.0.1, pid 812 on web-1) is under way or was interrupted; the next run settles it',
    ]);
    await db.up(migrations);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', 'run up interrupted', 'run up ok', '2 up ok']);
    expect(db.value(`SELECT finished_at IS NOT NULL FROM schema_migration_attempts WHERE run_id = 'dead'`)).toBe(1);
    expect((await db.runner(migrations).check()).notes).toEqual([]);
  });
});

describe('names of Dunlin’s own tables', () => {
  it('can be chosen, also with characters that need quotes', async () => {
    const db = openTestDatabase();
    const tables = { migrations: 'my "own" migrations', attempts: 'Attempts; DROP TABLE users' };
    await db.up(migrations, { tables });
    await db
      .runner(migrations, { tables })
      .redo()
      .catch(() => undefined);
    expect(db.versions('my ""own"" migrations')).toEqual([1, 2]);
    expect(db.value(`SELECT count(*) FROM "Attempts; DROP TABLE users"`)).toBeGreaterThan(2);
    expect((await db.up(migrations, { tables })).applied).toEqual([]);
    expect(await db.runner(migrations, { tables }).history()).toHaveLength(1);
  });
});
