import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readBack, rounds, startWorker, workspace } from '../concurrency/support.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { tried } from '../support/fault-points.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const drivers = ['better-sqlite3', '@photostructure/sqlite'] as const;
const modes = ['delete', 'wal'] as const;
const cases = drivers.flatMap((driver) => modes.map((mode) => [driver, mode] as const));
const hasStrace = spawnSync('strace', ['-V']).status === 0;
if (!hasStrace) process.stdout.write('backups: strace is not installed, the order of system calls is not looked at\n');

function createDatabase(file: string, mode: string, sql: string): void {
  const db = new Database(file);
  db.pragma(`journal_mode = ${mode}`);
  db.exec(sql);
  db.close();
}

describe.each(cases)('a backup by %s, journal mode %s', (driver, mode) => {
  it('holds exactly what the migration started from, while another process commits', async () => {
    for (let round = 0; round < rounds(3, 20); round++) {
      const { folder, migrations, remove } = workspace({
        '001_seen.sql': 'CREATE TABLE seen AS SELECT count(*) AS n, max(id) AS last FROM acks;',
      });
      const database = join(folder, 'app.db');
      createDatabase(database, mode, 'CREATE TABLE acks (id INTEGER PRIMARY KEY)');
      const writer = spawn(process.execPath, [path('backup-writer.mjs'), database], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => writer.on('close', resolve));
      const said: string[] = [];
      await new Promise<void>((resolve) => {
        writer.stdout.on('data', (chunk: Buffer) => {
          said.push(chunk.toString());
          if (said.length === 20) resolve();
        });
      });
      const { exitCode, stderr } = await startWorker(driver, database, migrations).result;
      const meanwhile = said.length;
      await new Promise<void>((resolve) => {
        writer.stdout.on('data', () => void (said.length > meanwhile + 10 && resolve()));
      });
      writer.stdin.end();
      await ended;
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const acknowledged = said.join('').trim().split('\n').map(Number);

      const [backup, ...more] = provenBackups(`${database}-backups`);
      expect(more).toEqual([]);
      const inBackup = rowsOf(backup!.file);
      const now = rowsOf(database);
      const db = new Database(database, { readonly: true });
      const seen = db.prepare('SELECT n, last FROM seen').get();
      db.close();
      expect(seen).toEqual({ n: inBackup.length, last: inBackup.at(-1) });
      expect(now.slice(0, inBackup.length)).toEqual(inBackup);
      expect(now.length).toBeGreaterThan(inBackup.length);
      expect(now.slice(0, acknowledged.length)).toEqual(acknowledged);
      tried('backup processes', 1);
      remove();
    }
  }, 240_000);

  it.skipIf(!hasStrace)(
    `is on the disk under its name before the migration writes${hasStrace ? '' : ' (skipped: strace is not installed)'}`,
    () => {
      const { folder, migrations, remove } = workspace({
        '001_more.sql': 'CREATE TABLE more (a); UPDATE t SET a = 2;',
      });
      const database = join(folder, 'app.db');
      createDatabase(database, mode, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)');
      const trace = join(folder, 'trace');
      const calls = 'openat,rename,renameat,renameat2,fsync,fdatasync,write,pwrite64,writev';
      const { status, stderr } = spawnSync(
        'strace',
        [
          '-f',
          '-y',
          '-e',
          `trace=${calls}`,
          '-o',
          trace,
          process.execPath,
          path('../concurrency/worker.mjs'),
          driver,
          database,
          migrations,
        ],
        { encoding: 'utf8' },
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const lines = readFileSync(trace, 'utf8').split('\n');
      const at = (pattern: RegExp, from = 0): number =>
        lines.findIndex((line, index) => index >= from && pattern.test(line));
      const begun = at(/openat\(.*-before-0001\.db\.tmp"/);
      const synced = at(/f(?:data)?sync\(\d+<.*-before-0001\.db\.tmp>/, begun);
      const named = at(/rename.*-before-0001\.db\.tmp".*-before-0001\.db"/, synced);
      const durable = at(/f(?:data)?sync\(\d+<.*app\.db-backups>/, named);
      const order = [begun, synced, named, durable];
      expect(
        order.every((line) => line > 0),
        order.join(),
      ).toBe(true);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      const writes = lines.flatMap((line, index) =>
        /\bp?write(?:v|64)?\(\d+<[^>]*\/app\.db(?:-journal|-wal)?>/.test(line) ? [index] : [],
      );
      // The row that says a run is under way is written before; from the backup's beginning to its end there is nothing.
      expect(writes.filter((line) => line > begun && line < durable)).toEqual([]);
      expect(writes.some((line) => line > durable)).toBe(true);
      tried('backup processes', 1);
      remove();
    },
  );

  it('is made once, and is sound, when eight processes start at once', async () => {
    for (let round = 0; round < rounds(2, 10); round++) {
      const files = Object.fromEntries(
        Array.from({ length: 6 }, (_, index) => [
          `00${index + 1}_t.sql`,
          `CREATE TABLE t${index + 1} (a); INSERT INTO base VALUES (${index + 1});`,
        ]),
      );
      const { folder, migrations, remove } = workspace(files);
      const database = join(folder, 'app.db');
      createDatabase(database, mode, 'CREATE TABLE base (a); INSERT INTO base VALUES (0)');
      const before = readBackContent(database);
      const startAt = Date.now() + 600;
      const results = await Promise.all(
        Array.from({ length: 8 }, () => startWorker(driver, database, migrations, startAt).result),
      );
      expect(results.map(({ stderr }) => stderr).join('')).toBe('');
      const { versions, integrity, attempts } = readBack(database);
      expect([versions, integrity]).toEqual([[1, 2, 3, 4, 5, 6], 'ok']);
      expect(attempts.filter(({ version }) => version !== null)).toHaveLength(6);
      const backups = provenBackups(`${database}-backups`);
      expect(backups).toHaveLength(1);
      expect(readBackContent(backups[0]!.file)).toBe(before);
      expect(leftOvers(`${database}-backups`)).toEqual([]);
      tried('backup processes', results.length);
      remove();
    }
  }, 240_000);

  it('stays good while several processes run, apply retention, and are killed', async () => {
    const { folder, migrations, remove } = workspace({
      '001_t.sql':
        '-- === UP MIGRATION ===\nCREATE TABLE t1 (a); INSERT INTO t1 VALUES (1);\n-- === DOWN MIGRATION ===\nDROP TABLE t1;\n',
    });
    const database = join(folder, 'app.db');
    createDatabase(database, mode, 'CREATE TABLE base (a); INSERT INTO base VALUES (zeroblob(300000))');
    const state = { stop: false };
    let kills = 0;
    const errors: string[] = [];
    const start = (times: number): { child: ReturnType<typeof spawn>; ended: Promise<unknown> } => {
      const child = spawn(process.execPath, [path('backup-loop.mjs'), driver, database, migrations, String(times)], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
      return { child, ended: new Promise((resolve) => child.on('close', resolve)) };
    };
    const steady = [start(rounds(10, 60)), start(rounds(10, 60))];
    const victims = (async () => {
      while (!state.stop) {
        const { child, ended } = start(100);
        // Anything from its first steps to the middle of its runs.
        setTimeout(() => child.kill('SIGKILL'), 150 + ((kills * 173) % 700));
        await ended;
        kills += 1;
      }
    })();
    await Promise.all(steady.map(({ ended }) => ended));
    state.stop = true;
    await victims;
    expect(errors.join('')).toBe('');
    expect(kills).toBeGreaterThan(2);
    const folderOfBackups = `${database}-backups`;
    expect(provenBackups(folderOfBackups).length).toBeGreaterThan(0);
    await start(2).ended;
    await start(2).ended;
    // A manifest whose backup never got its name may belong to somebody who is at it: it goes a day later.
    expect(leftOvers(folderOfBackups).filter((name) => !name.endsWith('.json'))).toEqual([]);
    expect(provenBackups(folderOfBackups).length).toBeLessThanOrEqual(4);
    expect(readdirSync(folderOfBackups).filter((name) => name.endsWith('.db'))).toHaveLength(1);
    expect(readBack(database).integrity).toBe('ok');
    tried('backup processes', kills);
    process.stdout.write(`backups, ${driver}, ${mode}: ${kills} kills\n`);
    remove();
  }, 240_000);
});

function rowsOf(file: string): unknown[] {
  const db = new Database(file, { readonly: true });
  const rows = db.prepare('SELECT id FROM acks ORDER BY id').pluck().all();
  db.close();
  return rows;
}

function readBackContent(file: string): string {
  expect(existsSync(file)).toBe(true);
  const db = new Database(file, { readonly: true });
  const rows = db.prepare('SELECT * FROM base').all();
  db.close();
  return JSON.stringify(rows);
}
