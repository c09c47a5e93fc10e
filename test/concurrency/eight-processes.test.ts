import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readBack, rounds, startWorker, workspace } from './support.ts';
import { tried } from '../support/fault-points.ts';

const processes = 8;
const repeats = rounds(3, 20);

const files: Record<string, string> = {};
for (let version = 1; version <= 12; version++) {
  const number = String(version).padStart(3, '0');
  files[`${number}_step_${version}.sql`] =
    `CREATE TABLE t${version} (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO t${version} (v) VALUES ('once');\n` +
    (version > 1 ? `ALTER TABLE t${version - 1} ADD COLUMN extra_${version} TEXT;\n` : '');
}

describe.each(['better-sqlite3', '@photostructure/sqlite'])('eight processes at once with %s', (driver) => {
  it.each([
    ['a fresh database', 'delete', 0],
    ['a fresh database', 'wal', 0],
    ['a database with pending migrations', 'delete', 5],
    ['a database with pending migrations', 'wal', 5],
  ] as const)(
    `on %s, journal mode %s: each migration once, all succeed (${repeats} rounds)`,
    async (_, mode, already) => {
      for (let round = 0; round < repeats; round++) await meet(driver, mode, already);
    },
    240_000,
  );
});

describe.each(['better-sqlite3', '@photostructure/sqlite'])('twelve processes at once with %s', (driver) => {
  it('run a migration outside a transaction once, and all succeed', async () => {
    const outside = {
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_v.sql': '-- dunlin: no-transaction\nVACUUM;\nANALYZE;',
      '003_b.sql': 'CREATE TABLE b (x);',
    };
    for (let round = 0; round < rounds(1, 14); round++) {
      const { folder, migrations, remove } = workspace(outside);
      const database = join(folder, 'app.db');
      const startAt = Date.now() + 2000;
      const results = await Promise.all(
        Array.from({ length: 12 }, () => startWorker(driver, database, migrations, startAt).result),
      );
      expect(results.map((result) => result.stderr).join('')).toBe('');
      const applied = results.flatMap((result) => (JSON.parse(result.stdout) as { applied: number[] }).applied);
      expect(applied.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      expect(readBack(database).attempts.filter((attempt) => attempt.status !== 'ok')).toEqual([]);
      remove();
      tried('many processes', 12);
    }
  }, 240_000);
});

async function meet(driver: string, mode: 'delete' | 'wal', already: number): Promise<void> {
  const { folder, migrations, remove } = workspace(files);
  const database = join(folder, 'app.db');
  if (mode === 'wal' || already > 0) {
    const db = new Database(database);
    db.pragma(`journal_mode = ${mode}`);
    db.close();
  }
  if (already > 0) {
    const first = workspace(Object.fromEntries(Object.entries(files).slice(0, already)));
    const { exitCode, stderr } = await startWorker(driver, database, first.migrations).result;
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    first.remove();
  }
  const startAt = Date.now() + 600;
  const results = await Promise.all(
    Array.from({ length: processes }, () => startWorker(driver, database, migrations, startAt).result),
  );
  expect(results.map((result) => result.stderr).join('')).toBe('');
  expect(results.map((result) => result.exitCode)).toEqual(Array.from({ length: processes }, () => 0));
  const applied = results.flatMap((result) => (JSON.parse(result.stdout) as { applied: number[] }).applied);
  const expected = Array.from({ length: 12 - already }, (_, index) => already + index + 1);
  expect(applied.toSorted((a, b) => a - b)).toEqual(expected);
  const { versions, attempts, integrity } = readBack(database);
  expect(versions).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  expect(integrity).toBe('ok');
  expect(attempts.filter((attempt) => attempt.status !== 'ok')).toEqual([]);
  expect(attempts.filter((attempt) => attempt.version !== null)).toHaveLength(12);
  tried('many processes', processes);
  remove();
}
