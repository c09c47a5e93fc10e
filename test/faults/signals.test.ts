import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rounds } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';
import { KilledRun } from '../support/killed-run.ts';
import { driversAndModes } from '../support/processes.ts';
import { random, seed } from '../support/random.ts';
import { UpProcess } from '../support/up-process.ts';

// Four cases: 28 kills in CI, 200 in all.
const kills = rounds(7, 50);

describe.each(driversAndModes)('a run with backups, with %s, journal mode %s', (driver, mode) => {
  it(`is killed at a random moment, and the next run finishes: ${kills} times (DUNLIN_SEED=${seed})`, async () => {
    const killed = new KilledRun(mode);
    const whole = new UpProcess(driver, killed.fresh(), killed.migrations, 1000);
    expect(await whole.ended).toBe(0);
    const next = random(seed);
    let died = 0;
    for (let round = 0; round < kills; round++) {
      const database = killed.fresh();
      const run = new UpProcess(driver, database, killed.migrations, 1000);
      const [facts, ms] = [1 + Math.floor(next() * whole.facts.length), 15 * next()];
      if ((await run.killed(facts, ms)) === 'SIGKILL') died += 1;
      const about = `DUNLIN_SEED=${seed}, round ${round}, killed ${ms} ms after ${facts} events`;
      killed.checkKilled(database, about);
      const again = new UpProcess(driver, database, killed.migrations, 1000);
      expect(await again.outcome(), about).toMatchObject({ type: 'applied' });
      await killed.checkFinished(database, about);
    }
    expect(died).toBeGreaterThan(0);
    tried('signals', died);
  });
});

const canStop = process.platform === 'linux' && readFileSync('/proc/self/stat', 'utf8').includes(') R ');

const stops = [
  ['backup:start', 'SIGCONT'],
  ['migration:start', 'SIGKILL'],
  ['backup:done', 'SIGKILL'],
  ['migration:start', 'SIGCONT'],
] as const;

describe.each(driversAndModes)('a run that is stopped, with %s, journal mode %s', (driver, mode) => {
  it.skipIf(!canStop).each(stops.slice(0, rounds(2, 4)))(
    `at %s keeps its lock until %s${canStop ? '' : ' (skipped: this system does not tell what is stopped)'}`,
    { timeout: 180_000 },
    async (event, signal) => {
      const stopped = new KilledRun(mode);
      const database = stopped.fresh();
      const holder = new UpProcess(driver, database, stopped.migrations, 1000, event);
      expect(await holder.tells(event)).toBeDefined();
      await holder.stopped();
      expect(holder.facts.at(-1)).toMatchObject({ type: event });

      const impatient = new UpProcess(driver, database, stopped.migrations, 1000);
      const patient = new UpProcess(driver, database, stopped.migrations, 60_000);
      expect(await impatient.outcome()).toMatchObject({
        code: 'LOCKED',
        message: expect.stringContaining(`pid ${holder.pid} on`),
      });
      expect(await patient.tells('run:waiting')).toMatchObject({ holder: { pid: holder.pid } });

      const began = performance.now();
      if (signal === 'SIGCONT') {
        await holder.goesOn();
        // A run of more than two seconds lets others in after each commit, and a busy machine may stop it that long.
        const [held, waited] = [await holder.outcome(), await patient.outcome()];
        expect([held?.['versions'], waited?.['versions']].flat()).toEqual([1, 2, 3, 4]);
      } else {
        holder.signal(signal);
        await patient.tells('run:start');
        // By a lock that has to grow old it would take as long as the patient one waits, and longer.
        expect(performance.now() - began).toBeLessThan(20_000);
        expect(await patient.outcome()).toMatchObject({ versions: [1, 2, 3, 4] });
      }
      await stopped.checkFinished(database, `${event}, ${signal}`);
      tried('signals', 1);
    },
  );
});
