import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { rounds } from '../concurrency/support.ts';
import { catalogue } from '../../src/errors/index.ts';
import { tried } from '../support/fault-points.ts';
import { faults, inject, survey, type Fault, type Injected, type Point } from './strace/inject.ts';
import { look, type Found } from './strace/look.ts';
import { random } from './strace/random.ts';
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
const worker: Program = ({ operation }, folder) =>
  sameNames.concat(file('strace/worker.mjs'), operation, databaseIn(folder), migrationsIn(folder));
const commandLine: Program = (_, folder) =>
  sameNames.concat(file('../../dist/cli/dunlin.js'), [
    'up',
    '--driver',
    'better-sqlite3',
    '--database',
    databaseIn(folder),
    '--migrations',
    migrationsIn(folder),
  ]);

/** Points for each fault, scenario and journal mode. */
const count = { worker: rounds(6, Infinity), commandLine: rounds(3, 40) } as const;
const seed = Number(process.env['DUNLIN_SEED'] ?? 20261121);
const only = process.env['DUNLIN_POINT'];

// Memory is as good as a disk here: a process that dies does not take the system's cache with it.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-strace-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { up, fails, down, create, restore, damaged } = scenarios;
const cases = [
  ...[up, fails, down, create, restore, damaged].map(
    (scenario) => [scenario.name, scenario, worker, count.worker] as const,
  ),
  ['dunlin up', up, commandLine, count.commandLine] as const,
].flatMap(([name, scenario, program, count]) =>
  ['delete', 'wal'].map((mode) => ({ name, mode, scenario, program, count })),
);

describe('system calls that fail, or that a process dies in', () => {
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

      const next = random(seed);
      const plan = (Object.keys(faults) as Fault[])
        .flatMap((fault) =>
          sample(points, only === undefined ? count : Infinity, next).map((point) => ({ fault, point })),
        )
        .map((one) => ({ ...one, title: `${name} ${mode} ${one.fault} ${one.point.call} ${one.point.at}` }))
        .filter(({ title }) => only === undefined || only === title);
      const bad: string[] = [];
      const seen = { died: 0, failed: 0, unharmed: 0, late: 0 };
      await twoAtATime(plan, async ({ fault, point, title }, slot) => {
        const folder = join(root, `run-${slot}`);
        cpSync(start, folder, { recursive: true });
        const ended = await inject(program(scenario, folder), folder, { paths }, point, fault, environment);
        const found = await look(scenario, folder);
        if (fault === 'SIGKILL') seen.died += 1;
        else if (ended.code === 0) seen.unharmed += 1;
        else seen[found.complete ? 'late' : 'failed'] += 1;
        const problems = [
          ...found.problems,
          ...problemsOf(scenario, fault, ended, found),
          ...(await repeat(scenario, folder)),
        ];
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

/** A fault is reported by a code that has a page, or has done no harm. */
function problemsOf(scenario: Scenario, fault: Fault, { code, stderr, hit }: Injected, { complete }: Found): string[] {
  const problems: string[] = [];
  if (!hit) problems.push('the fault did not happen');
  if (fault === 'SIGKILL') return problems;
  if (code === null) problems.push('it did not come to an end');
  if (code === 0 && !complete) problems.push('it says that all is well, and it is not');
  if (code === 0 && scenario.fails === true) problems.push('it says that all is well, and a migration fails');
  const hasCode = stderr.match(/\b[A-Z][A-Z_]+\b/g)?.some((word) => word in catalogue) ?? false;
  if (code !== 0 && !hasCode) problems.push('it fails without a code');
  return problems;
}

/** The same once more, by itself: nobody has to unlock or to repair anything. */
async function repeat(scenario: Scenario, folder: string): Promise<string[]> {
  const problems: string[] = [];
  const code = await again(scenario, folder);
  const wanted = scenario.fails === true ? 'STATEMENT_FAILED' : undefined;
  if (code !== wanted) problems.push(`it ends with ${code}`);
  const found = await look(scenario, folder);
  problems.push(...found.problems);
  if (!found.complete) problems.push('it does not get to the end');
  if (found.running > 0) problems.push('a run is still said to be under way');
  return problems.map((problem) => `once more: ${problem}`);
}

/** The first and the last of each kind of call come before the others; which of them is left to chance. */
function sample(points: readonly Point[], count: number, next: () => number): readonly Point[] {
  const isEdge = ({ call, at }: Point): boolean =>
    at === 1 || !points.some((other) => other.call === call && other.at > at);
  const chosen = points.map((point) => ({ point, rank: next() - (isEdge(point) ? 0.3 : 0) }));
  return chosen
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ point }) => point);
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
