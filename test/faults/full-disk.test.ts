import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isDunlinError } from '../../src/errors/index.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { rounds } from '../concurrency/support.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { openTestDatabase, TestDatabase, variants, type Variant } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { isRoot, journalModes } from '../support/processes.ts';

const canMount = isRoot && tryMount();
if (!canMount)
  process.stdout.write('full disk: no file system can be mounted here, only the limit of SQLite is tried\n');

const base = `CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, zeroblob(300000)), (2, zeroblob(100000));`;
const migrations = {
  '001_more.sql': 'CREATE TABLE more (a); INSERT INTO more VALUES (zeroblob(200000));',
  '002_all.sql': '-- dunlin: foreign-keys on\nUPDATE t SET a = zeroblob(150000); CREATE TABLE last (a);',
};
/** What may be there after a fault: so many migrations, whole. */
type States = readonly [before: string, first: string, both: string];

const drivers = variants.filter(({ api }) => api === 'sync');
const cases = drivers.flatMap((variant) => journalModes.map((mode) => [variant.driver, mode, variant] as const));

/** What the system answers while it still has room: the run finds out later that it has none. */
const boundless = { files: { ...nodeFiles, freeBytes: () => Number.MAX_SAFE_INTEGER } };

async function states(variant: Variant): Promise<States> {
  const db = openTestDatabase(variant);
  db.exec(base);
  const before = db.content();
  await db.up(migrations, {}, { to: 1 });
  const first = db.content();
  await db.up(migrations);
  return [before, first, db.content()];
}

/** The code of what a run met; undefined if it came through. */
async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return error.code;
  }
}

/** After a fault: a whole number of migrations, in the content and in what the database says itself. */
function checkWhole(db: TestDatabase, known: States, about: string): void {
  expect(db.value('PRAGMA integrity_check'), about).toBe('ok');
  const exists = db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'`) === 1;
  // Not `toBe`: what differs would be a megabyte.
  expect(known.indexOf(db.content()), about).toBe(exists ? db.versions().length : 0);
}

/** After a run with room: all is there, and a good backup of the beginning. */
function checkDone(db: TestDatabase, [before, , both]: States, folder: string, about: string): void {
  expect(db.content() === both, about).toBe(true);
  expect(
    db.attempts().filter((line) => line.includes('running')),
    about,
  ).toEqual([]);
  expect(leftOvers(folder), about).toEqual([]);
  expect(
    provenBackups(folder, about, db.variant.driver).some(({ content }) => content === before),
    about,
  ).toBe(true);
}

/** By the driver that leaves nothing in the log when it closes. */
function createDatabase(path: string, mode: string): void {
  const db = new BetterSqlite3(path);
  db.exec(`PRAGMA journal_mode = ${mode}; ${base}`);
  db.close();
}

describe.each(cases)('a full disk, with %s, journal mode %s', (_, mode, variant) => {
  const places = [
    ['the database', [430, 460, 500, 560, 640, 720, 800, 1000, 1400, 2200]],
    ['the database and its backups', [430, 500, 850, 900, 940, 980, 1100, 1200, 1400, 1700, 2600]],
  ] as const;

  it.skipIf(!canMount).each(places)(
    `under %s, of any size${canMount ? '' : ' (skipped: nothing can be mounted here)'}`,
    async (place, sizes) => {
      const known = await states(variant);
      const seen = new Set<string | undefined>();
      for (const kilobytes of sizes) {
        const folder = mkdtempSync(join(tmpdir(), 'dunlin-full-'));
        const disk = join(folder, 'disk');
        mkdirSync(disk);
        mount(disk, 'size=20m');
        const db = new TestDatabase(disk, variant);
        onTestFinished(() => {
          db.dispose();
          // A closed connection may keep its file for a while.
          spawnSync('umount', ['-l', disk]);
          rmSync(folder, { recursive: true, force: true });
        });
        createDatabase(db.path, mode);
        mount(disk, `remount,size=${kilobytes}k`);
        const directory = join(folder, 'backups');
        const backups = place === 'the database' ? { backups: { directory } } : {};
        const code = await codeOf(db.up(migrations, { backup: 'always', ...backups, host: boundless }));
        const about = `${kilobytes} kB: ${code}`;
        seen.add(code);
        db.close();
        checkWhole(db, known, about);
        db.close();
        mount(disk, 'remount,size=20m');
        await db.up(migrations, { backup: 'always', ...backups });
        const kept = place === 'the database' ? join(directory, readdirSync(directory)[0]!) : `${db.path}-backups`;
        checkDone(db, known, kept, about);
        tried('full disk', 1);
      }
      const codes = place === 'the database' ? ['DISK_FULL'] : ['BACKUP_FAILED', 'DISK_FULL'];
      expect(seen).toEqual(new Set([...codes, undefined]));
    },
  );

  it('as SQLite itself can set it, page by page', async () => {
    const known = await states(variant);
    const seen = new Set<string | undefined>();
    // The run needs some sixty more.
    for (let limit = 1; !seen.has(undefined); limit += rounds(9, 1)) {
      const db = openTestDatabase(variant);
      createDatabase(db.path, mode);
      // It cannot be set lower than the database is large.
      db.exec(`PRAGMA max_page_count = ${Number(db.value('PRAGMA page_count')) + limit}`);
      const code = await codeOf(db.up(migrations, { backup: 'always' }));
      const about = `${limit} pages more: ${code}`;
      seen.add(code);
      checkWhole(db, known, about);
      db.exec('PRAGMA max_page_count = 1000000');
      await db.up(migrations, { backup: 'always' });
      checkDone(db, known, `${db.path}-backups`, about);
      db.dispose();
      tried('full disk', 1);
    }
    expect([...seen]).toEqual(['DATABASE_PAGE_LIMIT', undefined]);
  });
});

function mount(folder: string, options: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-mount-'));
  try {
    mount(folder, 'size=64k');
    return spawnSync('umount', [folder]).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
