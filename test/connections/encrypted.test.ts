import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import Ciphers from 'better-sqlite3-multiple-ciphers';
import {
  BackupManager,
  bridgeFor,
  migrate,
  migrateSync,
  MigrationRunner,
  type DatabaseBridge,
  type MigrateOptions,
} from '../../src/node/index.ts';
import { failureOf } from '../support/databases.ts';

const key = "PRAGMA key = 'it''s a secret'";
const prepare = (connection: { exec(sql: string): unknown }, { file }: { readonly file: string | undefined }): void => {
  if (file !== undefined) connection.exec(key);
};
const first = {
  '001_notes.sql':
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT UNIQUE); INSERT INTO notes (body) VALUES ('one');",
};
const both = { ...first, '002_tags.sql': 'CREATE TABLE tags (name TEXT);' };
const driver = 'better-sqlite3-multiple-ciphers';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-encrypted-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'app.db');
}

function openKeyed(path: string): Ciphers.Database {
  const database = new Ciphers(path);
  onTestFinished(() => void database.close());
  database.exec(key);
  return database;
}

/** An encrypted file begins with bytes that look like none of SQLite's. */
function expectEncrypted(path: string): void {
  expect(readFileSync(path).subarray(0, 15).toString('latin1')).not.toBe('SQLite format 3');
}

const ways: readonly (readonly [
  way: string,
  given: (path: string) => Pick<MigrateOptions, 'database' | 'driver' | 'prepare'>,
])[] = [
  ['an open connection alone', (path) => ({ database: openKeyed(path) })],
  ['an open connection and `prepare`', (path) => ({ database: openKeyed(path), prepare })],
  ['a path and `prepare`', (path) => ({ database: path, driver, prepare })],
];

describe.each(ways)('an encrypted database, given as %s', (_, given) => {
  it.each(['delete', 'wal'])('migrates, and backs up with the same key (journal mode %s)', async (mode) => {
    const path = newPath();
    const database = openKeyed(path);
    database.pragma(`journal_mode = ${mode}`);
    const options = given(path);
    const { notes } = await migrate({ ...options, migrations: first });
    expect(notes).toEqual([]);
    const { backup, applied } = await migrate({ ...options, migrations: both });
    expect(applied).toHaveLength(1);
    expectEncrypted(path);
    expectEncrypted(backup!.file);
    const copy = openKeyed(backup!.file);
    expect(copy.prepare('SELECT body FROM notes').all()).toEqual([{ body: 'one' }]);
    expect(copy.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'tags'").get()).toEqual({ n: 0 });
    expect((await migrate({ ...options, migrations: both })).applied).toEqual([]);
  });

  it('migrates synchronously, with the whole check', () => {
    const options = given(newPath());
    migrateSync({ ...options, migrations: first, verify: 'full' });
    expect(migrateSync({ ...options, migrations: both, verify: 'full' }).backup).toBeDefined();
  });

  it.each([
    `USING fts4 (body, content='notes')`,
    `USING fts5 (body); INSERT INTO found (rowid, body) SELECT id, body FROM notes; DELETE FROM found_content`,
    `USING fts4 (body); INSERT INTO found (docid, body) SELECT id, body FROM notes; DELETE FROM found_content`,
  ])('passes the whole check with a full-text index that did not fit before the run: %s', (index) => {
    const path = newPath();
    const options = given(path);
    migrateSync({ ...options, migrations: first });
    const direct = openKeyed(path);
    direct.unsafeMode();
    direct.exec(`CREATE VIRTUAL TABLE found ${index}`);
    direct.close();
    const { applied, notes } = migrateSync({ ...options, migrations: both, verify: 'full', backup: 'off' });
    expect(applied).toHaveLength(1);
    expect(notes).toContainEqual(
      expect.stringMatching(/^before this run the integrity check found: .* FTS\d table main\.found/),
    );
  });

  it('is rolled back when a migration fails, and says so in its log', async () => {
    const options = given(newPath());
    await migrate({ ...options, migrations: first });
    const error = await failureOf(() =>
      migrate({ ...options, migrations: { ...first, '002_x.sql': 'DROP TABLE nothing' } }),
    );
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', backup: { id: expect.any(String) } });
  });

  it('is tried, rehearsed, checked and dumped', async () => {
    const options = given(newPath());
    const runner = new MigrationRunner({ ...options, migrations: both });
    await runner.up({ to: 1 });
    if (options.prepare === undefined) {
      // The copy has the key of the original, which only its owner knows.
      const error = await failureOf(() => runner.try(2));
      expect(error).toMatchObject({ code: 'COPY_FAILED', hint: expect.stringContaining('`prepare`') });
      expect(await failureOf(() => runner.rehearse())).toMatchObject({ code: 'COPY_FAILED' });
      expect((await runner.check({ rounds: true })).problems).toEqual([]);
      return;
    }
    expect((await runner.try(2)).up.statements).toBe(1);
    expect(await runner.rehearse()).toMatchObject({ unchanged: 1, tables: [{ table: 'tags', before: undefined }] });
    expect((await runner.check({ rounds: true, withData: true })).problems).toEqual([]);
    expect(await runner.dump()).toContain('CREATE TABLE notes');
    await runner.close();
  });

  it('makes, proves and lists backups', async () => {
    const options = given(newPath());
    await migrate({ ...options, migrations: first });
    const manager = new BackupManager(options);
    const { id } = await manager.create();
    expect(await manager.verify(id)).toMatchObject({ id, problem: undefined });
    await manager.close();
  });
});

describe('a backup through the connection itself, which releases the lock', () => {
  const second = { ...both, '003_more.sql': 'CREATE TABLE more (a);' };

  type Moment = 'before' | 'after';

  /** Does something just before, or just after, the copy is made. */
  function disturbed(path: string, moment: Moment, disturb: (times: number) => void): DatabaseBridge {
    const bridge = bridgeFor(openKeyed(path));
    let times = 0;
    return {
      ...bridge,
      script: (sql) => {
        const copies = sql.startsWith('VACUUM INTO');
        if (copies) times += 1;
        if (copies && moment === 'before') disturb(times);
        void bridge.script(sql);
        if (copies && moment === 'after') disturb(times);
      },
    };
  }

  it.each<Moment>(['before', 'after'])(
    'is made again when another program has written meanwhile (%s it)',
    async (moment) => {
      const path = newPath();
      await migrate({ database: openKeyed(path), migrations: first });
      const other = openKeyed(path);
      const database = disturbed(path, moment, (times) => {
        if (times === 1) other.exec("INSERT INTO notes (body) VALUES ('late')");
      });
      const { backup, applied } = await migrate({ database, migrations: second });
      expect(applied).toHaveLength(2);
      expect(openKeyed(backup!.file).prepare('SELECT body FROM notes').pluck().all()).toEqual(['one', 'late']);
      expect(readdirSync(`${path}-backups`).filter((name) => name.endsWith('.db'))).toHaveLength(1);
    },
  );

  it('is discarded when another process has migrated meanwhile: nothing runs twice', async () => {
    const path = newPath();
    await migrate({ database: openKeyed(path), migrations: first });
    const database = disturbed(path, 'before', (times) => {
      if (times === 1) migrateSync({ database: openKeyed(path), migrations: second, backup: 'off' });
    });
    const { applied, to } = await migrate({ database, migrations: second });
    expect({ applied, to }).toEqual({ applied: [], to: 3 });
  });

  it('is made again after a question', async () => {
    const path = newPath();
    await migrate({ database: openKeyed(path), migrations: first });
    const other = openKeyed(path);
    const database = disturbed(path, 'before', (times) => {
      if (times <= 2) other.exec(`INSERT INTO notes (body) VALUES ('late ${times}')`);
    });
    const manager = new BackupManager({ database });
    const { file } = await manager.create();
    expect(openKeyed(file).prepare('SELECT count(*) FROM notes').pluck().get()).toBe(3);
  });

  it('fails without a trace when its folder cannot be used', async () => {
    const path = newPath();
    await migrate({ database: openKeyed(path), migrations: first });
    writeFileSync(`${path}-backups`, '');
    const error = await failureOf(() => migrate({ database: openKeyed(path), migrations: second }));
    expect(error.code).toBe('BACKUP_FAILED');
    rmSync(`${path}-backups`);
    expect((await migrate({ database: openKeyed(path), migrations: second })).applied).toHaveLength(2);
  });
});

describe('a backup of an encrypted database', () => {
  it('is rolled back after a question, redone, and planned', async () => {
    const options = { database: newPath(), driver, prepare } as const;
    const text = '-- === UP ===\nCREATE TABLE notes (id INTEGER PRIMARY KEY);\n-- === DOWN ===\nDROP TABLE notes;\n';
    const runner = new MigrationRunner({ ...options, migrations: { '001_notes.sql': text } });
    await runner.up();
    const confirm = (): boolean => true;
    expect((await runner.plan({ direction: 'down' })).problems).toEqual([]);
    expect((await runner.redo({ confirm })).applied).toHaveLength(2);
    expect((await runner.down({ confirm })).applied).toHaveLength(1);
    await runner.close();
  });

  it('names the wrong key of backups after the key has changed', async () => {
    const path = newPath();
    await migrate({ database: path, driver, prepare, migrations: first });
    await migrate({ database: path, driver, prepare, migrations: both });
    const database = openKeyed(path);
    database.exec("PRAGMA rekey = 'new'");
    database.close();
    const manager = new BackupManager({
      database: path,
      driver,
      prepare: (connection, { file }) => {
        if (file !== undefined) connection.exec("PRAGMA key = 'new'");
      },
    });
    const error = await failureOf(() => manager.restore('latest'));
    expect(error).toMatchObject({
      code: 'BACKUP_UNREADABLE',
      message: expect.stringContaining('does not have the key'),
    });
    await manager.close();
  });

  it('is restored, and the restore undone', async () => {
    const path = newPath();
    const options = { database: path, driver, prepare } as const;
    await migrate({ ...options, migrations: first });
    const database = openKeyed(path);
    database.exec('CREATE TABLE extra (a)');
    database.close();
    await migrate({ ...options, migrations: both });
    const manager = new BackupManager(options);
    const { plan, before, damaged } = await manager.restore('latest');
    expect(plan.undone).toMatchObject([{ version: 2 }]);
    expect(damaged).toEqual([]);
    expectEncrypted(path);
    const tables = (): unknown => {
      const read = openKeyed(path);
      const rows = read
        .prepare("SELECT name FROM sqlite_schema WHERE name IN ('tags', 'extra') ORDER BY name")
        .pluck()
        .all();
      read.close();
      return rows;
    };
    expect(tables()).toEqual(['extra']);
    await manager.restore(before!.id);
    expect(tables()).toEqual(['extra', 'tags']);
    await manager.close();
    const runner = new MigrationRunner({ ...options, migrations: both });
    expect((await runner.history()).map(({ direction }) => direction)).toEqual(['restore', 'restore', 'up', 'up']);
    await runner.close();
  });

  it.each([
    ['another program has it open', (path: string) => void openKeyed(path).prepare('SELECT 1 FROM notes').get()],
  ])('is not restored while %s', async (_, disturb) => {
    const path = newPath();
    const options = { database: path, driver, prepare } as const;
    await migrate({ ...options, migrations: first });
    await migrate({ ...options, migrations: both });
    disturb(path);
    const manager = new BackupManager({ ...options, lockTimeoutMs: 200 });
    const error = await failureOf(() => manager.restore('latest'));
    expect(error.code).toBe('RESTORE_IN_USE');
    await manager.close();
  });

  it('is not restored through the connection that has it open', async () => {
    const path = newPath();
    const database = openKeyed(path);
    await migrate({ database, prepare, migrations: first });
    await migrate({ database, prepare, migrations: both });
    const manager = new BackupManager({ database, prepare });
    expect(await failureOf(() => manager.restore('latest'))).toMatchObject({
      code: 'RESTORE_IMPOSSIBLE',
      hint: expect.stringContaining('`prepare`'),
    });
    expect(database.prepare('SELECT count(*) FROM tags').pluck().get()).toBe(0);
  });
});

describe('what is wrong with a key', () => {
  it.each([
    ['none', undefined],
    ['another one', (connection: { exec(sql: string): unknown }) => void connection.exec("PRAGMA key = 'other'")],
  ])('%s is reported, and nothing is written', async (_, prepare) => {
    const path = newPath();
    await migrate({ database: openKeyed(path), migrations: first });
    const before = readFileSync(path);
    const options = { database: path, driver, ...(prepare === undefined ? {} : { prepare }) } as const;
    expect(await failureOf(() => migrate({ ...options, migrations: both }))).toMatchObject({
      code: 'DATABASE_NOT_SQLITE',
      hint: expect.stringContaining('`prepare'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('`prepare` that throws, or is async, is reported', async () => {
    const options = { database: newPath(), driver, migrations: first } as const;
    const throwing = (): void => {
      throw new Error('no key at hand');
    };
    expect(await failureOf(() => migrate({ ...options, prepare: throwing }))).toMatchObject({
      code: 'PREPARE_FAILED',
      message: expect.stringContaining('no key at hand'),
    });
    const late = (async () => undefined) as () => void;
    expect((await failureOf(() => migrate({ ...options, prepare: late }))).code).toBe('PREPARE_FAILED');
  });
});
