import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { contentOf } from '../support/databases.ts';
import { random, rounds, seed } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';

// These tests start processes of the built library: `npm run build` comes first.
const worker = fileURLToPath(new URL('restore-worker.mjs', import.meta.url));
const kills = rounds(10, 50);

const rows = (from: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t (v) SELECT ${from} + i || hex(zeroblob(60)) FROM n;`;

/** Restores in a process of its own, which is killed after so many milliseconds from its start of work. */
async function restoreUntil(path: string, driver: string, id: string, ms: number | undefined): Promise<number> {
  const child = spawn(process.execPath, [worker, path, driver, id], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const began = performance.now();
  const timer = ms === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), ms);
  await ended;
  clearTimeout(timer);
  return performance.now() - began;
}

function read(path: string): string {
  const db = new BetterSqlite3(path);
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return contentOf(betterSqlite3Bridge(db));
  } finally {
    db.close();
  }
}

describe.each([
  ['delete', 'better-sqlite3'],
  ['wal', 'better-sqlite3'],
  ['wal', '@photostructure/sqlite'],
] as const)('a restore that is killed, journal mode %s, %s', (mode, driver) => {
  it(`leaves the one state or the other, and the next one completes: ${kills} kills (DUNLIN_SEED=${seed})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-restore-kill-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const start = join(folder, 'start');
    const path = join(start, 'app.db');
    cpSync(mkdtempSync(join(folder, 'empty-')), start, { recursive: true });
    const db = new BetterSqlite3(path);
    db.pragma(`journal_mode = ${mode}`);
    db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${rows(0)}`);
    const earlier = contentOf(betterSqlite3Bridge(db));
    const manager = new BackupManager({ database: path, driver });
    const { id } = await manager.create();
    await manager.close();
    db.exec(`DELETE FROM t; ${rows(1_000_000)} CREATE TABLE u (a)`);
    const now = contentOf(betterSqlite3Bridge(db));
    db.close();

    const whole = join(folder, 'whole');
    cpSync(start, whole, { recursive: true });
    // The shortest so far: the first may have been slow, and all kills would come too late.
    let duration = await restoreUntil(join(whole, 'app.db'), driver, id, undefined);
    expect(read(join(whole, 'app.db'))).toBe(earlier);

    const next = random(seed);
    const seen = { now: 0, earlier: 0 };
    for (let round = 0; round < kills; round++) {
      const place = join(folder, `round-${round}`);
      cpSync(start, place, { recursive: true });
      const database = join(place, 'app.db');
      await restoreUntil(database, driver, id, next() * duration);
      const found = read(database);
      expect([now, earlier]).toContain(found);
      seen[found === now ? 'now' : 'earlier'] += 1;
      duration = Math.min(duration, await restoreUntil(database, driver, id, undefined));
      expect(read(database)).toBe(earlier);
      rmSync(place, { recursive: true });
    }
    tried('restore kill', kills);
    // Not all of them may have come too early or too late to tell anything.
    expect(seen.now).toBeGreaterThan(0);
  }, 240_000);
});
