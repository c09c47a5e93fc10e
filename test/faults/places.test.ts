import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tried } from '../support/fault-points.ts';
import { isRoot, nobody, openingDrivers } from '../support/processes.ts';

/** Where files are: mounted by themselves, or in folders for temporary files that are small, missing or closed. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist/cli/dunlin.js');
const canMount = isRoot && tryMount();
const skipped = canMount ? '' : ' (skipped: nothing can be mounted here)';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-places-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'app/migrations'), { recursive: true });
  mkdirSync(join(folder, 'volume'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

interface Answer {
  readonly status: number | null;
  readonly out: string;
}

function dunlin(driver: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args, '--driver', driver], {
    encoding: 'utf8',
    cwd: join(folder, 'app'),
    env: { ...process.env, ...env },
  });
  return { status, out: `${stdout}${stderr}`.replaceAll(/\s+/g, ' ') };
}

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  onTestFinished(() => void spawnSync('umount', ['-l', args.at(-1)!]));
}

/** `docker run -v .../volume/app.db:/app/app.db` */
function mountedFile(mode: 'delete' | 'wal' = 'delete'): { readonly database: string; readonly rows: () => unknown } {
  const [source, database] = [join(folder, 'volume/app.db'), join(folder, 'app/app.db')];
  const db = new BetterSqlite3(source);
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000)), (2);`);
  db.close();
  writeFileSync(database, '');
  mount('--bind', source, database);
  const rows = (): unknown => {
    const now = new BetterSqlite3(database);
    const found = now.prepare('SELECT length(a) FROM t').pluck().all();
    now.close();
    return found;
  };
  return { database, rows };
}

describe.each(openingDrivers)(`a database that is mounted by itself, with %s${skipped}`, (driver) => {
  it.skipIf(!canMount)('migrates, and is restored in place', () => {
    const { database, rows } = mountedFile();
    writeFileSync(join(folder, 'app/migrations/001_a.sql'), '-- dunlin: destructive\nDELETE FROM t;');
    expect(dunlin(driver, ['up', '-d', database]).status).toBe(0);
    expect(rows()).toEqual([]);
    expect(dunlin(driver, ['backup', 'restore', 'latest', '--yes', '-d', database]).status).toBe(0);
    expect(rows()).toEqual([9000, 1]);
    tried('odd files', 2);
  });

  it.skipIf(!canMount).each([
    ['damaged', (path: string) => writeFileSync(path, 'x'.repeat(20_000)), 'delete'],
    ['emptied', (path: string) => writeFileSync(path, ''), 'delete'],
    ['cut off, in WAL mode', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 5000)), 'wal'],
  ] as const)('that is %s is copied aside and written in place', (_, damage, mode) => {
    const { database, rows } = mountedFile(mode);
    expect(dunlin(driver, ['backup', 'create', '-d', database]).status).toBe(0);
    damage(database);
    const broken = readFileSync(database);
    const { status, out } = dunlin(driver, ['backup', 'restore', 'latest', '--yes', '-d', database]);
    expect([status, out]).toEqual([
      0,
      expect.stringMatching(/mounted by itself and was written in place: mount its folder/),
    ]);
    expect(rows()).toEqual([9000, 1]);
    expect(readFileSync(join(folder, 'volume/app.db')).subarray(0, 15).toString()).toBe('SQLite format 3');
    const aside = /app\.db\.damaged-\w+/.exec(out)![0];
    expect(readFileSync(join(folder, 'app', aside)).equals(broken)).toBe(true);
    tried('odd files', 1);
  });

  it.skipIf(!canMount)('a dump that is mounted by itself is written in place', () => {
    const { database } = mountedFile();
    const [source, dump] = [join(folder, 'volume/schema.sql'), join(folder, 'app/schema.sql')];
    for (const path of [source, dump]) writeFileSync(path, '');
    mount('--bind', source, dump);
    expect(dunlin(driver, ['dump', '-d', database, '-o', dump]).status).toBe(0);
    expect(readFileSync(source, 'utf8')).toContain('CREATE TABLE t');
    tried('odd files', 1);
  });
});

describe.each(openingDrivers)(`the folder of temporary files, with %s${skipped}`, (driver) => {
  /** Sorting its rows for an index takes more memory than SQLite keeps. */
  function large(): string {
    const database = join(folder, 'app/app.db');
    const db = new BetterSqlite3(database);
    db.exec(`CREATE TABLE t (a); INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT hex(randomblob(200)) FROM n LIMIT 40000`);
    db.close();
    return database;
  }
  const index = 'CREATE INDEX i ON t (a, a, a || 1);';
  const vacuum = '-- dunlin: no-transaction\nVACUUM;';

  it.skipIf(!canMount).each([
    ['an index', index],
    ['VACUUM', vacuum],
  ])('is named when it is too small for %s', (_, sql) => {
    const database = large();
    const small = join(folder, 'small');
    mkdirSync(small);
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small);
    writeFileSync(join(folder, 'app/migrations/001_a.sql'), sql);
    const { status, out } = dunlin(driver, ['up', '-d', database, '--no-backup'], { SQLITE_TMPDIR: small });
    expect(status).toBe(1);
    expect(out).toContain('DISK_FULL');
    expect(out).toMatch(/temporary files in \S*small, where [\d.,]+ [kM]B are free, and .*SQLITE_TMPDIR/);
    expect(dunlin(driver, ['up', '-d', database, '--no-backup']).status).toBe(0);
    tried('full disk', 1);
  });

  it.skipIf(!canMount).each([
    ['check', ['check', '--allow-pending'], 3, 100],
    ['check, which is half through', ['check', '--allow-pending'], 3, 260],
    ['check --with-data', ['check', '--quick', '--allow-pending', '--with-data'], 1, 500],
    ['check --replay', ['check', '--quick', '--allow-pending', '--replay'], 1, 100],
    ['try', ['try', '2'], 1, 500],
    ['try, whose migration is what needs more', ['try', '2'], 1, undefined],
    ['diff', ['diff', '0', '2'], 1, 100],
  ] as const)('is named when it is full for %s, and no migration is blamed', (_, args, exit, kilobytes) => {
    const database = large();
    const small = join(folder, 'small');
    mkdirSync(small);
    // What is free after the copy, or instead of it.
    const size = kilobytes ?? Math.ceil(statSync(database).size / 1024) + 200;
    mount('-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs', small);
    if (kilobytes === 100) writeFileSync(join(small, 'fill'), Buffer.alloc(100 * 1024));
    writeFileSync(join(folder, 'app/migrations/001_a.sql'), 'CREATE TABLE b (x);');
    expect(dunlin(driver, ['up', '-d', database, '--no-backup']).status).toBe(0);
    writeFileSync(join(folder, 'app/migrations/002_b.sql'), 'CREATE TABLE c AS SELECT zeroblob(400000) AS x;');
    const { status, out } = dunlin(driver, [...args, '-d', database], { TMPDIR: small });
    expect([status, out]).toEqual([exit, expect.stringContaining('error TEMPORARY_FOLDER_FULL')]);
    expect(out).toMatch(/temporary files, \S*small, has too little room: [\d,]+ [kM]B are free now/);
    expect(out).not.toMatch(/FAILS_ON|REPLAY_FAILED|NOT_TRIED/);
    const typed = /`export (TMPDIR=\S+) (SQLITE_TMPDIR=\S+)`/.exec(out)!;
    const env = Object.fromEntries(typed.slice(1).map((one) => one.split('=') as [string, string]));
    expect(dunlin(driver, [...args, '-d', database], env).out).not.toContain('TEMPORARY_FOLDER_FULL');
    tried('full disk', 1);
  });

  it.skipIf(!canMount).each([
    ['an index', index],
    ['VACUUM', vacuum],
  ])('is asked for by its variable when there is none for %s', (_, sql) => {
    const database = large();
    writeFileSync(join(folder, 'app/migrations/001_a.sql'), sql);
    chmodSync(join(folder, 'app'), 0o777);
    chmodSync(database, 0o666);
    // SQLite looks at these, and at the folder that the process is in. The project may be below one of them.
    const script = `for place in /var/tmp /usr/tmp; do if [ -d $place ]; then mount -t tmpfs -o mode=755 tmpfs $place; fi; done
      mount -t tmpfs -o mode=755 tmpfs /mnt; mkdir /mnt/app /mnt/project
      mount --bind "$1" /mnt/app; mount --bind "$3" /mnt/project; mount -t tmpfs -o mode=755 tmpfs /tmp; cd /
      exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups "$2" /mnt/project/dist/cli/dunlin.js up -d /mnt/app/app.db -m /mnt/app/migrations --no-backup --driver "$4"`;
    const { status, stderr, stdout } = spawnSync(
      'unshare',
      ['-m', 'bash', '-c', script, 'bash', join(folder, 'app'), process.execPath, root, driver],
      { encoding: 'utf8', env: { ...process.env, TMPDIR: '', SQLITE_TMPDIR: '' } },
    );
    expect([status, `${stdout}${stderr}`]).toEqual([1, expect.stringMatching(/TEMPORARY_FOLDER_MISSING|DISK_ERROR/)]);
    // @photostructure/sqlite does not say which file VACUUM failed on.
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /export SQLITE_TMPDIR=\/var\/tmp|name one with the variable SQLITE_TMPDIR/,
    );
    rmSync(`${database}-migrate-lock`, { force: true });
    expect(dunlin(driver, ['up', '-d', database, '--no-backup']).status).toBe(0);
    tried('full disk', 1);
  });
});

function tryMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'dunlin-mount-'));
  try {
    const mounted = spawnSync('mount', ['--bind', place, place]).status === 0;
    return mounted && spawnSync('umount', [place]).status === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
