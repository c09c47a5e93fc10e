import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { plural } from '../../src/errors/index.ts';
import { MigrationRunner, type MigrateOptions, type MigrationDatabase, type Rehearsal } from '../../src/node/index.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { bytesIn } from '../support/files.ts';
import { benign, destructive, start, type RehearsalFixture } from './rehearsal-fixtures.ts';

interface Code {
  readonly up: (db: MigrationDatabase) => void;
}

const folderOf = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A runner on a database that the first migration has made, with the others pending. */
async function runnerOf(
  migrations: readonly (string | Code)[],
  options: Partial<MigrateOptions> = {},
): Promise<MigrationRunner & { readonly path: string; readonly copies: string }> {
  const [path, copies] = [join(folderOf(), 'app.db'), folderOf()];
  const given = { database: path, backup: 'off', ...options } as const;
  const first = { '001_start.sql': start };
  const rest = migrations.map((one, i) => [`00${i + 2}_step.${typeof one === 'string' ? 'sql' : 'js'}`, one] as const);
  const started = new MigrationRunner({ ...given, migrations: first });
  await started.up();
  await started.close();
  const runner = new MigrationRunner({ ...given, migrations: { ...first, ...Object.fromEntries(rest) } });
  onTestFinished(() => runner.close());
  return Object.assign(runner, { path, copies });
}

function lossesOf({ losses }: Rehearsal): readonly string[] {
  return losses.map(({ kind, table, column, count, named }) => {
    const what =
      kind === 'rows' ? `${table}: ${plural(count, 'row')}` : `${table}.${column}: ${plural(count, 'value')}`;
    return named === undefined ? `${what} !` : what;
  });
}

function changesOf({ tables }: Rehearsal): readonly string[] {
  return tables.flatMap(({ table, added, columns }) => [
    ...(added > 0 ? [`${table}: +${added}`] : []),
    ...columns.flatMap(({ column, changed }) => (changed > 0 ? [`${table}.${column}: ${changed}`] : [])),
  ]);
}

async function expectFound({ up, next = [], lost, changed, removed, refused }: RehearsalFixture): Promise<void> {
  const runner = await runnerOf([up, ...next]);
  if (refused !== undefined) {
    await expect(runner.rehearse()).rejects.toMatchObject({ code: refused });
    return;
  }
  const found = (await runner.rehearse())!;
  expect({
    lost: lossesOf(found).toSorted(),
    changed: changesOf(found).toSorted(),
    removed: found.schema.objects
      .flatMap(({ kind, type, name }) => (kind === 'removed' ? [`${type} ${name}`] : []))
      .toSorted(),
    notes: found.notes.filter((note) => note.includes('not compared')),
    problems: found.problems.map(({ code }) => code),
  }).toEqual({
    lost: (lost ?? []).toSorted(),
    changed: (changed ?? []).toSorted(),
    removed: (removed ?? []).toSorted(),
    notes: [],
    problems: (lost ?? []).some((one) => one.endsWith('!')) ? ['REHEARSAL_LOSES'] : [],
  });
}

describe('a rehearsal finds what is lost and changed', () => {
  for (const fixture of destructive) test(fixture.title, () => expectFound(fixture));
});

describe('a rehearsal reports no loss where there is none', () => {
  for (const fixture of benign) test(fixture.title, () => expectFound(fixture));
});

const harmless = 'ALTER TABLE users ADD COLUMN role TEXT;';

function inDatabase<T>(path: string, work: (db: Database.Database) => T): T {
  const db = new Database(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

describe('the database that is rehearsed', () => {
  test('is byte for byte as it was, and nothing is left of the copies', async () => {
    const { path, copies, ...runner } = await parts(['DELETE FROM log;', harmless]);
    const before = bytesIn(join(path, '..'));
    const found = (await runner.rehearse({ folder: copies }))!;
    expect(found).toMatchObject({ from: 1, to: 3, pending: [], aborted: false, violations: 0 });
    expect(found.applied.map(({ version, statements }) => [version, statements])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    const { measures } = found;
    expect(measures.peakBytes).toBeGreaterThan(measures.bytes);
    expect(measures.journalBytes).toBeGreaterThan(0);
    expect(Object.values(measures).every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    expect(bytesIn(join(path, '..'))).toEqual(before);
    expect(readdirSync(copies)).toEqual([]);
  });

  test('may be in use by a writer, in WAL mode, whose transaction is open', async () => {
    const { path, ...runner } = await parts([harmless]);
    const writer = new Database(path);
    onTestFinished(() => void writer.close());
    writer.pragma('journal_mode = WAL');
    writer.exec(
      "INSERT INTO log VALUES ('wed', 'committed'); BEGIN IMMEDIATE; INSERT INTO log VALUES ('thu', 'open');",
    );
    const before = bytesIn(join(path, '..'));
    const found = (await runner.rehearse())!;
    const changes = Object.entries(bytesIn(join(path, '..'))).filter(([name, bytes]) => before[name] !== bytes);
    // Readers note in the index of the log how far they read.
    expect(changes.map(([name]) => name).filter((name) => name !== 'app.db-shm')).toEqual([]);
    writer.exec('COMMIT');
    expect(writer.prepare('SELECT count(*) FROM log').pluck().get()).toBe(5);
    expect(found.unchanged).toBe(6);
  });

  test('may be given as an open connection', async () => {
    const { path } = await parts([harmless]);
    const db = new Database(path);
    onTestFinished(() => void db.close());
    const migrations = { '001_start.sql': start, '002_step.sql': harmless };
    const runner = new MigrationRunner({ database: db, migrations, backup: 'off' });
    expect((await runner.rehearse())!.applied.length).toBe(1);
    db.exec('BEGIN');
    await expect(runner.rehearse()).rejects.toMatchObject({ code: 'TRANSACTION_OPEN' });
  });

  test('needs no copy where nothing is pending', async () => {
    const runner = await runnerOf([]);
    expect(await runner.rehearse({ folder: '/nowhere' })).toBeUndefined();
  });

  test('is migrated in part, if `to` or `steps` say so', async () => {
    const runner = await runnerOf([harmless, 'DELETE FROM log;']);
    expect(await runner.rehearse({ steps: 1 })).toMatchObject({ to: 2, losses: [], pending: [{ version: 3 }] });
    await expect(runner.rehearse({ folder: '' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('a rehearsal fails as `up` would', () => {
  test('with the statement and its place, and leaves no copy', async () => {
    const runner = await runnerOf([harmless, 'SELECT 1; UPDATE nowhere SET a = 1;']);
    const failure = await runner.rehearse({ folder: runner.copies }).catch((error: unknown) => error);
    const real = await runner.up().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STATEMENT_FAILED', location: { line: 1, column: 18 } });
    const { message, code } = real as Error & { code: string };
    expect(failure).toMatchObject({ code, message });
    expect(readdirSync(runner.copies)).toEqual([]);
  });

  test('before it copies anything, where `up` would not begin', async () => {
    const runner = await runnerOf([harmless, 'VACUUM;']);
    const failure = await runner.rehearse({ folder: '/nowhere' }).catch((error: unknown) => error);
    const real = await runner.up().catch((error: unknown) => error);
    const { message, code } = real as Error & { code: string };
    expect(failure).toMatchObject({ code, message });
  });
});

describe('the copies of a rehearsal', () => {
  test('need room for twice the database', async () => {
    const runner = await runnerOf([harmless]);
    vi.spyOn(nodeFiles, 'freeBytes').mockReturnValueOnce(10_000);
    const failure = runner.rehearse({ folder: runner.copies });
    await expect(failure).rejects.toMatchObject({ code: 'REHEARSAL_NO_ROOM' });
    await expect(failure).rejects.toThrow(
      /^A rehearsal of .*app\.db needs [\d.]+ kB in .*, twice the database, and 10 kB are free\.$/,
    );
    expect(readdirSync(runner.copies)).toEqual([]);
  });

  test('cannot be made in a folder that is not there', async () => {
    const runner = await runnerOf([harmless]);
    await expect(runner.rehearse({ folder: '/nowhere' })).rejects.toMatchObject({ code: 'COPY_FAILED' });
  });

  test.each(['delete', 'wal'])('are kept in a file that is not there yet (journal mode %s)', async (mode) => {
    const runner = await runnerOf([harmless]);
    inDatabase(runner.path, (db) => db.pragma(`journal_mode = ${mode}`));
    const keep = join(runner.copies, 'kept.db');
    await runner.rehearse({ keep });
    expect(readdirSync(runner.copies)).toEqual(['kept.db']);
    inDatabase(keep, (db) => expect(db.prepare('SELECT count(role) FROM users').pluck().get()).toBe(0));
    await expect(runner.rehearse({ keep })).rejects.toMatchObject({ code: 'REHEARSAL_KEEP_EXISTS' });
  });

  test('are kept in no file that belongs to a database, or has no folder', async () => {
    const runner = await runnerOf([harmless]);
    const unusable = [`${runner.path}-wal`, `${runner.path}-journal`, join(runner.copies, 'none/kept.db')];
    for (const keep of [runner.path, ...unusable]) {
      const code = keep === runner.path ? 'REHEARSAL_KEEP_EXISTS' : 'REHEARSAL_KEEP_UNUSABLE';
      const refused = runner.rehearse({ folder: runner.copies, keep });
      await expect(refused).rejects.toMatchObject({ code, hint: expect.not.stringContaining('rm ') as string });
    }
    expect(readdirSync(runner.copies)).toEqual([]);
    expect(existsSync(`${runner.path}-journal`)).toBe(false);
  });

  test('are not kept over a file that comes meanwhile, and leave no empty one after a failure', async () => {
    const keep = join(folderOf(), 'kept.db');
    const late = await runnerOf([{ up: () => writeFileSync(keep, 'precious') }]);
    await expect(late.rehearse({ keep })).rejects.toMatchObject({ code: 'REHEARSAL_KEEP_EXISTS' });
    expect(readFileSync(keep, 'utf8')).toBe('precious');
    const failing = await runnerOf(['INSERT INTO missing VALUES (1);']);
    const other = join(failing.copies, 'kept.db');
    await expect(failing.rehearse({ keep: other })).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
    expect(readdirSync(failing.copies)).toEqual([]);
  });

  test('are kept on another file system as well', async () => {
    if (!existsSync('/dev/shm')) return;
    const runner = await runnerOf([harmless]);
    const keep = join('/dev/shm', `dunlin-kept-${process.pid}.db`);
    onTestFinished(() => rmSync(keep, { force: true }));
    await runner.rehearse({ folder: runner.copies, keep });
    expect(existsSync(keep)).toBe(true);
  });

  test('of processes that are gone are removed, those of others stay', async () => {
    const runner = await runnerOf([harmless]);
    const host = hostname().replaceAll(/[^A-Za-z0-9.]/g, '_');
    const [gone, living] = [`dunlin-rehearsal-${host}-999999999-abc`, `dunlin-rehearsal-${host}-1-abc`];
    const others = ['dunlin-rehearsal-elsewhere-999999999-abc', `dunlin-rehearsal-${host}-x`, 'other'];
    for (const name of [gone, living, ...others]) {
      mkdirSync(join(runner.copies, name));
      writeFileSync(join(runner.copies, name, 'copy.db'), '');
    }
    await runner.rehearse({ folder: runner.copies });
    expect(readdirSync(runner.copies).toSorted()).toEqual([living, ...others].toSorted());
  });
});

describe('what a rehearsal looks at', () => {
  test('stops before the next migration on a signal, and compares nothing then', async () => {
    const signal = { aborted: false };
    const stops = { up: () => void (signal.aborted = true) };
    const runner = await runnerOf([stops, 'DELETE FROM log;'], { signal });
    expect(await runner.rehearse()).toMatchObject({
      aborted: true,
      applied: [{ version: 2 }],
      losses: [],
      violations: undefined,
    });
  });

  test('hears only which migration runs', async () => {
    const heard: unknown[] = [];
    const runner = await runnerOf([harmless, 'DELETE FROM log;'], { onEvent: (event) => heard.push(event) });
    heard.length = 0;
    await runner.rehearse();
    expect(heard).toEqual([
      { type: 'check:round', migration: { version: 2, name: 'step' }, index: 1, total: 2 },
      { type: 'check:round', migration: { version: 3, name: 'step' }, index: 2, total: 2 },
    ]);
  });

  test('follows code, and tables that a view with triggers fills', async () => {
    const code: Code = {
      up: (db) => {
        db.exec('CREATE TABLE mails (user_id INTEGER PRIMARY KEY, mail TEXT)');
        db.exec('CREATE VIEW door AS SELECT user_id, mail FROM mails');
        db.exec(
          'CREATE TRIGGER pass INSTEAD OF INSERT ON door BEGIN INSERT INTO mails VALUES (new.user_id, new.mail); END',
        );
        db.exec('INSERT INTO door SELECT id, email FROM users');
        db.exec('DROP VIEW door');
        db.exec('ALTER TABLE users DROP COLUMN email');
      },
    };
    const runner = await runnerOf([code]);
    const found = (await runner.rehearse())!;
    expect(found.losses).toEqual([]);
    expect(found.tables.find(({ table }) => table === 'users')!.columns).toMatchObject([
      { column: 'email', now: undefined, lost: 0, movedTo: ['mails.mail'] },
    ]);
  });

  test('names what is computed from a column that is gone', async () => {
    const runner = await runnerOf([
      'ALTER TABLE users ADD COLUMN initial TEXT; UPDATE users SET initial = substr(name, 1, 1); ALTER TABLE users DROP COLUMN name;',
    ]);
    const found = (await runner.rehearse())!;
    expect(found.losses).toEqual([]);
    expect(found.tables[0]!.columns).toMatchObject([
      { column: 'name', changed: 4, lost: 0, movedTo: ['users.initial'] },
    ]);
  });

  test('counts rows that were moved to an archive apart from those that are lost', async () => {
    const runner = await runnerOf([
      `CREATE TABLE archive (name TEXT PRIMARY KEY, value TEXT, owner TEXT);
       INSERT INTO archive SELECT * FROM settings WHERE name = 'lang'; DELETE FROM settings WHERE name = 'lang';`,
    ]);
    const found = (await runner.rehearse())!;
    expect(found.losses).toEqual([]);
    expect(found.tables[0]).toMatchObject({ table: 'settings', lost: 0, moved: 1, movedTo: ['archive'] });
  });

  test('compares a table whose key has no index any more, and finds rows that are there twice', async () => {
    const runner = await runnerOf([
      `-- dunlin: destructive
       CREATE TABLE s AS SELECT * FROM settings; INSERT INTO s SELECT * FROM settings WHERE name = 'lang';
       DROP TABLE settings; ALTER TABLE s RENAME TO settings;`,
    ]);
    const found = (await runner.rehearse())!;
    expect(found.tables).toMatchObject([{ table: 'settings', before: 2, after: 3, lost: 0, added: 1, changed: 0 }]);
  });

  test('compares many columns', async () => {
    const names = Array.from({ length: 1200 }, (_, i) => `c${i}`);
    const wide = `CREATE TABLE wide (id INTEGER PRIMARY KEY, ${names.join(', ')}); INSERT INTO wide (id, c0, c1199) VALUES (1, 'a', 'b');`;
    const runner = await runnerOf([wide, `UPDATE wide SET c0 = 'x', c1199 = NULL`]);
    await runner.up({ to: 2 });
    expect((await runner.rehearse())!.tables).toMatchObject([
      {
        table: 'wide',
        changed: 1,
        columns: [
          { column: 'c0', changed: 1 },
          { column: 'c1199', changed: 1, emptied: 1 },
        ],
      },
    ]);
  });

  test('counts the rows of a virtual table, and says what it cannot read', async () => {
    const runner = await runnerOf(
      [
        `CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('a'), ('b');
         CREATE TABLE odd (a INTEGER PRIMARY KEY, b TEXT, c AS (json_extract(b, '$')) STORED);
         CREATE TABLE sums (a INTEGER PRIMARY KEY, b AS (broken(a)));
         INSERT INTO odd (a, b) VALUES (1, '1'); INSERT INTO sums VALUES (1)`,
        `DELETE FROM words WHERE word = 'a'; UPDATE odd SET b = '2'`,
      ],
      { functions: { broken: (value) => value } },
    );
    await runner.up({ to: 2 });
    const found = (await runner.rehearse())!;
    expect(found.tables.map(({ table, lost, columns }) => [table, lost, columns.map(({ column }) => column)])).toEqual([
      ['odd', 0, ['b']],
      ['words', 1, []],
    ]);
    expect(found.losses).toMatchObject([{ table: 'words', named: { text: 'DELETE FROM words' } }]);
  });

  test('follows a migration that runs twice, because a full-text index did not fit before', async () => {
    const runner = await runnerOf([
      `CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO docs VALUES (1, 'a');
       CREATE VIRTUAL TABLE found USING fts5(body, content='docs', content_rowid='id');`,
      `UPDATE docs SET body = 'b'; ALTER TABLE users RENAME TO people;`,
      'ALTER TABLE people RENAME COLUMN name TO called',
    ]);
    await runner.up({ to: 2 });
    const found = (await runner.rehearse())!;
    expect(found.notes).toContainEqual(expect.stringMatching(/^003_step: found does not fit the text of docs/));
    expect(found.losses).toEqual([]);
    expect(found.tables.map(({ table, now, columns }) => [table, now, columns.map((one) => one.now)])).toEqual([
      ['users', 'people', ['called']],
      ['docs', 'docs', ['body']],
    ]);
  });

  test('says which rows cannot be read, and what became of virtual tables', async () => {
    const runner = await runnerOf([
      `CREATE VIRTUAL TABLE kept USING fts5(word); CREATE VIRTUAL TABLE dropped USING fts5(word);
       INSERT INTO kept VALUES ('a'); INSERT INTO dropped VALUES ('a'); CREATE TABLE none (a INTEGER PRIMARY KEY, b);`,
      'DROP TABLE dropped; ALTER TABLE none DROP COLUMN b;',
    ]);
    await runner.up({ to: 2 });
    inDatabase(runner.path, (db) => {
      db.unsafeMode();
      db.exec(
        `PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema VALUES ('table', 'gone', 'gone', 0, 'CREATE VIRTUAL TABLE gone USING nowhere(a)');`,
      );
    });
    const found = (await runner.rehearse())!;
    expect(found.notes).toContain('the rows of gone were not compared: no such module: nowhere');
    expect(found.losses).toMatchObject([{ table: 'dropped', count: 1, named: { text: 'DROP TABLE dropped' } }]);
    expect(found.tables.map(({ table, now }) => [table, now])).toEqual([
      ['none', 'none'],
      ['dropped', undefined],
    ]);
  });

  test('counts old violations of foreign keys, and checks the pages if the run does not', async () => {
    const runner = await runnerOf([harmless], { verify: 'off' });
    inDatabase(runner.path, (db) => db.exec('PRAGMA foreign_keys = OFF; INSERT INTO notes VALUES (9, 77, NULL)'));
    expect(await runner.rehearse()).toMatchObject({ violations: 1, problems: [] });
    inDatabase(runner.path, (db) => db.exec('PRAGMA foreign_keys = OFF; CREATE TABLE odd (a REFERENCES log (at))'));
    expect(await runner.rehearse()).toMatchObject({ violations: undefined });
  });
});

/** The runner, and where its database is. */
async function parts(migrations: readonly string[]): Promise<{
  readonly path: string;
  readonly copies: string;
  readonly rehearse: MigrationRunner['rehearse'];
}> {
  const runner = await runnerOf(migrations);
  return { path: runner.path, copies: runner.copies, rehearse: (options) => runner.rehearse(options) };
}
