import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { rounds } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';
import { faults, inject, survey, type Fault, type Point } from './strace/inject.ts';
import { look } from './strace/look.ts';
import { hasStrace, record, unlessStrace } from './strace/record.ts';
import { again, databaseIn, migrationsIn, prepare, scenarios, type Scenario } from './strace/scenarios.ts';

/**
 * A process has one of its system calls fail, or dies in it: writes, syncs, removals, renames, of the database, its
 * journals, and its backups. Afterwards nothing is lost, and the same command once more gets to the end.
 */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const sameNames = ['--import', file('strace/same-names.mjs')];

/** How a scenario is run, on the database in a folder. */
type Program = (scenario: Scenario, folder: string) => readonly string[];
const worker: Program = ({ operation }, folder) => [
  ...[...sameNames, file('strace/worker.mjs')],
  ...[operation, databaseIn(folder), migrationsIn(folder)],
];
const commandLine: Program = (_, folder) => [
  ...[...sameNames, file('../../dist/cli/dunlin.js'), 'up', '--driver', 'better-sqlite3'],
  ...['--database', databaseIn(folder), '--migrations', migrationsIn(folder)],
];

/** Of which faults, how many points a scenario and journal mode; all with DUNLIN_ROUNDS=full. */
const few = { worker: 12, commandLine: 6 } as const;
const seed = Number(process.env['DUNLIN_SEED'] ?? 20261121);
const only = process.env['DUNLIN_POINT'];

// Memory is as good as a disk here: a process that dies does not take the system's cache with it.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-strace-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { up, fails, down, create, restore } = scenarios;
const cases = [
  ...[up, fails, down, create, restore].map((scenario) => [scenario.name, scenario, worker, few.worker] as const),
  ['dunlin up', up, commandLine, few.commandLine] as const,
].flatMap(([name, scenario, program, count]) =>
  ['delete', 'wal'].map((mode) => ({ name, mode, scenario, program, count })),
);

describe('[E4] system calls that fail, or that a process dies in', () => {
  it.skipIf(!hasStrace).each(cases)(
    `$name, journal mode $mode (DUNLIN_SEED=${seed})${unlessStrace}`,
    async ({ name, mode, scenario, program, count }) => {
      const start = join(root, 'start');
      await prepare(scenario, start, mode);
      const environment = { DUNLIN_NOW: String(Date.now()) };
      const surveyed = join(root, 'survey');
      cpSync(start, surveyed, { recursive: true });
      const calls = record(program(scenario, surveyed), join(root, 'log'), environment, scenario.fails ? 1 : 0);
      const { points, paths } = survey(calls, surveyed, migrationsIn(surveyed));
      expect(await look(scenario, surveyed)).toMatchObject({ problems: [], complete: true, running: 0 });

      const plan = (Object.keys(faults) as Fault[])
        .flatMap((fault) => sample(points, rounds(count, points.length)).map((point) => ({ fault, point })))
        .map((one) => ({ ...one, title: `${name} ${mode} ${one.fault} ${one.point.call} ${one.point.at}` }))
        .filter(({ title }) => only === undefined || only === title);
      const bad: string[] = [];
      const seen = { died: 0, failed: 0, unharmed: 0, late: 0 };
      await twoAtATime(plan, async ({ fault, point, title }, slot) => {
        const folder = join(root, `run-${slot}`);
        cpSync(start, folder, { recursive: true });
        const ended = await inject(program(scenario, folder), folder, { paths }, point, fault, environment);
        const found = await look(scenario, folder);
        const problems = [...found.problems];
        if (!ended.hit) problems.push('the fault did not happen');
        if (ended.code === 0 && !found.complete) problems.push('it says that all is well, and it is not');
        if (ended.code === 0 && scenario.fails) problems.push('it says that all is well, and a migration fails');
        if (ended.code !== 0 && ended.code !== null && ended.stderr === '') problems.push('it failed without a word');
        if (fault === 'SIGKILL') seen.died += 1;
        else if (ended.code === 0) seen.unharmed += 1;
        else seen[found.complete ? 'late' : 'failed'] += 1;
        const code = await again(scenario, folder);
        if (code !== (scenario.fails ? 'STATEMENT_FAILED' : undefined)) problems.push(`once more: ${code}`);
        const after = await look(scenario, folder);
        problems.push(...after.problems.map((problem) => `once more: ${problem}`));
        if (!after.complete) problems.push('once more does not get to the end');
        if (after.running > 0) problems.push('a run is still said to be under way');
        if (problems.length > 0) bad.push(`DUNLIN_POINT='${title}': ${problems.join('; ')}\n${ended.stderr}`);
        rmSync(folder, { recursive: true });
      });
      rmSync(start, { recursive: true });
      rmSync(surveyed, { recursive: true });
      process.stdout.write(
        `strace, ${name}, ${mode}: ${plan.length} of ${points.length * 4}: ${JSON.stringify(seen)}\n`,
      );
      expect(bad.join('\n')).toBe('');
      tried('strace sweep', plan.length);
    },
    3_600_000,
  );
});

/** The first and the last of each kind of call, and others by chance. */
function sample(points: readonly Point[], count: number): readonly Point[] {
  if (count >= points.length) return points;
  const edges = points.filter(
    ({ call, at }) => at === 1 || !points.some((other) => other.call === call && other.at > at),
  );
  const chosen = new Set(edges);
  const next = random();
  while (chosen.size < count) chosen.add(points[Math.floor(next() * points.length)]!);
  return [...chosen].slice(0, count);
}

let state = seed;
/** Small and seeded; goes on from case to case. */
function random(): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Two processes on two cores. */
async function twoAtATime<T>(all: readonly T[], work: (one: T, slot: number) => Promise<void>): Promise<void> {
  const left = [...all];
  await Promise.all(
    [0, 1].map(async (slot) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one, slot);
    }),
  );
}
