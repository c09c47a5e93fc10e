import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DatabaseBridge, DunlinEvent } from '../../src/bridge/index.ts';
import { BackupManager, type BackupManagerOptions } from '../../src/node/backup-manager.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { asyncBridge } from '../../src/testing/index.ts';
import { contentOf, failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';

const first = {
  '001_t.sql': "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'one'), (2, 'two');",
};
const second = {
  ...first,
  '002_u.sql': '-- dunlin: destructive\nCREATE TABLE u (a); INSERT INTO u VALUES (7); DELETE FROM t WHERE id = 2;',
};

/** A manager on the test's connection, as its variant gives it. */
function managerOf(
  db: TestDatabase,
  options: Partial<BackupManagerOptions> = {},
  wrap: (bridge: DatabaseBridge) => DatabaseBridge = (bridge) => bridge,
): BackupManager {
  const bridge = wrap(db.bridge);
  const database = db.variant.api === 'sync' ? bridge : asyncBridge(bridge);
  return closing(new BackupManager({ database, lockTimeoutMs: 0, ...options }));
}

/** A manager that opens the file itself, by the driver of the variant. */
function managerByPath(db: TestDatabase, options: Partial<BackupManagerOptions> = {}): BackupManager {
  const driver = db.variant.driver === 'node:sqlite' ? '@photostructure/sqlite' : db.variant.driver;
  return closing(new BackupManager({ database: db.path, driver, lockTimeoutMs: 0, ...options }));
}

function closing(manager: BackupManager): BackupManager {
  onTestFinished(async () => await manager.close());
  return manager;
}

const folderOf = (db: TestDatabase): string => `${db.path}-backups`;

/** A database at version 1, a backup of it, and then version 2. */
async function backedUp(db: TestDatabase): Promise<{ id: string; file: string; earlier: string; now: string }> {
  await db.up(first);
  const earlier = db.content();
  const { id, file } = await managerOf(db).create();
  await db.up(second);
  return { id, file, earlier, now: db.content() };
}

onEveryDriver('a restore', (open) => {
  it.each(['delete', 'wal'])('in place, journal mode %s, is whole and can be undone', async (mode) => {
    const db = open();
    db.exec(`PRAGMA journal_mode = ${mode}`);
    const { id, earlier, now } = await backedUp(db);
    const manager = managerOf(db);
    const inode = statSync(db.path).ino;
    const other = db.connect();
    expect(other.query('SELECT a FROM u', [])).toEqual([{ a: 7 }]);

    const restored = await manager.restore(id);
    expect(db.content()).toBe(earlier);
    expect(contentOf(other)).toBe(earlier);
    expect(statSync(db.path).ino).toBe(inode);
    expect(db.value('PRAGMA journal_mode')).toBe(mode);
    expect(restored).toMatchObject({
      before: { id: expect.stringMatching(/Z-before-restore$/) },
      damaged: [],
      notes: [],
      plan: {
        undone: [{ version: 2, name: 'u' }],
        back: [],
        rows: [
          { table: 't', present: 1, restored: 2 },
          { table: 'u', present: 1, restored: undefined },
        ],
      },
    });

    const undone = await manager.restore(restored.before!.id);
    expect(db.content()).toBe(now);
    expect(undone.plan).toMatchObject({ undone: [], back: [2] });
    // Nothing is left of the copies that were restored from.
    expect(readdirSync(folderOf(db)).filter((name) => name.includes('restoring'))).toEqual([]);
    expect(readdirSync(db.folder).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('keeps the history of what it undoes, and records the restore', async () => {
    const db = open();
    const { id } = await backedUp(db);
    const before = db.attempts();
    await managerOf(db).restore(id.slice(0, 18));
    expect(db.attempts()).toEqual([...before, 'run restore ok']);
    expect(db.rows("SELECT backup FROM schema_migration_attempts WHERE direction = 'restore'")).toEqual([
      { backup: id },
    ]);
    expect(db.versions()).toEqual([1]);
    expect((await db.up(second)).applied).toMatchObject([{ version: 2 }]);
  });

  it('undoes a migration that emptied a database with AUTOINCREMENT', async () => {
    const db = open();
    await db.up({ '001_t.sql': 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (4);' });
    const before = db.content();
    const manager = managerOf(db);
    const { id } = await manager.create();
    db.exec('DROP TABLE t');
    const { before: emptied } = await manager.restore(id);
    expect(db.content()).toBe(before);
    await manager.restore(emptied!.id);
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name IN ('t', 'sqlite_sequence')")).toEqual([]);
  });

  it('restores a database that was not Dunlin’s, and its history begins there', async () => {
    const db = open();
    db.exec('CREATE TABLE x (a); INSERT INTO x VALUES (1)');
    const before = db.content();
    const manager = managerOf(db);
    const { id } = await manager.create();
    db.exec('DROP TABLE x');
    await manager.restore(id);
    expect(db.content()).toBe(before);
    expect(db.attempts()).toEqual(['run restore ok']);
  });

  it('marks what was running in the backup as interrupted', async () => {
    const db = open();
    await db.up(first);
    const { backup } = await db.up(second, { backup: 'always' });
    await managerOf(db).restore('latest');
    expect(db.value("SELECT count(*) FROM schema_migration_attempts WHERE status = 'running'")).toBe(0);
    expect(db.value("SELECT backup FROM schema_migration_attempts WHERE direction = 'restore'")).toBe(backup!.id);
  });

  it.each(['delete', 'wal'])('to another page size, journal mode %s', async (mode) => {
    const db = open();
    const { id, earlier } = await backedUp(db);
    db.exec(`PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = ${mode}`);
    const { notes } = await managerOf(db).restore(id);
    expect({ content: db.content(), notes }).toEqual({ content: earlier, notes: [] });
    expect(db.value('PRAGMA page_size')).toBe(4096);
    // The mode is part of what comes back.
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
  });

  it('of a compressed backup, and by the path of its file', async () => {
    const db = open();
    const { id, earlier } = await backedUp(db);
    const manager = managerOf(db, { backups: { keep: 9 } });
    await manager.create();
    const [, packed] = await manager.list();
    expect(packed).toMatchObject({ id, compressed: true });
    await manager.restore(packed!.file);
    expect(db.content()).toBe(earlier);
  });

  it('waits for a reader in rollback mode, and gives up in time', async () => {
    const db = open();
    const { id, now } = await backedUp(db);
    const reader = db.connect();
    void reader.script('BEGIN');
    reader.query('SELECT * FROM t', []);
    const error = await failureOf(() => managerOf(db, { lockTimeoutMs: 60 }).restore(id));
    expect(error.code).toBe('LOCKED');
    void reader.script('COMMIT');
    expect(db.content()).toBe(now);
    await managerOf(db).restore(id);
    expect(db.value('SELECT count(*) FROM t')).toBe(2);
  });

  it('does not trust a driver that says it has copied', async () => {
    const db = open();
    const { id, now } = await backedUp(db);
    const lying = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      openSecond: (file) => {
        const second = bridge.openSecond!(file) as DatabaseBridge | undefined;
        return second && { ...second, copyInto: async () => await Promise.resolve(3) };
      },
    });
    const error = await failureOf(() => managerOf(db, {}, lying).restore(id));
    expect(error.code).toBe('LOCKED');
    expect(db.content()).toBe(now);
  });

  it('keeps what another process commits after the backup of the present state', async () => {
    const db = open();
    const { id, earlier } = await backedUp(db);
    const other = db.connect();
    let writes = 0;
    const disturbed = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      openSecond: (file) => {
        // The copy that is written over the database is opened when the write lock is free again.
        if (file?.includes('.restoring-') === true && bridge.inTransaction?.() === false && existsSync(folderOf(db)))
          if (readdirSync(folderOf(db)).some((name) => name.includes('before-restore')) && writes < 2)
            void other.script(`INSERT INTO u VALUES (${100 + writes++})`);
        return bridge.openSecond!(file);
      },
      script: (sql) => {
        void bridge.script(sql);
        if (sql === 'ROLLBACK' && writes < 2) void other.script(`INSERT INTO u VALUES (${100 + writes++})`);
      },
    });
    const { before } = await managerOf(db, {}, disturbed).restore(id);
    expect(writes).toBe(2);
    expect(db.content()).toBe(earlier);
    // Only the last of the backups is left, and it has both rows.
    expect(readdirSync(folderOf(db)).filter((name) => name.endsWith('before-restore.db'))).toHaveLength(1);
    expect(db.connect(before!.file).query('SELECT a FROM u ORDER BY a', [])).toEqual([
      { a: 7 },
      { a: 100 },
      { a: 101 },
    ]);
  });

  it('asks first, and changes nothing after a no', async () => {
    const db = open();
    const { id, now } = await backedUp(db);
    const asked: unknown[] = [];
    const confirm = async (plan: unknown): Promise<boolean> => {
      asked.push(plan);
      return await Promise.resolve(false);
    };
    const manager = managerOf(db);
    const error = await failureOf(() => manager.restore(id, { confirm }));
    expect(error.code).toBe('DECLINED');
    expect(asked).toEqual([await manager.restorePlan(id)]);
    expect(db.content()).toBe(now);
    expect(readdirSync(folderOf(db)).some((name) => name.includes('before-restore'))).toBe(false);
  });

  it('is refused inside a transaction, and for a driver without the backup API', async () => {
    const db = open();
    const { id, now } = await backedUp(db);
    const without = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      openSecond: (file) => {
        const { copyInto: _, ...second } = bridge.openSecond!(file) as DatabaseBridge;
        return second;
      },
    });
    expect((await failureOf(() => managerOf(db, {}, without).restore(id))).code).toBe('RESTORE_IMPOSSIBLE');
    db.exec('BEGIN');
    expect((await failureOf(() => managerOf(db).restore(id))).code).toBe('TRANSACTION_OPEN');
    db.exec('ROLLBACK');
    expect(db.content()).toBe(now);
  });
});

const replaced =
  (by: (path: string) => unknown) =>
  (path: string): void => {
    rmSync(path);
    by(path);
  };

describe('a backup that is not sound is not restored:', () => {
  const damages: readonly (readonly [name: string, damage: (file: string) => void, found: RegExp])[] = [
    ['a changed byte', (file) => flip(file, -1), /its bytes are not those of before/],
    ['cut off', (file) => truncateSync(file, statSync(file).size - 512), /its bytes are not those/],
    ['no manifest', (file) => rmSync(file.replace(/db$/, 'json')), /it has no manifest/],
    ['a manifest that is no JSON', (file) => writeFileSync(file.replace(/db$/, 'json'), '{'), /is no JSON/],
    [
      'a manifest with other numbers of rows',
      (file) => edit(file, (text) => text.replace(/("name": "t",\s+"rows": )2/, '$13')),
      /table t has 2 rows instead of 3/,
    ],
  ];
  it.each(damages)('%s', async (_, damage, found) => {
    tried('damaged files', 1);
    const db = openTestDatabase();
    const { id, file, now } = await backedUp(db);
    damage(file);
    const manager = managerOf(db);
    for (const work of [() => manager.verify(id), () => manager.restore(id)]) {
      const error = await failureOf(work);
      expect(error).toMatchObject({ code: 'BACKUP_CORRUPT', message: expect.stringMatching(found) });
    }
    expect(db.content()).toBe(now);
    expect(readdirSync(folderOf(db)).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('a compressed one with a changed byte', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    const manager = managerOf(db);
    await manager.create();
    await expect(manager.verify(id)).resolves.toMatchObject({ id, compressed: true });
    flip((await manager.list())[1]!.file, -20);
    expect((await failureOf(() => manager.verify(id))).code).toBe('BACKUP_CORRUPT');
  });

  it.each<readonly [name: string, damage: (manifest: string) => void]>([
    ['no JSON', (manifest) => writeFileSync(manifest, '{')],
    [
      'with a hole',
      (manifest) => writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"packed"', '"pack"')),
    ],
    ['missing', (manifest) => rmSync(manifest)],
    ['a pipe', replaced((manifest) => execFileSync('mkfifo', [manifest]))],
    ['a link to nowhere', replaced((manifest) => symlinkSync('nowhere', manifest))],
  ])('the latest, whose manifest is %s, and none in its place', async (_, damage) => {
    tried('damaged files', 1);
    const db = openTestDatabase();
    const { id: older, now } = await backedUp(db);
    const manager = managerOf(db);
    const { id, file } = await manager.create();
    damage(file.replace(/db$/, 'json'));
    for (const work of [
      () => manager.restore('latest'),
      () => manager.verify('latest'),
      () => manager.restorePlan('latest'),
    ]) {
      const { code, message, hint } = await failureOf(work);
      expect([code, message]).toEqual(['BACKUP_CORRUPT', expect.stringContaining(id)]);
      expect(hint).toContain(`\`dunlin backup restore ${older}\``);
    }
    expect(db.content()).toBe(now);
    await expect(manager.list()).resolves.toMatchObject([{ id, problem: expect.any(String) }, { id: older }]);
    await manager.restore(older);
  });

  it('the latest, where there is no other', async () => {
    const db = openTestDatabase();
    const { file } = await backedUp(db);
    writeFileSync(file.replace(/db$/, 'json'), '[]');
    const { code, hint } = await failureOf(() => managerOf(db).restore('latest'));
    expect([code, hint]).toEqual(['BACKUP_CORRUPT', expect.stringContaining('`dunlin backup verify --all`')]);
  });

  it('one that cannot be read', async () => {
    const db = openTestDatabase();
    const { id, file } = await backedUp(db);
    rmSync(file);
    writeFileSync(`${file}.keep`, '');
    expect((await failureOf(() => managerOf(db).restore(id))).code).toBe('BACKUP_NOT_FOUND');
  });
});

describe('a damaged database', () => {
  it.each([
    ['damaged', (path: string) => writeFileSync(path, 'x'.repeat(20_000))],
    ['emptied', (path: string) => writeFileSync(path, '')],
    ['cut off', (path: string) => truncateSync(path, 5000)],
  ])('that cannot be renamed is copied aside and written in place: %s', async (_, damage) => {
    const db = openTestDatabase();
    const { id, earlier } = await backedUp(db);
    db.close();
    damage(db.path);
    const [broken, { ino }] = [readFileSync(db.path), statSync(db.path)];
    const { rename } = nodeFiles;
    const busy = vi.spyOn(nodeFiles, 'rename').mockImplementation((from, to) => {
      if (from === db.path || to === db.path)
        throw Object.assign(new Error(`EBUSY: resource busy or locked, rename '${from}'`), {
          code: 'EBUSY',
          syscall: 'rename',
        });
      rename(from, to);
    });
    onTestFinished(() => busy.mockRestore());
    const manager = managerByPath(db);
    const { damaged, notes } = await manager.restore(id);
    await manager.close();
    expect(notes).toEqual([expect.stringContaining('is mounted by itself and was written in place')]);
    expect(existsSync(damaged[0]!)).toBe(true);
    expect(readFileSync(damaged[0]!).equals(broken)).toBe(true);
    expect(statSync(db.path).ino).toBe(ino);
    expect(db.content()).toBe(earlier);
    tried('damaged files', 1);
  });

  it('reports that a restore in place was half done', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    db.close();
    writeFileSync(db.path, 'x'.repeat(20_000));
    for (const name of ['rename', 'overwrite'] as const) {
      const original = nodeFiles[name];
      const spy = vi.spyOn(nodeFiles, name).mockImplementation((from, to) => {
        if (from !== db.path && to !== db.path) return original(from, to);
        throw Object.assign(new Error(`${name} failed`), { code: name === 'rename' ? 'EBUSY' : 'EIO', syscall: name });
      });
      onTestFinished(() => spy.mockRestore());
    }
    const error = await failureOf(() => managerByPath(db).restore(id));
    expect(error).toMatchObject({ code: 'RESTORE_UNPROVEN', message: expect.stringContaining('overwrite failed') });
  });
});

describe('what the operating system refuses', () => {
  const refused = (path: string): never => {
    throw Object.assign(new Error(`EIO: i/o error, unlink '${path}'`), { code: 'EIO', syscall: 'unlink' });
  };

  it('is reported as an error of Dunlin', async () => {
    const db = openTestDatabase();
    await db.up(first);
    writeFileSync(folderOf(db), 'mine');
    for (const manager of [managerOf(db), managerByPath(db)]) {
      const error = await failureOf(() => manager.list());
      expect(error).toMatchObject({ code: 'FILE_REFUSED', message: expect.stringContaining('ENOTDIR') });
    }
  });

  it('after a restore does not fail it, and does not hide a failure', async () => {
    const db = openTestDatabase();
    const { id, earlier } = await backedUp(db);
    const damaged = await managerOf(db).create();
    truncateSync(damaged.file, 5000);
    const remove = vi.spyOn(nodeFiles, 'remove').mockImplementation(refused);
    onTestFinished(() => remove.mockRestore());
    expect((await failureOf(() => managerOf(db).restore(damaged.id))).code).toBe('BACKUP_CORRUPT');
    const { notes } = await managerOf(db).restore(id);
    expect(notes.join()).toMatch(/restoring-\w+ could not be removed: EIO/);
    expect(db.content()).toBe(earlier);
  });
});

describe('a backup is found', () => {
  it('by its identifier, an unambiguous beginning, or as the latest', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    const manager = managerOf(db);
    const { id: newer } = await manager.create();
    await expect(manager.verify(id)).resolves.toMatchObject({ id, version: 1 });
    await expect(manager.verify(`${newer}.db`)).resolves.toMatchObject({ id: newer, version: 2 });
    await expect(manager.verify('latest')).resolves.toMatchObject({ id: newer });
    expect((await failureOf(() => manager.verify(id.slice(0, 8)))).code).toBe('BACKUP_AMBIGUOUS');
    // A version is no backup.
    expect((await failureOf(() => manager.verify('2'))).code).toBe('BACKUP_NOT_FOUND');
    const unknown = await failureOf(() => manager.verify('1999'));
    expect(unknown).toMatchObject({ code: 'BACKUP_NOT_FOUND', hint: expect.stringContaining(newer) });
    expect((await failureOf(() => manager.verify(join(db.folder, 'none.db')))).code).toBe('BACKUP_NOT_FOUND');
  });

  it('the latest is not the backup that a restore made', async () => {
    const db = openTestDatabase();
    const { id, earlier } = await backedUp(db);
    const manager = managerOf(db);
    const { before } = await manager.restore(id);
    db.exec('DELETE FROM t');
    await expect(manager.verify('latest')).resolves.toMatchObject({ id });
    await manager.restore('latest');
    expect(db.content()).toBe(earlier);
    await expect(manager.verify(before!.id)).resolves.toMatchObject({ id: before!.id });
  });

  it('distinguishes a file without its manifest from no file', async () => {
    const db = openTestDatabase();
    const { file } = await backedUp(db);
    const moved = join(db.folder, 'moved.db');
    copyFileSync(file, moved);
    expect(await failureOf(() => managerOf(db).verify(moved))).toMatchObject({
      code: 'BACKUP_NOT_FOUND',
      message: 'moved.db is there, but it is no backup with its manifest beside it.',
      hint: expect.stringContaining('copy both'),
    });
  });

  it('not at all, if there is none', async () => {
    const db = openTestDatabase();
    await db.up(first);
    const error = await failureOf(() => managerByPath(db).verify('latest'));
    expect(error).toMatchObject({
      code: 'BACKUP_NOT_FOUND',
      message: expect.stringContaining('There is no backup of'),
    });
  });
});

describe('a database that cannot be read is moved aside and replaced:', () => {
  const damages: readonly (readonly [name: string, damage: (path: string) => void, left: readonly string[]])[] = [
    ['no SQLite database any more', (path) => writeFileSync(path, 'x'.repeat(4096)), ['']],
    ['cut in the middle', (path) => truncateSync(path, 5000), ['']],
    ['without a byte', (path) => truncateSync(path, 0), ['']],
    ['missing', (path) => rmSync(path), []],
    [
      'missing, its log still there',
      (path) => {
        rmSync(path);
        writeFileSync(`${path}-wal`, 'left');
      },
      ['-wal'],
    ],
  ];
  it.each(damages)('%s', async (_, damage, left) => {
    tried('damaged files', 1);
    const db = openTestDatabase();
    db.exec('PRAGMA journal_mode = WAL');
    const { id, earlier } = await backedUp(db);
    db.close();
    damage(db.path);
    const manager = managerByPath(db);
    expect(await manager.restorePlan(id)).toMatchObject({
      readable: false,
      rows: [{ table: 't', present: undefined, restored: 2 }],
    });
    const { damaged, before } = await manager.restore(id);
    expect(before).toBeUndefined();
    expect(damaged.map((path) => path.replace(/^.*\.damaged-\d{8}T\d{9}Z/, ''))).toEqual(left);
    for (const path of damaged) expect(existsSync(path)).toBe(true);
    expect(db.content()).toBe(earlier);
    expect(db.value('PRAGMA journal_mode')).toBe('wal');
    expect(db.attempts().at(-1)).toBe('run restore ok');
    expect(existsSync(`${db.path}-restoring`)).toBe(false);
  });

  it('not while a process has it open', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    // Enough pages that one in the middle can be spoiled while the connection stays usable.
    writeFileSync(db.path, 'x'.repeat(4096));
    const manager = managerByPath(db);
    const error = await failureOf(() => manager.restore(id));
    expect(error.code).toBe('RESTORE_IN_USE');
    expect(readFileSync(db.path, 'utf8').startsWith('xxx')).toBe(true);
    db.close();
    await manager.restore(id);
    expect(db.value('SELECT count(*) FROM t')).toBe(2);
  });

  it('not through an existing connection', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    db.close();
    writeFileSync(db.path, 'x'.repeat(4096));
    expect((await failureOf(() => managerOf(db).restore(id))).code).toBe('DATABASE_NOT_SQLITE');
  });

  it('and the command that finds it says what to do', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    db.close();
    rmSync(db.path);
    const error = await failureOf(() => managerByPath(db).create());
    expect(error).toMatchObject({
      code: 'DATABASE_VANISHED',
      hint: expect.stringContaining(`dunlin backup restore ${id}`),
    });
  });
});

describe('the manager', () => {
  it('works by path, on a database that other programs have open', async () => {
    const db = openTestDatabase();
    const { id, earlier } = await backedUp(db);
    const events: DunlinEvent['type'][] = [];
    const manager = managerByPath(db, { onEvent: (event) => void events.push(event.type) });
    expect((await manager.list()).map((backup) => backup.id)).toEqual([id]);
    await manager.restore(id);
    expect(db.content()).toBe(earlier);
    expect(events).toEqual(['backup:start', 'backup:copied', 'backup:done']);
  });

  it('removes the backups that are beyond the limits', async () => {
    const db = openTestDatabase();
    const { id } = await backedUp(db);
    const manager = managerOf(db, { backups: { keep: 3 } });
    await manager.create();
    const kept = await manager.create();
    const { length } = await manager.list();
    expect(length).toBe(3);
    const strict = managerOf(db, { backups: { keep: 1 } });
    const removed = await strict.prune();
    expect(removed.map((backup) => backup.id)).toContain(id);
    expect((await manager.list()).map((backup) => backup.id)).toEqual([kept.id]);
  });

  it('keeps the backup of a run that failed, until one succeeds', async () => {
    const db = openTestDatabase();
    await db.up(first);
    const error = await failureOf(() => db.up({ ...first, '002_u.sql': 'SELECT nope' }, { backup: 'always' }));
    const manager = managerOf(db, { backups: { keep: 1 } });
    const { id } = await manager.create();
    const ids = async (): Promise<string[]> => (await manager.list()).map((backup) => backup.id);
    expect(await ids()).toEqual([id, error.backup!.id]);
    await db.up(second);
    await manager.prune();
    expect(await ids()).toEqual([id]);
  });

  it('makes no backup of an empty database', async () => {
    const db = openTestDatabase();
    const empty = await failureOf(() => managerOf(db).create());
    expect(empty).toMatchObject({ code: 'BACKUP_IMPOSSIBLE', message: expect.stringContaining('it is empty') });
    const memory = closing(new BackupManager({ database: ':memory:', driver: 'better-sqlite3' }));
    for (const work of [() => memory.create(), () => memory.list()])
      expect((await failureOf(work)).code).toBe('BACKUP_IMPOSSIBLE');
    const { openSecond: _, ...single } = db.bridge;
    db.exec('CREATE TABLE x (a)');
    const alone = closing(new BackupManager({ database: single }));
    expect((await failureOf(() => alone.create())).message).toContain('opens no second connection');
    rmSync(db.path);
    db.close();
    const missing = closing(new BackupManager({ database: join(db.folder, 'none.db') }));
    expect((await failureOf(() => missing.create())).code).toBe('DATABASE_NOT_FOUND');
  });

  it('says which options are wrong', async () => {
    const wrong = { database: ':memory:', backup: 'always', keep: 3 } as unknown as BackupManagerOptions;
    expect(() => new BackupManager(wrong)).toThrow(/`keep` is unknown/);
    const manager = closing(new BackupManager({ database: ':memory:', driver: 'better-sqlite3' }));
    expect((await failureOf(() => manager.restore(''))).code).toBe('OPTION_INVALID');
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  const index = bytes.length + at;
  bytes[index] = bytes[index]! ^ 1;
  writeFileSync(file, bytes);
}

function edit(file: string, change: (text: string) => string): void {
  const path = file.replace(/db$/, 'json');
  const text = readFileSync(path, 'utf8');
  expect(change(text)).not.toBe(text);
  writeFileSync(path, change(text));
}
