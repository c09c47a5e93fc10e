import {
  existsSync,
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { LOCAL, type DatabaseBridge, type Files } from '../../src/bridge/index.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { driverError } from '../../src/testing/index.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';

const pending = { '001_more.sql': 'CREATE TABLE more (id INTEGER PRIMARY KEY);' };
const folderOf = (db: TestDatabase): string => `${db.path}-backups`;
const isRoot = process.getuid?.() === 0;

const base = `CREATE TABLE t (a, b); CREATE INDEX i ON t (a); CREATE TABLE k (id INTEGER PRIMARY KEY, a);
CREATE TABLE w (id PRIMARY KEY, a) WITHOUT ROWID; CREATE TABLE n (a); INSERT INTO k VALUES (1, 'x'); INSERT INTO w VALUES (1, 'x');
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) INSERT INTO t SELECT i, hex(randomblob(40)) FROM c;`;

/** The bridge of a driver whose copies are not what they should be. */
function lying(how: (path: string, copy: () => void) => void): (bridge: DatabaseBridge) => DatabaseBridge {
  return (bridge) => ({
    ...bridge,
    openSecond(file) {
      const second = bridge.openSecond!(file) as DatabaseBridge;
      return {
        ...second,
        script(sql) {
          const [, path] = /^VACUUM INTO '(.*)'$/.exec(sql) ?? [];
          if (path === undefined) return second.script(sql);
          return how(path, () => void second.script(sql));
        },
      };
    },
  });
}

const changed = (sql: string): ((path: string, copy: () => void) => void) =>
  function (path, copy) {
    copy();
    const db = new BetterSqlite3(path);
    db.exec(sql);
    db.close();
  };

const lies: readonly (readonly [name: string, how: (path: string, copy: () => void) => void])[] = [
  ['writes nothing', () => undefined],
  ['removes the file', (path) => rmSync(path)],
  ['writes an empty database', changed('DROP TABLE t; DROP TABLE k; DROP TABLE w; DROP TABLE n; VACUUM')],
  ['loses a row', changed('DELETE FROM t WHERE a = 77')],
  ['loses the only row', changed('DELETE FROM w')],
  ['loses a table', changed('DROP TABLE k')],
  ['loses an empty table', changed('DROP TABLE n')],
  ['loses an index', changed('DROP INDEX i')],
  ['adds a table', changed('CREATE TABLE o (a)')],
  ['gives other rowids', changed('UPDATE t SET rowid = rowid + 1000 WHERE a = 500')],
  ['gives another user_version', changed('PRAGMA user_version = 5')],
  ['gives another page size', changed('PRAGMA page_size = 1024; VACUUM')],
  [
    'stops in the middle',
    (path, copy) => {
      copy();
      truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
    },
  ],
  [
    'loses the last page',
    (path, copy) => {
      copy();
      truncateSync(path, statSync(path).size - 4096);
    },
  ],
  [
    'adds bytes',
    (path, copy) => {
      copy();
      appendFileSync(path, 'x'.repeat(4096));
    },
  ],
  [
    'damages a page',
    (path, copy) => {
      copy();
      const bytes = readFileSync(path);
      bytes.fill(0xaa, 3 * 4096, 4 * 4096);
      writeFileSync(path, bytes);
    },
  ],
  ['writes no database', (path) => writeFileSync(path, 'Dear diary, '.repeat(1000))],
];

onEveryDriver('a driver that says it has made a copy, and', (open) => {
  it.each(lies)('%s', async (name, how) => {
    const code = name === 'removes the file' ? 'BACKUP_FAILED' : 'BACKUP_UNPROVEN';
    const db = open();
    db.exec(base);
    const before = db.content();
    const error = await failureOf(() => db.up(pending, { backup: 'always', wrap: lying(how) }));
    expect(error).toMatchObject({ code, hint: expect.stringContaining('Nothing was changed') });
    expect(db.content()).toBe(before);
    expect(db.versions()).toEqual([]);
    expect(db.attempts()).toEqual([`run up failed ${code}`]);
    expect(readdirSync(folderOf(db))).toEqual([]);
    tried('backup sweep', 1);
    await db.up(pending, { backup: 'always' });
    expect(provenBackups(folderOf(db), db.path, db.variant.driver)).toHaveLength(1);
  });
});

onEveryDriver('a backup that cannot be made', (open) => {
  async function refused(db: TestDatabase, code: string, files: Partial<Files> = {}): Promise<void> {
    const before = db.content();
    const error = await failureOf(() =>
      db.up(pending, { backup: 'always', host: { files: { ...nodeFiles, ...files } } }),
    );
    tried('backup sweep', 1);
    expect(error.code).toBe(code);
    expect(error.hint).not.toBe('');
    expect(db.content()).toBe(before);
    expect(db.versions()).toEqual([]);
  }

  it('a file where the folder should be', async () => {
    const db = open();
    db.exec(base);
    writeFileSync(folderOf(db), 'mine');
    await refused(db, 'BACKUP_FAILED');
    expect(readFileSync(folderOf(db), 'utf8')).toBe('mine');
  });

  it('a link to nowhere', async () => {
    const db = open();
    db.exec(base);
    symlinkSync(join(db.folder, 'nowhere'), folderOf(db));
    await refused(db, 'BACKUP_FAILED');
  });

  it('accepts a link to a folder', async () => {
    const db = open();
    db.exec(base);
    mkdirSync(join(db.folder, 'elsewhere'));
    symlinkSync(join(db.folder, 'elsewhere'), folderOf(db));
    await db.up(pending, { backup: 'always' });
    expect(provenBackups(join(db.folder, 'elsewhere'), db.path, db.variant.driver)).toHaveLength(1);
  });

  it('too little room', async () => {
    const db = open();
    db.exec(base);
    await refused(db, 'BACKUP_NO_SPACE', { freeBytes: () => 1_000_000 });
    expect(readdirSync(folderOf(db))).toEqual([]);
  });

  it('a folder that may not be written', async () => {
    const db = open();
    db.exec(base);
    const denied = (): never => {
      throw Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES', syscall: 'open' });
    };
    await refused(db, 'BACKUP_FAILED', { create: denied });
    await refused(db, 'BACKUP_FAILED', { makeFolder: denied });
  });

  it('a disk that is full although room was reported', async () => {
    const db = open();
    db.exec(base);
    const full = lying(() => {
      throw driverError('SQLITE_FULL', 'database or disk is full');
    });
    const error = await failureOf(() => db.up(pending, { backup: 'always', wrap: full }));
    tried('backup sweep', 1);
    expect(error).toMatchObject({ code: 'BACKUP_FAILED', hint: expect.stringContaining('Make room') });
    expect(db.versions()).toEqual([]);
  });

  it('reports a damaged database as such', async () => {
    const db = open();
    db.exec(base);
    db.close();
    const bytes = readFileSync(db.path);
    bytes.fill(0xaa, 5 * 4096, 9 * 4096);
    writeFileSync(db.path, bytes);
    const error = await failureOf(() => db.up(pending, { backup: 'always' }));
    expect(error.code).toBe('DATABASE_CORRUPT');
    db.close();
    // Not even that a run was begun is written into it.
    expect(readFileSync(db.path).equals(bytes)).toBe(true);
    expect(existsSync(folderOf(db))).toBe(false);
  });

  it('a connection that can attach no file, before anything is written', async () => {
    const db = open();
    db.exec(base);
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      engine: { ...LOCAL, attach: false, snapshot: 'none' },
    });
    const error = await failureOf(() => db.up(pending, { backup: 'always', wrap }));
    expect(error).toMatchObject({ code: 'BACKUP_FAILED', hint: expect.stringContaining("`backup: 'off'`") });
    expect(db.versions()).toEqual([]);
    expect(existsSync(folderOf(db))).toBe(false);
    expect((await db.up(pending, { backup: 'off', wrap })).applied).toHaveLength(1);
  });

  it('a connection in EXCLUSIVE locking mode', async () => {
    const db = open();
    db.exec(base);
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    await refused(db, 'BACKUP_FAILED');
    expect(leftOvers(folderOf(db))).toEqual([]);
  });

  it.each([
    ['delete', ''],
    ['wal', ''],
    ['wal', 'SELECT * FROM t; '],
  ])('a connection in EXCLUSIVE locking mode in journal mode %s: the advice works (%s)', async (mode, before) => {
    const db = open();
    db.exec(base);
    db.exec(`PRAGMA journal_mode = ${mode}`);
    db.close();
    db.exec(`${before}PRAGMA locking_mode = EXCLUSIVE; UPDATE t SET b = b WHERE a = 1`);
    const { code, hint } = await failureOf(() => db.up(pending, { backup: 'always' }));
    expect(code).toBe('BACKUP_FAILED');
    const [pragmas, after] = hint.split(' after the run ');
    for (const [, pragma] of pragmas!.matchAll(/`(PRAGMA [^`]*)`/g)) db.exec(pragma!);
    db.value('SELECT count(*) FROM t');
    await db.up(pending, { backup: 'always' });
    for (const [, pragma] of (after ?? '').matchAll(/`(PRAGMA [^`]*)`/g)) db.exec(pragma!);
    expect(db.value('PRAGMA journal_mode')).toBe(mode);
  });

  it('removes what dead runs have left, and nothing else', async () => {
    const db = open();
    db.exec(base);
    mkdirSync(folderOf(db));
    const left = '20200101T000000000Z-before-0001.db.tmp';
    const theirs = ['app.db.tmp', 'export.tmp', 'export.tmp-journal', 'notes.txt'];
    for (const name of [left, `${left}-journal`, '20200101T000000000Z-before-0001.json.tmp', ...theirs])
      writeFileSync(join(folderOf(db), name), 'x');
    await db.up(pending, { backup: 'always' });
    expect(readdirSync(folderOf(db)).filter((name) => !/^2026|^housekeeping/.test(name))).toEqual(theirs);
  });

  it('continues beside what dead runs of another user have left', async () => {
    const db = open();
    db.exec(base);
    mkdirSync(folderOf(db));
    const left = '20200101T000000000Z-before-0001.db.tmp';
    writeFileSync(join(folderOf(db), left), 'x');
    const remove = (path: string): void => {
      if (path.endsWith(left))
        throw Object.assign(new Error('EPERM: not permitted'), { code: 'EPERM', syscall: 'unlink' });
      nodeFiles.remove(path);
    };
    const { backup } = await db.up(pending, { backup: 'always', host: { files: { ...nodeFiles, remove } } });
    expect(existsSync(backup!.file)).toBe(true);
    expect(existsSync(join(folderOf(db), left))).toBe(true);
  });
});

describe('who may read a backup', () => {
  it.each([0o000, 0o022, 0o077].flatMap((umask) => [0o600, 0o640, 0o644].map((mode) => [umask, mode] as const)))(
    'umask %o, a database of mode %o',
    async (umask, mode) => {
      const db = openTestDatabase();
      db.exec(base);
      chmodSync(db.path, mode);
      const previous = process.umask(umask);
      try {
        const directory = join(db.folder, 'some', 'where');
        const { backup } = await db.up(pending, { backup: 'always', backups: { directory } });
        const folder = dirname(backup!.file);
        for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(mode);
        tried('permissions', 1);
        for (const made of [folder, directory, dirname(directory)]) expect(statSync(made).mode & 0o777).toBe(0o700);
      } finally {
        process.umask(previous);
      }
    },
  );

  it.skipIf(!isRoot)(
    `root leaves them to the owner of the database${isRoot ? '' : ' (skipped: not root)'}`,
    async () => {
      const db = openTestDatabase();
      db.exec(base);
      chownSync(db.path, 65_534, 65_533);
      const directory = join(db.folder, 'some', 'where');
      const { backup } = await db.up(pending, { backup: 'always', backups: { directory } });
      const folder = dirname(backup!.file);
      for (const path of [
        dirname(directory),
        directory,
        folder,
        ...readdirSync(folder).map((name) => join(folder, name)),
      ])
        expect([statSync(path).uid, statSync(path).gid], path).toEqual([65_534, 65_533]);
    },
  );

  it.skipIf(!isRoot)(
    `a process of another group does not pass them on to that${isRoot ? '' : ' (skipped: not root)'}`,
    () => {
      const db = openTestDatabase();
      db.exec(base);
      db.close();
      chmodSync(db.folder, 0o777);
      chownSync(db.path, 65_534, 65_533);
      chmodSync(db.path, 0o640);
      const made = join(db.folder, 'made');
      const [uid, gid] = [process.geteuid!(), process.getegid!()];
      const groups = process.getgroups!();
      try {
        // The file's group is not one of this process, which can therefore not give its files to it.
        process.setgroups!([]);
        process.setegid!(1234);
        process.seteuid!(65_534);
        withUid(65_534, () => nodeFiles.create(made, db.path));
      } finally {
        process.seteuid!(uid);
        process.setegid!(gid);
        process.setgroups!(groups);
      }
      expect([statSync(made).uid, statSync(made).gid, statSync(made).mode & 0o777]).toEqual([65_534, 1234, 0o600]);
    },
  );
});

/** `getuid` is the real user's, which a test of one process cannot give up and take again. */
function withUid(uid: number, work: () => void): void {
  const real = process.getuid!;
  process.getuid = () => uid;
  try {
    work();
  } finally {
    process.getuid = real;
  }
}

it('distinguishes a schema with text in double quotes, which this driver refuses, from a wrong folder', async () => {
  const db = openTestDatabase();
  db.exec(`CREATE TABLE t (a CHECK (a IN ('x', 'y'))); INSERT INTO t VALUES ('x')`);
  db.close();
  // As an SQLite that takes them has written it: both quotes are one byte.
  const bytes = readFileSync(db.path, 'latin1').replace(`('x', 'y')`, `("x", "y")`);
  writeFileSync(db.path, bytes, 'latin1');
  expect(db.value('SELECT sql FROM sqlite_schema')).toContain('"x"');
  const error = await failureOf(() => db.up(pending, { backup: 'always' }));
  expect(error).toMatchObject({ code: 'BACKUP_FAILED', hint: expect.stringContaining('double quotes') });
  expect(db.versions()).toEqual([]);
});
