import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { workspace } from '../concurrency/support.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { contentOf } from '../support/databases.ts';
import { bytesIn } from '../support/files.ts';
import { tried } from '../support/fault-points.ts';
import {
  askEach,
  crashWhileWriting,
  driversAndModes,
  isRoot,
  openingDrivers,
  type Command,
  type OpeningDriver,
} from '../support/processes.ts';

const rows = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO t (v) SELECT 'row ' || i || hex(zeroblob(60)) FROM n`;

interface Site {
  readonly folder: string;
  readonly database: string;
  readonly migrations: string;
}

/** A folder with a database of some fifty pages, and a migration that is pending. */
function site(mode: string = 'delete', name: string = 'app.db'): Site {
  const { folder, migrations, remove } = workspace({
    '001_more.sql': 'CREATE TABLE more (a); INSERT INTO more VALUES (1);',
  });
  onTestFinished(remove);
  const database = join(folder, name);
  const db = new BetterSqlite3(database);
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE INDEX i ON t (v)`);
  db.exec(rows(1000));
  db.close();
  return { folder, database, migrations };
}

function read(path: string): string {
  const db = new BetterSqlite3(path, { fileMustExist: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return contentOf(betterSqlite3Bridge(db));
  } finally {
    db.close();
  }
}

/** What is put in the place of a database, and how each command has to end. */
type Odd = readonly [name: string, put: (path: string) => unknown, expected: Partial<Record<Command, string>>];

const asked: readonly Command[] = ['status', 'plan', 'history', 'create', 'up'];
const all = (code: string): Record<string, string> => Object.fromEntries(asked.map((command) => [command, code]));

/** Bytes in the middle of the file, from a fixed beginning: those of a page of the table. */
function overwritePages(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xaa, 12 * 4096, 20 * 4096);
  writeFileSync(path, bytes);
}

const odd: readonly Odd[] = [
  [
    'an empty file, which is a new database',
    (path) => truncateSync(path, 0),
    { ...all('ok'), create: 'BACKUP_IMPOSSIBLE' },
  ],
  ['a file of one byte', (path) => writeFileSync(path, 'x'), all('DATABASE_NOT_SQLITE')],
  ['a text', (path) => writeFileSync(path, 'Dear diary, '.repeat(900)), all('DATABASE_NOT_SQLITE')],
  ['a file of 60 bytes', (path) => truncateSync(path, 60), all('DATABASE_NOT_SQLITE')],
  ['half of a database', (path) => truncateSync(path, 24 * 4096), all('DATABASE_CORRUPT')],
  ['half of a page more', (path) => truncateSync(path, 24 * 4096 + 77), all('DATABASE_CORRUPT')],
  [
    'a database with overwritten pages, of which the schema tells nothing',
    overwritePages,
    { ...all('ok'), create: 'DATABASE_CORRUPT', up: 'DATABASE_CORRUPT' },
  ],
  ['a database with garbage after its end', (path) => appendFileSync(path, 'garbage '.repeat(999)), all('ok')],
  ['a file with two names', (path) => linkSync(path, `${path}.same`), all('DATABASE_HARD_LINKED')],
  ['a directory', (path) => replaced(path, () => mkdirSync(path)), all('DATABASE_IS_DIRECTORY')],
  ['a pipe', (path) => replaced(path, () => spawnSync('mkfifo', [path])), all('DATABASE_CANNOT_OPEN')],
  ['a link to a device', (path) => replaced(path, () => symlinkSync('/dev/zero', path)), all('DATABASE_CANNOT_OPEN')],
  ['a link to a terminal', (path) => replaced(path, () => symlinkSync('/dev/tty', path)), all('DATABASE_CANNOT_OPEN')],
  ['a socket', listen, all('DATABASE_CANNOT_OPEN')],
];

function replaced(path: string, make: () => unknown): void {
  rmSync(path);
  make();
}

async function listen(path: string): Promise<void> {
  rmSync(path);
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

describe.each(openingDrivers)('something odd in the place of a database, with %s', (driver) => {
  it.each(odd)('%s', async (_, put, expected) => {
    const { folder, database, migrations } = site();
    await put(database);
    const before = bytesIn(folder);
    expect(askEach(driver, database, migrations, asked)).toEqual(expected);
    tried('odd files', asked.length);
    if (expected.status !== 'ok') expect(bytesIn(folder)).toEqual(before);
    else if (expected.up === 'ok') expect(read(database)).toContain('CREATE TABLE more');
    else {
      // The file matches the schema that it names, and there is no backup that would hold the damage.
      expect(readdirSync(`${database}-backups`)).toEqual([]);
      const db = new BetterSqlite3(database);
      expect(db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'more'`).pluck().get()).toBe(0);
      db.close();
    }
    provenBackups(`${database}-backups`);
  });

  it('a folder where SQLite would put its journal', () => {
    const { database, migrations } = site();
    const before = read(database);
    mkdirSync(`${database}-journal`);
    expect(askEach(driver, database, migrations, ['up'])).toEqual({ up: 'DISK_ERROR' });
    rmSync(`${database}-journal`, { recursive: true });
    expect(read(database)).toBe(before);
    expect(askEach(driver, database, migrations, ['up'])).toEqual({ up: 'ok' });
    tried('odd files', 1);
  });
});

/** By the driver that has nothing open any more when it has closed it. */
async function backUp(database: string): Promise<void> {
  const manager = new BackupManager({ database, driver: 'better-sqlite3' });
  await manager.create();
  await manager.close();
}

const doomed = `DELETE FROM t WHERE id % 2; UPDATE t SET v = 'torn'; ${rows(3000)}`;

/** A process died while it wrote: what it had committed counts, and nothing else. */
function crashed(mode: string): Site & { readonly committed: string } {
  const made = site(mode);
  const { database } = made;
  const model = join(made.folder, 'model.db');
  copyFileSync(database, model);
  const db = new BetterSqlite3(model);
  db.exec(`INSERT INTO t (v) VALUES ('committed')`);
  const committed = contentOf(betterSqlite3Bridge(db));
  db.close();
  for (const name of readdirSync(made.folder)) if (name.startsWith('model')) rmSync(join(made.folder, name));
  crashWhileWriting(database, `INSERT INTO t (v) VALUES ('committed')`, doomed);
  expect(statSync(`${database}${mode === 'wal' ? '-wal' : '-journal'}`).size).toBeGreaterThan(20_000);
  return { ...made, committed };
}

const sideFiles = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /-(?:wal|shm|journal)$/.test(name));

describe.each(driversAndModes)('what a crash has left beside the file, with %s, journal mode %s', (driver, mode) => {
  it('is rolled back by a run, before anything else', () => {
    const { folder, database, migrations, committed } = crashed(mode);
    expect(askEach(driver, database, migrations, ['up'])).toEqual({ up: 'ok' });
    expect(read(database)).toContain('CREATE TABLE more');
    expect(read(database)).not.toContain('torn');
    const [backup] = provenBackups(`${database}-backups`);
    expect(backup!.content).toBe(committed);
    expect(leftOvers(`${database}-backups`)).toEqual([]);
    expect(sideFiles(folder)).toEqual([]);
    tried('odd files', 1);
  });

  it('was left behind when the file was copied: Dunlin reports every consequence', () => {
    const { database, migrations } = crashed(mode);
    const copy = `${database}.copy`;
    copyFileSync(database, copy);
    for (const ended of Object.values(askEach(driver, copy, migrations, asked)))
      expect(ended).toMatch(/^(?:ok|[A-Z_]+)$/);
    provenBackups(`${copy}-backups`);
    tried('odd files', asked.length);
  });

  /** Ways to lose a database, all with the journal of a crash left beside the place. */
  const losses: readonly (readonly [name: string, lose: (path: string) => void, inPlace: boolean])[] = [
    ['can still be read', () => undefined, true],
    ['is garbage', (path) => writeFileSync(path, 'x'.repeat(50_000)), false],
    ['is gone', (path) => rmSync(path), false],
    ['is empty', (path) => truncateSync(path, 0), false],
  ];

  it.each(losses)('is never applied to a restored database: %s', async (_, lose, inPlace) => {
    const { folder, database, migrations } = site(mode);
    const wanted = read(database);
    await backUp(database);
    crashWhileWriting(database, `INSERT INTO t (v) VALUES ('committed')`, doomed);
    lose(database);
    expect(askEach(driver, database, migrations, ['restore'])).toEqual({ restore: 'ok' });
    // A later process finds nothing either that could be played in.
    expect(sideFiles(folder).filter((name) => !name.includes('.damaged-'))).toEqual([]);
    expect(read(database)).toBe(wanted);
    const backups = provenBackups(`${database}-backups`);
    expect(backups.some(({ content }) => content.includes('committed'))).toBe(inPlace);
    tried('odd files', 1);
  });
});

describe.each(openingDrivers)('a symbolic link to the database, with %s', (driver: OpeningDriver) => {
  const damages: readonly (readonly [name: string, damage: (path: string) => void])[] = [
    ['in place', () => undefined],
    ['by another file', (path) => writeFileSync(path, 'x'.repeat(50_000))],
    ['by another file, because of pages that only a closer look needs', overwritePages],
  ];

  it.each(damages)(`stays one when it is restored %s, with the file's mode and owner`, (_, damage) => {
    const { folder, database, migrations } = site();
    const [links, link] = [join(folder, 'links'), join(folder, 'links', 'current.db')];
    mkdirSync(links);
    symlinkSync(join('..', basename(database)), link);
    chmodSync(database, 0o640);
    if (isRoot) chownSync(database, 65_534, 65_533);
    const { mode, uid, gid } = statSync(database);
    const before = read(database);
    expect(askEach(driver, link, migrations, ['up'])).toEqual({ up: 'ok' });
    expect(readdirSync(links)).toEqual(['current.db']);
    const [backup] = provenBackups(`${database}-backups`);
    expect(backup!.content).toBe(before);
    damage(database);
    expect(askEach(driver, link, migrations, ['restore'])).toEqual({ restore: 'ok' });
    expect(readdirSync(links)).toEqual(['current.db']);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(read(link)).toBe(before);
    expect(statSync(database)).toMatchObject({ mode, uid, gid });
    tried('odd files', 2);
  });

  it('that leads nowhere creates nothing', async () => {
    const { folder, database, migrations } = site();
    const link = join(folder, 'current.db');
    symlinkSync(database, link);
    await backUp(link);
    renameSync(database, `${database}.away`);
    expect(askEach(driver, link, migrations, ['status', 'up', 'restore'])).toEqual({
      status: 'DATABASE_CANNOT_OPEN',
      up: 'DATABASE_CANNOT_OPEN',
      restore: 'DATABASE_CANNOT_OPEN',
    });
    expect(existsSync(database)).toBe(false);
    // By its own name it is restored.
    expect(askEach(driver, database, migrations, ['restore', 'status'])).toEqual({ restore: 'ok', status: 'ok' });
    expect(dirname(database)).toBe(folder);
    expect(read(link)).toBe(read(`${database}.away`));
    tried('odd files', 4);
  });
});
