import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/node/open-database.ts';
import { workspace } from '../concurrency/support.ts';
import { bytesIn } from '../support/files.ts';
import { tried } from '../support/fault-points.ts';
import {
  askEach,
  crashWhileWriting,
  isRoot,
  openingDrivers,
  otherProcess,
  type Command,
  type OpeningDriver,
  type User,
} from '../support/processes.ts';

/** An application and the people who look at its database: several users, in one group or in none. */
const owner: User = { uid: 61_001, gid: 61_001 };
const reader: User = { uid: 61_002, gid: 61_002 };
const shared = 61_000;

const cli = fileURLToPath(new URL('../../dist/cli/dunlin.js', import.meta.url));
const skipped = isRoot ? '' : ' (skipped: only root can be another user)';
const looks: readonly Command[] = ['status', 'plan', 'check', 'history', 'dump', 'list'];
const oks = (commands: readonly Command[]): unknown => Object.fromEntries(commands.map((command) => [command, 'ok']));

interface Site {
  readonly folder: string;
  readonly database: string;
  readonly migrations: string;
}

/** A database of the owner's in a folder that everybody may write. */
function site(mode: 'wal' | 'delete' = 'wal', bits = 0o644): Site {
  const place = workspace({ '001_more.sql': 'CREATE TABLE more (a);' });
  onTestFinished(place.remove);
  chmodSync(place.folder, 0o755);
  const folder = join(place.folder, 'data');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const database = join(folder, 'app.db');
  const db = new BetterSqlite3(database);
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE kept (a); INSERT INTO kept VALUES (1);`);
  db.close();
  chownSync(database, owner.uid, owner.gid);
  chmodSync(database, bits);
  return { folder, database, migrations: place.migrations };
}

const ask = (driver: OpeningDriver, { database, migrations }: Site, commands: readonly Command[], user: User) =>
  askEach(driver, database, migrations, commands, user);

/** The owner's application writes, in a process of its own. */
function ownerWrites({ database }: Site): string {
  const program = `const D = require('better-sqlite3'); const db = new D(process.argv[1]);
    db.exec('INSERT INTO kept VALUES (7)'); process.stdout.write(String(db.prepare('SELECT count(*) FROM kept').pluck().get()));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program, database], {
    encoding: 'utf8',
    uid: owner.uid,
    gid: owner.gid,
  });
  return stdout || stderr;
}

/** What a connection for reading shows to this process, once it has become another user. */
function readAs(driver: OpeningDriver, database: string, user: User): { rows: unknown; beside: readonly string[] } {
  const folder = join(database, '..');
  process.setegid!(user.gid);
  process.setgroups!([...(user.groups ?? [])]);
  process.seteuid!(user.uid);
  try {
    const { bridge } = openDatabase(database, { mode: 'read', driver });
    try {
      return { rows: bridge.query('SELECT a FROM kept ORDER BY a', []), beside: readdirSync(folder).toSorted() };
    } finally {
      void bridge.close?.();
    }
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
    process.setgroups!([0]);
  }
}

describe.each(openingDrivers)(`a user who may write the folder but not the database, with %s${skipped}`, (driver) => {
  it.skipIf(!isRoot)('reads a database in WAL mode, and the application can still write', () => {
    const here = site();
    const before = bytesIn(here.folder);
    expect(ask(driver, here, looks, reader)).toEqual(oks(looks));
    expect(bytesIn(here.folder)).toEqual(before);
    expect(ownerWrites(here)).toBe('2');
    tried('several users', looks.length);
  });

  it.skipIf(!isRoot)('is refused what writes, with nothing left behind', () => {
    const here = site();
    const before = bytesIn(here.folder);
    // A step outside a transaction needs a lock file beside the database.
    writeFileSync(join(here.migrations, '002_vacuum.sql'), '-- dunlin: no-transaction\nVACUUM;\n');
    expect(ask(driver, here, ['up'], reader)).toEqual({ up: 'DATABASE_READONLY' });
    expect(bytesIn(here.folder)).toEqual(before);
    // One that needs none is refused by what SQLite would write, not by the log that a copy does not have.
    writeFileSync(join(here.migrations, '002_vacuum.sql'), 'CREATE TABLE more (a);\n');
    expect(ask(driver, here, ['up'], reader)).toEqual({ up: 'DATABASE_READONLY' });
    expect(bytesIn(here.folder)).toEqual(before);
    writeFileSync(join(here.migrations, '002_vacuum.sql'), '-- dunlin: no-transaction\nVACUUM;\n');
    expect(ask(driver, here, ['up', 'create'], owner)).toEqual({ up: 'ok', create: 'ok' });
    const backups = `${here.database}-backups`;
    for (const name of readdirSync(backups)) chmodSync(join(backups, name), 0o644);
    chmodSync(backups, 0o777);
    const after = bytesIn(here.folder);
    expect(ask(driver, here, ['restorePlan', 'restore'], reader)).toEqual({
      restorePlan: 'ok',
      restore: 'DATABASE_READONLY',
    });
    expect(bytesIn(here.folder)).toEqual(after);
    tried('several users', 3);
  });

  it.skipIf(!isRoot)('reads what an application has committed to the log and not yet to the database', async () => {
    const here = site('wal', 0o666);
    const application = otherProcess();
    expect(await application(here.database, 'INSERT INTO kept VALUES (2)')).toBe('ok');
    for (const name of readdirSync(here.folder)) chmodSync(join(here.folder, name), 0o644);
    const before = Object.keys(bytesIn(here.folder));
    expect(readAs(driver, here.database, reader).rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(ask(driver, here, looks, reader)).toEqual(oks(looks));
    expect(Object.keys(bytesIn(here.folder))).toEqual(before);
    expect(await application(here.database, 'INSERT INTO kept VALUES (3)')).toBe('ok');
    tried('several users', looks.length + 1);
  });

  it.skipIf(!isRoot).each([
    ['with both files', [] as string[]],
    ['without its -shm', ['-shm']],
  ])('reads a log that a crash has left, %s', (_, gone) => {
    const here = site();
    crashWhileWriting(here.database, 'INSERT INTO kept VALUES (2)', 'INSERT INTO kept VALUES (zeroblob(300000))');
    for (const ending of gone) rmSync(`${here.database}${ending}`);
    for (const name of readdirSync(here.folder)) chownSync(join(here.folder, name), owner.uid, owner.gid);
    const before = bytesIn(here.folder);
    expect(readAs(driver, here.database, reader).rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(ask(driver, here, looks, reader)).toEqual(oks(looks));
    expect(bytesIn(here.folder)).toEqual(before);
    expect(ownerWrites(here)).toBe('3');
    tried('several users', looks.length + 1);
  });

  it.skipIf(!isRoot)('reads beside files that a third user has left', () => {
    const here = site();
    crashWhileWriting(here.database, 'INSERT INTO kept VALUES (2)', 'INSERT INTO kept VALUES (zeroblob(300000))');
    for (const ending of ['-wal', '-shm']) chownSync(`${here.database}${ending}`, 61_003, 61_003);
    const before = bytesIn(here.folder);
    expect(ask(driver, here, looks, reader)).toEqual(oks(looks));
    expect(bytesIn(here.folder)).toEqual(before);
    tried('several users', looks.length);
  });

  it.skipIf(!isRoot)('reads in a folder that nobody may write', () => {
    const here = site();
    chmodSync(here.folder, 0o555);
    const before = bytesIn(here.folder);
    expect(ask(driver, here, looks, reader)).toEqual(oks(looks));
    expect(readAs(driver, here.database, reader).rows).toEqual([{ a: 1 }]);
    expect(bytesIn(here.folder)).toEqual(before);
    tried('several users', looks.length + 1);
  });

  it.skipIf(!isRoot)('makes no copy in another journal mode', () => {
    const here = site('delete');
    const temporary = mkdtempSync(join(tmpdir(), 'dunlin-none-'));
    onTestFinished(() => rmSync(temporary, { recursive: true }));
    const previous = process.env['TMPDIR'];
    process.env['TMPDIR'] = join(temporary, 'missing');
    onTestFinished(() => {
      if (previous === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = previous;
    });
    expect(readAs(driver, here.database, reader)).toEqual({ rows: [{ a: 1 }], beside: ['app.db'] });
    tried('several users', 1);
  });
});

const canMount = isRoot && mounts();

describe.each(openingDrivers)('a file system that may only be read, with %s', (driver) => {
  it.skipIf(!canMount).each(['no log', 'a log'])(
    `with %s beside a database in WAL mode${canMount ? '' : ' (skipped: nothing can be mounted here)'}`,
    (log) => {
      const here = site();
      if (log === 'a log') {
        crashWhileWriting(here.database, 'INSERT INTO kept VALUES (2)', 'INSERT INTO kept VALUES (zeroblob(300000))');
        rmSync(`${here.database}-shm`);
      }
      const before = bytesIn(here.folder);
      mount('--bind', here.folder, here.folder);
      onTestFinished(() => void spawnSync('umount', ['-l', here.folder]));
      mount('-o', 'remount,ro,bind', here.folder);
      // As root, whom only the file system can stop.
      expect(askEach(driver, here.database, here.migrations, [...looks, 'up'])).toEqual({
        ...(oks(looks) as object),
        up: 'DATABASE_READONLY',
      });
      expect(bytesIn(here.folder)).toEqual(before);
      tried('several users', looks.length + 1);
    },
  );
});

describe.each(openingDrivers)(`the backups of a group, with %s${skipped}`, (driver) => {
  const members: readonly User[] = [owner, reader].map((user) => ({ ...user, groups: [shared] }));
  const [first, second] = members as [User, User];

  /** A database of mode 0664 in a folder of the group's. */
  function groupSite(folderBits: number, bits = 0o664): Site & { readonly backups: string } {
    const here = site('delete', bits);
    chownSync(here.database, owner.uid, shared);
    chownSync(here.folder, owner.uid, shared);
    chmodSync(here.folder, folderBits);
    return { ...here, backups: `${here.database}-backups` };
  }
  const bitsOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);
  const everything: readonly Command[] = [
    'create',
    'list',
    'verify',
    'up',
    'restorePlan',
    'restore',
    'prune',
    'status',
  ];

  it.skipIf(!isRoot).each([0o775, 0o770, 0o2775, 0o3775])(
    'are shared by its members, as the folder of the database is (mode %o)',
    (folderBits) => {
      const here = groupSite(folderBits);
      // The one who does not own the database begins.
      for (const member of [second, first, second])
        expect(ask(driver, here, everything, member)).toEqual(oks(everything));
      expect(bitsOf(here.backups)).toBe(folderBits.toString(8));
      expect(lstatSync(here.backups).gid).toBe(shared);
      for (const name of readdirSync(here.backups)) {
        const path = join(here.backups, name);
        expect([name, bitsOf(path), lstatSync(path).gid]).toEqual([name, '664', shared]);
      }
      tried('several users', 3 * everything.length);
    },
  );

  it.skipIf(!isRoot).each([
    ['a database of its owner alone', 0o777, 0o600, '700'],
    ['one that the group may only read', 0o775, 0o640, '750'],
    ['one that others may read', 0o777, 0o644, '755'],
    ['a folder of its owner alone', 0o700, 0o666, '700'],
  ])('let nobody in who may not read or write both: %s', (_, folderBits, bits, expected) => {
    const here = groupSite(folderBits, bits);
    expect(ask(driver, here, ['create'], first)).toEqual({ create: 'ok' });
    expect(bitsOf(here.backups)).toBe(expected);
    for (const name of readdirSync(here.backups)) expect(bitsOf(join(here.backups, name))).toBe(bits.toString(8));
    tried('several users', 1);
  });

  it.skipIf(!isRoot)('do not count the group of the folder as that of the database', () => {
    const here = groupSite(0o770);
    chownSync(here.folder, owner.uid, owner.gid);
    expect(ask(driver, here, ['create'], first)).toEqual({ create: 'ok' });
    expect([bitsOf(here.backups), lstatSync(here.backups).gid]).toEqual(['700', shared]);
    tried('several users', 1);
  });

  it.skipIf(!isRoot).each([
    // A user who may write both is in two groups; a folder of that user would be closed to everyone else.
    ['a member of both groups', 0o770, 0o664, { ...second, groups: [shared, 61_009] }],
    ['a member of both groups, where others may look', 0o775, 0o664, { ...second, groups: [shared, 61_009] }],
    ['one who may only read the database', 0o777, 0o644, { ...reader, groups: [] }],
  ] as const)('are not made where the owner could not write them: by %s', (_, folderBits, bits, stranger) => {
    const here = groupSite(folderBits, bits);
    chownSync(here.folder, owner.uid, 61_009);
    const before = bytesIn(here.folder);
    expect(ask(driver, here, ['create'], stranger)).toEqual({ create: 'BACKUP_FAILED' });
    expect(bytesIn(here.folder)).toEqual(before);
    expect(ask(driver, here, ['create', 'up', 'list'], first)).toEqual(oks(['create', 'up', 'list']));
    tried('several users', 4);
  });

  it.skipIf(!isRoot)('that one may not remove or change stay, and stop nobody', () => {
    // With the sticky bit each removes their own only.
    const here = groupSite(0o3775);
    expect(ask(driver, here, ['create', 'create', 'create', 'create'], first)).toEqual({ create: 'ok' });
    const theirs = readdirSync(here.backups);
    writeFileSync(join(here.backups, '20200101T000000000Z-manual.db.tmp'), 'of a run that died');
    expect(ask(driver, here, ['up', 'create', 'create', 'create', 'prune', 'restore'], second)).toEqual(
      oks(['up', 'create', 'prune', 'restore']),
    );
    expect(readdirSync(here.backups)).toEqual(expect.arrayContaining(theirs));
    const { stderr, status } = spawnSync(
      process.execPath,
      [cli, 'backup', 'prune', '--keep', '1', '-d', here.database, '--driver', driver],
      { encoding: 'utf8', uid: second.uid, gid: shared, cwd: here.folder },
    );
    expect(status).toBe(0);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/older backups in .* could not be removed or compressed: EPERM/);
    tried('several users', 10);
  });

  it.skipIf(!isRoot)('in a folder that one may not enter are a note of what only reads', () => {
    const here = groupSite(0o775);
    expect(ask(driver, here, ['up', 'create'], first)).toEqual(oks(['up', 'create']));
    chmodSync(here.backups, 0o700);
    expect(ask(driver, here, [...looks, 'create', 'prune'], second)).toEqual({
      ...(oks(looks) as object),
      list: 'FILE_REFUSED',
      create: 'BACKUP_FAILED',
      prune: 'FILE_REFUSED',
    });
    tried('several users', looks.length + 2);
  });
});

describe.each(openingDrivers)(`a group that may write the database, with %s${skipped}`, (driver) => {
  /** While it is open: files of the wrong group would keep the application from writing. */
  it.skipIf(!isRoot).each([
    ['in a folder of another group: no file of that group', 0o777, 0, ['app.db']],
    ['in a folder whose group files get: the files of SQLite', 0o2777, shared, ['app.db', 'app.db-shm', 'app.db-wal']],
  ])('%s is made by one who reads', (_, folderBits, group, beside) => {
    const here = site('wal', 0o664);
    chownSync(here.database, owner.uid, shared);
    chownSync(here.folder, 0, group);
    chmodSync(here.folder, folderBits);
    const member: User = { ...reader, groups: [shared] };
    expect(readAs(driver, here.database, member)).toEqual({ rows: [{ a: 1 }], beside });
    tried('several users', 1);
  });
});

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-mount-'));
  try {
    mount('--bind', folder, folder);
    return spawnSync('umount', [folder]).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
