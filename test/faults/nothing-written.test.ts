import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { workspace } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';
import { askEach, crashWhileWriting, driversAndModes, otherProcess, type Command } from '../support/processes.ts';

/** What only looks leaves every byte, every time and every name as it was. */

/** These ask the database, and the folder of backups for names and manifests. */
const looks: readonly Command[] = ['status', 'plan', 'check', 'rehearse', 'history', 'dump', 'list'];
/** A backup is proven in a copy beside it, which is gone afterwards: the folder's own time tells that. */
const proofs: readonly Command[] = ['verify', 'restorePlan'];
const all = [...looks, ...proofs];
const oks = (commands: readonly Command[]): unknown => Object.fromEntries(commands.map((command) => [command, 'ok']));
const isSideFile = (name: string): boolean => /-(?:wal|shm|journal)$/.test(name);

interface Site {
  readonly database: string;
  readonly migrations: string;
}

/** A database of a few pages, with a history, backups, and a migration that is pending. */
function site(driver: (typeof driversAndModes)[number][0], mode: string): Site {
  const { folder, migrations, remove } = workspace({
    '001_t.sql': 'CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000));',
  });
  onTestFinished(remove);
  const database = join(folder, 'app.db');
  const db = new BetterSqlite3(database);
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE kept (a); INSERT INTO kept VALUES (1);`);
  db.close();
  // The second makes the first a compressed one.
  expect(askEach(driver, database, migrations, ['up', 'create'])).toEqual({ up: 'ok', create: 'ok' });
  writeFileSync(join(migrations, '002_pending.sql'), 'DROP TABLE t;');
  return { database, migrations };
}

/** Bytes and times of all there is; of a folder what is in it, and its own time where nothing may come and go. */
function everything(folder: string, timesOfFolders: boolean): Record<string, string> {
  return Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[]).toSorted().map((name) => {
      const path = join(folder, name);
      const stats = lstatSync(path, { bigint: true });
      if (stats.isDirectory()) return [name, timesOfFolders ? `folder ${stats.mtimeNs}` : 'folder'];
      return [name, `${createHash('sha256').update(readFileSync(path)).digest('hex')} ${stats.mtimeNs}`];
    }),
  );
}

describe.each(driversAndModes)('what only looks writes nothing, with %s, journal mode %s', (driver, mode) => {
  it('on a database that nobody has open', () => {
    const { database, migrations } = site(driver, mode);
    const folder = dirname(database);
    for (const [commands, timesOfFolders] of [
      [looks, true],
      [proofs, false],
    ] as const) {
      const before = everything(folder, timesOfFolders);
      expect(Object.keys(before).filter(isSideFile)).toEqual([]);
      expect(askEach(driver, database, migrations, commands)).toEqual(oks(commands));
      expect(everything(folder, timesOfFolders)).toEqual(before);
    }
    tried('nothing written', all.length);
  });

  it('while another process has it open', async () => {
    const { database, migrations } = site(driver, mode);
    const other = otherProcess();
    expect(await other(database, 'INSERT INTO kept VALUES (2)')).toBe('ok');
    // The memory that is shared beside a log is for locks and readers: its bytes are nobody's data.
    const seen = (): Record<string, string> => {
      const { 'app.db-shm': shared, ...rest } = everything(dirname(database), false);
      return { ...rest, shared: String(shared !== undefined) };
    };
    const before = seen();
    expect(existsSync(`${database}-wal`)).toBe(mode === 'wal');
    expect(askEach(driver, database, migrations, all)).toEqual(oks(all));
    expect(seen()).toEqual(before);
    expect(await other(database, 'INSERT INTO kept VALUES (3)')).toBe('ok');
    tried('nothing written', all.length);
  });

  it('only SQLite recovers what a crash has left, at the first read', () => {
    const { database, migrations } = site(driver, mode);
    crashWhileWriting(
      database,
      'INSERT INTO kept VALUES (2)',
      'DELETE FROM t; INSERT INTO kept VALUES (zeroblob(300000)); UPDATE kept SET a = zeroblob(300001)',
    );
    const left = mode === 'wal' ? '-wal' : '-journal';
    expect(lstatSync(`${database}${left}`).size).toBeGreaterThan(4096);
    // What does not need the database does not touch it either.
    const crashed = everything(dirname(database), true);
    expect(askEach(driver, database, migrations, ['list'])).toEqual({ list: 'ok' });
    expect(everything(dirname(database), true)).toEqual(crashed);

    expect(askEach(driver, database, migrations, ['status'])).toEqual({ status: 'ok' });
    const recovered = everything(dirname(database), true);
    expect(Object.keys(recovered).filter(isSideFile)).toEqual([]);
    expect(askEach(driver, database, migrations, looks)).toEqual(oks(looks));
    expect(everything(dirname(database), true)).toEqual(recovered);
    const db = new BetterSqlite3(database);
    expect(db.prepare('SELECT a FROM kept').pluck().all()).toEqual([1, 2]);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(1);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    tried('nothing written', 2 + looks.length);
  });
});
