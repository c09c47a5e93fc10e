import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { migrate } from '../../src/node/index.ts';
import { migratedDatabase } from '../../src/node/testing/index.ts';
import { drivers, program, runs, start, twelve, whole } from './processes.ts';
import { project } from './support.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

describe.each(drivers)('processes with %s', (driver) => {
  it('eight at once run the migrations once, and leave no files', async () => {
    const place = twelve();
    const endings = await Promise.all(
      Array.from({ length: 8 }, (_, i) => start(place, driver, undefined, 3, i % 2 === 0 ? {} : { file: true })),
    );
    expect(endings).toEqual(Array.from({ length: 8 }, () => ({ stdout: whole, stderr: '', signal: null })));
    expect(runs(place)).toBe(1);
    expect(readdirSync(join(place.folder, 'tmp'))).toEqual([]);
  });
});

it('threads of one process share a template', async () => {
  const place = twelve();
  const texts = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const worker = new Worker(program, { workerData: ['better-sqlite3', place.migrations, place.cache, 3] });
      return await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    }),
  );
  expect(texts).toEqual([whole, whole, whole, whole]);
  expect(runs(place)).toBe(1);
});

it('a database costs a small part of the migrations that it has', async () => {
  const files: Record<string, string> = {};
  for (let i = 1; i <= 200; i++)
    files[`${String(i).padStart(3, '0')}_t${i}.sql`] = `CREATE TABLE t${i} (id INTEGER PRIMARY KEY, v TEXT NOT NULL);
CREATE INDEX i${i} ON t${i} (v);`;
  const { migrations, cache } = project(files);
  // Files that were edited a moment ago are read each time.
  const later = Date.now() + 60_000;
  vi.spyOn(Date, 'now').mockReturnValue(later);
  onTestFinished(() => void vi.restoreAllMocks());
  const fastest = async (work: () => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const begin = performance.now();
      await work();
      times.push(performance.now() - begin);
    }
    return Math.min(...times);
  };
  (await migratedDatabase(Database, { migrations, cache })).close();
  const copied = await fastest(async () => (await migratedDatabase(Database, { migrations, cache })).close());
  const migrated = await fastest(() => migrate({ database: new Database(':memory:'), migrations }));
  expect(migrated / copied).toBeGreaterThan(4);
});
