import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backupLocation } from '../../src/backup/index.ts';
import type { DatabaseBridge, Op, Request } from '../../src/bridge/index.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { run } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { backUpNow } from '../../src/operations/index.ts';
import { replaceDatabase, restore } from '../../src/restore/index.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { workspace } from '../concurrency/support.ts';
import { provenBackups } from '../support/backups.ts';
import { openTestDatabase, registryOf, variants, type TestDatabase } from '../support/databases.ts';
import { bytesIn } from '../support/files.ts';
import { tried } from '../support/fault-points.ts';
import {
  askEach,
  crashWhileWriting,
  driversAndModes,
  isRoot,
  journalModes,
  nobody,
  openingDrivers,
  type Command,
} from '../support/processes.ts';
import { ThirdLoop } from '../support/third-loop.ts';
import { watched } from '../support/watched.ts';

const secret = 'CREATE TABLE secret (a); INSERT INTO secret VALUES (zeroblob(9000));';
const migrations = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };

/** Everything that writes files: the second and third backup have the older ones compressed. */
const operations: readonly (readonly [name: string, op: (context: RunContext) => Op<unknown>])[] = [
  ['up', (context) => run(context, { kind: 'up', steps: 1 })],
  ['a backup', backUpNow],
  ['up again', (context) => run(context, { kind: 'up' })],
  ['a restore', (context) => restore(context, { backup: 'latest', confirm: undefined })],
];

async function perform(db: TestDatabase, op: (context: RunContext) => Op<unknown>, look: Read): Promise<void> {
  const context = createContext(
    { host: nodeHost, database: 'app.db' },
    { lockTimeoutMs: 0 },
    db.bridge,
    registryOf(migrations),
  );
  await new ThirdLoop(db.bridge, undefined).drive(watched(op(context), look));
}

type Read = (request: Request) => Promise<void>;

/** The database is put aside and another file takes its place. */
async function replaceDamaged(db: TestDatabase, look: Read): Promise<void> {
  db.close();
  writeFileSync(db.path, 'x'.repeat(20_000));
  const bridge: DatabaseBridge = db.connect(':memory:');
  const context = createContext({ host: nodeHost, database: 'app.db' }, { lockTimeoutMs: 0 }, bridge, registryOf([]));
  const op = replaceDatabase(
    context,
    backupLocation('app.db', db.path, undefined),
    { backup: 'latest', confirm: undefined },
    'none',
  );
  await new ThirdLoop(bridge, undefined).drive(watched(op, look));
}

const sync = variants.filter(({ api }) => api === 'sync');
const readers = [0o000, 0o022, 0o077].flatMap((umask) => [0o600, 0o640, 0o644].map((mode) => [umask, mode] as const));
const cases = sync.flatMap((variant) =>
  readers.map(([umask, mode]) => [umask, mode, variant.driver, variant] as const),
);

describe('no file is readable for more people than the database', () => {
  it.each(cases)('umask %o, mode %o, with %s: at every moment of everything', async (umask, mode, _, variant) => {
    for (const journal of journalModes) {
      const db = openTestDatabase(variant);
      db.exec(`PRAGMA journal_mode = ${journal}; ${secret}`);
      for (const name of readdirSync(db.folder)) chmodSync(join(db.folder, name), mode);
      db.close();
      const wider = new Set<string>();
      let looks = 0;
      const look: Read = async () => {
        looks += 1;
        for (const name of readdirSync(db.folder, { recursive: true }) as string[]) {
          const stats = lstatSync(join(db.folder, name));
          const allowed = stats.isDirectory() ? 0o700 : mode;
          if ((stats.mode & 0o777 & ~allowed) !== 0) wider.add(`${name} ${(stats.mode & 0o777).toString(8)}`);
        }
      };
      const previous = process.umask(umask);
      try {
        for (const [, op] of operations) await perform(db, op, look);
        await replaceDamaged(db, look);
      } finally {
        process.umask(previous);
      }
      expect([...wider]).toEqual([]);
      expect(lstatSync(db.path).mode & 0o777).toBe(mode);
      expect(looks).toBeGreaterThan(500);
      tried('permissions', looks);
    }
  });
});

/** Requests that make a file, with its path. */
function made(request: Request): string | undefined {
  if (request.kind !== 'file') return undefined;
  const { name, args } = request;
  if (name === 'create' || name === 'write') return args[0] as string;
  return name === 'copy' || name === 'pack' || name === 'unpack' ? (args[1] as string) : undefined;
}

describe.each(sync)('a link that somebody puts where a file is about to be made, with $driver', (variant) => {
  it('is never followed', async () => {
    const names = new Set<string>();
    for (let planted = 1; ; planted++) {
      const db = openTestDatabase(variant);
      db.exec(secret);
      const victim = join(db.folder, 'victim');
      writeFileSync(victim, 'precious');
      let count = 0;
      const look: Read = async (request) => {
        const path = made(request);
        if (path === undefined || ++count !== planted) return;
        names.add(
          path
            .replace(/^.*\//, '')
            .replace(/\d{8}T\d{9}Z/, '')
            .replace(/-[0-9a-f-]{36}$/, ''),
        );
        symlinkSync(victim, path);
      };
      for (const [, op] of operations) {
        try {
          await perform(db, op, look);
        } catch (error) {
          if (!isDunlinError(error)) throw error;
        }
      }
      expect(readFileSync(victim, 'utf8')).toBe('precious');
      expect(db.value('SELECT length(a) FROM secret')).toBe(9000);
      provenBackups(`${db.path}-backups`, db.path, variant.driver);
      if (count < planted) break;
      tried('permissions', 1);
      db.dispose();
    }
    // A backup, its manifest, a compressed one, a copy to restore from, the retention lock.
    expect(names.size).toBeGreaterThanOrEqual(5);
  });
});

/** A database of another user's, in a folder of that user's. */
function theirs(mode: string): { readonly folder: string; readonly database: string; readonly migrations: string } {
  const place = workspace({ '001_more.sql': 'CREATE TABLE more (a);' });
  onTestFinished(place.remove);
  chmodSync(place.folder, 0o755);
  const folder = join(place.folder, 'data');
  mkdirSync(folder);
  const database = join(folder, 'app.db');
  const db = new BetterSqlite3(database);
  db.exec(`PRAGMA journal_mode = ${mode}; ${secret}`);
  db.close();
  for (const path of [folder, database]) chownSync(path, nobody, nobody);
  return { folder, database, migrations: place.migrations };
}

const looks: readonly Command[] = ['status', 'plan', 'check', 'history', 'dump'];
const reason = isRoot ? '' : ' (skipped: only root can be another user)';
const ask = (driver: (typeof openingDrivers)[number], site: ReturnType<typeof theirs>, commands: readonly Command[]) =>
  askEach(driver, site.database, site.migrations, commands, nobody);

describe.each(driversAndModes)('what may not be written, with %s, journal mode %s', (driver, mode) => {
  it.skipIf(!isRoot).each([
    ['file', 0o755, 0o444],
    ['folder', 0o555, 0o644],
    ['file and folder', 0o555, 0o444],
  ] as const)(`a read-only %s${reason}`, (_, folderMode, fileMode) => {
    const site = theirs(mode);
    chmodSync(site.database, fileMode);
    chmodSync(site.folder, folderMode);
    const before = bytesIn(site.folder);
    const answers = ask(driver, site, [...looks, 'create', 'up']);
    for (const look of looks) expect(answers[look]).toBe('ok');
    expect(answers['up']).toMatch(/^DATABASE_(?:READONLY|CANNOT_OPEN)$/);
    // A backup takes nothing but a folder for it.
    expect(answers['create']).toBe(folderMode === 0o755 ? 'ok' : 'BACKUP_FAILED');
    const after = Object.entries(bytesIn(site.folder)).filter(([name]) => !name.startsWith('app.db-backups'));
    const left =
      folderMode === 0o755 || fileMode === 0o444 ? after : after.filter(([name]) => !/-(?:wal|shm)$/.test(name));
    expect(Object.fromEntries(left)).toEqual(before);
    chmodSync(site.folder, 0o755);
    // SQLite has given what it left the mode of the database.
    for (const name of readdirSync(site.folder))
      if (lstatSync(join(site.folder, name)).isFile()) chmodSync(join(site.folder, name), 0o644);
    expect(ask(driver, site, ['up'])).toEqual({ up: 'ok' });
    tried('permissions', looks.length + 2);
  });

  it.skipIf(!isRoot)(`a folder of backups that may only be read${reason}`, () => {
    const site = theirs(mode);
    expect(ask(driver, site, ['create'])).toEqual({ create: 'ok' });
    const backups = `${site.database}-backups`;
    chmodSync(backups, 0o555);
    const before = bytesIn(site.folder);
    expect(ask(driver, site, ['list', 'status', 'create', 'verify', 'restorePlan', 'restore'])).toEqual({
      list: 'ok',
      status: 'ok',
      create: 'BACKUP_FAILED',
      verify: 'BACKUP_UNREADABLE',
      restorePlan: 'ok',
      restore: 'BACKUP_UNREADABLE',
    });
    expect(bytesIn(site.folder)).toEqual(before);
    expect(ask(driver, site, ['up'])).toEqual({ up: 'BACKUP_FAILED' });
    expect(provenBackups(backups)).toHaveLength(1);
    chmodSync(backups, 0o700);
    expect(ask(driver, site, ['up', 'restore'])).toEqual({ up: 'ok', restore: 'ok' });
    tried('permissions', 7);
  });

  it.skipIf(!isRoot)(`a backup that may not be read${reason}`, () => {
    const site = theirs(mode);
    expect(ask(driver, site, ['create'])).toEqual({ create: 'ok' });
    const [backup] = provenBackups(`${site.database}-backups`);
    chownSync(backup!.file, 0, 0);
    chmodSync(backup!.file, 0o600);
    expect(ask(driver, site, ['list', 'verify', 'restore'])).toEqual({
      list: 'ok',
      verify: 'BACKUP_UNREADABLE',
      restore: 'BACKUP_UNREADABLE',
    });
    expect(ask(driver, site, ['up'])).toEqual({ up: 'ok' });
    tried('permissions', 4);
  });

  it.skipIf(!isRoot)(`a crashed database: reports what it cannot recover${reason}`, () => {
    const site = theirs(mode);
    crashWhileWriting(
      site.database,
      'INSERT INTO secret VALUES (2)',
      'UPDATE secret SET a = zeroblob(90000); INSERT INTO secret VALUES (zeroblob(300000))',
    );
    for (const name of readdirSync(site.folder)) chownSync(join(site.folder, name), nobody, nobody);
    chmodSync(site.database, 0o444);
    chmodSync(site.folder, 0o555);
    const before = bytesIn(site.folder);
    for (const answer of Object.values(ask(driver, site, [...looks, 'up'])))
      expect(answer).toMatch(
        mode === 'wal' ? /^(?:ok|DATABASE_(?:READONLY|CANNOT_OPEN))$/ : /^DATABASE_(?:READONLY|CANNOT_OPEN)$/,
      );
    const { 'app.db-shm': _, ...after } = bytesIn(site.folder);
    expect(before).toMatchObject(after);
    chmodSync(site.folder, 0o755);
    chmodSync(site.database, 0o644);
    expect(ask(driver, site, ['up'])).toEqual({ up: 'ok' });
    expect(existsSync(`${site.database}-journal`)).toBe(false);
    expect(provenBackups(`${site.database}-backups`)).toHaveLength(1);
    expect(dirname(site.database)).toBe(site.folder);
    tried('permissions', looks.length + 1);
  });
});
