import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBack, rounds } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';
import { KilledRun } from '../support/killed-run.ts';
import { driversAndModes, openingDrivers, otherProcess } from '../support/processes.ts';
import { random, seed } from '../support/random.ts';
import { UpProcess } from '../support/up-process.ts';

const processes = 3;
// Four cases: 12 rounds in CI, 100 in all.
const repeats = rounds(3, 25);

describe.each(driversAndModes)('several processes with backups, with %s, journal mode %s', (driver, mode) => {
  it(`are all killed at random moments, and one run finishes: ${repeats} times (DUNLIN_SEED=${seed})`, async () => {
    const killed = new KilledRun(mode);
    const whole = new UpProcess(driver, killed.fresh(), killed.migrations, 1000);
    expect(await whole.ended).toBe(0);
    const next = random(seed);
    let died = 0;
    for (let round = 0; round < repeats; round++) {
      const database = killed.fresh();
      const runs = Array.from({ length: processes }, () => new UpProcess(driver, database, killed.migrations, 60_000));
      const moments = runs.map(() => [1 + Math.floor(next() * whole.facts.length), 15 * next()] as const);
      const ends = await Promise.all(runs.map((run, index) => run.killed(...moments[index]!)));
      died += ends.filter((end) => end === 'SIGKILL').length;
      const about = `DUNLIN_SEED=${seed}, round ${round}, killed after events and ms: ${moments.join('; ')}`;
      // Every process that was not killed has succeeded.
      expect(
        ends.every((end) => end === 'SIGKILL' || end === 0),
        about,
      ).toBe(true);
      killed.checkKilled(database, about);
      const last = new UpProcess(driver, database, killed.migrations, 1000);
      const outcome = await last.outcome();
      expect(outcome, about).toMatchObject({ type: 'applied' });
      await killed.checkFinished(database, about, JSON.stringify(outcome?.['versions']) === '[]');
    }
    expect(died).toBeGreaterThan(0);
    tried('many processes', died);
  });
});

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe.each(openingDrivers)('a reader that stays, with %s', (driver) => {
  it('in rollback mode, from before the run: LOCKED in time, and not a byte is changed', async () => {
    const read = new KilledRun('delete');
    const database = read.fresh();
    const before = hash(database);
    const reader = otherProcess();
    expect(await reader(database, 'BEGIN; SELECT count(*) FROM parent')).toBe('ok');
    const began = performance.now();
    const run = new UpProcess(driver, database, read.migrations, 700);
    expect(await run.outcome()).toMatchObject({ code: 'LOCKED', message: expect.stringContaining('to commit') });
    expect(performance.now() - began).toBeGreaterThanOrEqual(700);
    expect(await reader(database, 'COMMIT')).toBe('ok');
    expect(hash(database)).toBe(before);
    expect(existsSync(`${database}-journal`)).toBe(false);
    const again = new UpProcess(driver, database, read.migrations, 1000);
    expect(await again.outcome()).toMatchObject({ versions: [1, 2, 3, 4] });
    await read.checkFinished(database, 'a reader from before');
    tried('many processes', 1);
  });

  it('in rollback mode, from the middle of the run: LOCKED, nothing of it is there; without the reader all is', async () => {
    const read = new KilledRun('delete');
    const database = read.fresh();
    const run = new UpProcess(driver, database, read.migrations, 700, 'backup:done');
    expect(await run.tells('backup:done')).toBeDefined();
    await run.stopped();
    const reader = otherProcess();
    expect(await reader(database, 'BEGIN; SELECT count(*) FROM parent')).toBe('ok');
    run.signal('SIGCONT');
    expect(await run.outcome()).toMatchObject({ code: 'LOCKED' });
    expect(await reader(database, 'COMMIT')).toBe('ok');
    expect(readBack(database).versions).toEqual([]);
    read.checkKilled(database, 'a reader in the middle');
    const again = new UpProcess(driver, database, read.migrations, 1000);
    expect(await again.outcome()).toMatchObject({ versions: [1, 2, 3, 4] });
    await read.checkFinished(database, 'a reader in the middle');
    tried('many processes', 1);
  });

  it('in rollback mode, but not for longer than the run waits: it continues when the reader is gone', async () => {
    const read = new KilledRun('delete');
    const database = read.fresh();
    const reader = otherProcess();
    expect(await reader(database, 'BEGIN; SELECT count(*) FROM parent')).toBe('ok');
    const run = new UpProcess(driver, database, read.migrations, 60_000);
    expect(await run.tells('run:waiting')).toBeDefined();
    expect(await reader(database, 'COMMIT')).toBe('ok');
    expect(await run.outcome()).toMatchObject({ versions: [1, 2, 3, 4] });
    await read.checkFinished(database, 'a reader that goes');
    tried('many processes', 1);
  });

  it('in WAL mode: it still sees the state it began with, and nobody waits', async () => {
    const read = new KilledRun('wal');
    const database = read.fresh();
    const reader = otherProcess();
    expect(await reader(database, 'BEGIN; SELECT count(*) FROM parent')).toBe('ok');
    const run = new UpProcess(driver, database, read.migrations, 0);
    expect(await run.outcome()).toMatchObject({ versions: [1, 2, 3, 4] });
    expect(await reader(database, 'SELECT step FROM parent')).toBe('SQLITE_ERROR');
    expect(await reader(database, 'COMMIT; SELECT step FROM parent')).toBe('ok');
    await read.checkFinished(database, 'a reader in WAL mode');
    tried('many processes', 1);
  });
});
