import { fork, type ChildProcess } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { driversAndModes } from '../support/processes.ts';
import { random, seed } from '../support/random.ts';
import { readBack, rounds, startWorker, workspace } from './support.ts';

// Four cases: 20 rounds in all, or 200.
const repeats = rounds(5, 50);
const newest = 6;

/** Each migration also writes into the table of the one before it, so that a table dropped below it takes rows along. */
const files: Record<string, string> = {};
for (let version = 1; version <= newest; version++) {
  const before = version === 1 ? [] : [`INSERT INTO t${version - 1} (v) VALUES ('from ${version}');`];
  const undone = version === 1 ? [] : [`DELETE FROM t${version - 1} WHERE v = 'from ${version}';`];
  files[`00${version}_t${version}.sql`] = [
    // These have a transaction of their own, so that a run of several lets go of the lock in between.
    ...(version % 2 === 1 ? ['-- dunlin: foreign-keys on'] : []),
    '-- === UP MIGRATION ===',
    `CREATE TABLE t${version} (id INTEGER PRIMARY KEY, v TEXT);`,
    `INSERT INTO t${version} (v) VALUES ('own');`,
    ...before,
    '-- === DOWN MIGRATION ===',
    ...undone,
    `DROP TABLE t${version};`,
    '',
  ].join('\n');
}

/** What a process is asked to do: a method of the runner with its arguments. */
type Ask = readonly [method: string, ...args: unknown[]];
interface Answer {
  readonly moves?: readonly Move[];
  readonly code?: string;
  readonly message?: string;
}
interface Move {
  readonly version: number;
  readonly direction: string;
}

const ups: readonly Ask[] = [
  ['up', {}],
  ['up', { steps: 1 }],
  ['up', { to: 5 }],
];
const downs: readonly Ask[] = [
  ['down', {}],
  ['down', { steps: 3 }],
  ['down', { to: 2 }],
  ['down', { all: true }],
  ['to', 2],
  ['to', 4],
  ['redo'],
];

/** How a run may be refused. A migration that has a transaction of its own cannot be redone. */
const refusals = new Set(['PLAN_CHANGED', 'ATOMIC_RUN_SPLIT']);

describe.each(driversAndModes)('processes that go up and down at once, with %s, journal mode %s', (driver, mode) => {
  it(`leave no gap, and roll nothing back below a newer one: ${repeats} times (DUNLIN_SEED=${seed})`, async () => {
    const { folder, migrations, remove } = workspace(files);
    onTestFinished(remove);
    const made = await madeInTurn(driver, mode, folder);
    const workers = await Promise.all(Array.from({ length: 3 }, () => startMover()));
    const next = random(seed + driversAndModes.findIndex((one) => one[0] === driver && one[1] === mode));
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    const seen = { changed: 0, rolledBack: 0, applied: 0 };
    for (let round = 0; round < repeats; round++) {
      const start = 2 + Math.floor(next() * (newest - 1));
      const database = join(folder, `round-${round}.db`);
      copyFileSync(made[start]!.path, database);
      const asks = [pick(ups), pick(downs), pick([...ups, ...downs])];
      const delays = asks.map(() => 25 * next());
      const about = `DUNLIN_SEED=${seed}, round ${round}, from ${start}: ${JSON.stringify(asks)} after ${delays.join(', ')} ms`;
      // Processes that start meanwhile have planned, and wait for the lock; which one gets it first is chance.
      const holder = new Database(database);
      holder.exec('BEGIN IMMEDIATE');
      const answers = workers.map((worker, i) =>
        worker({ driver, database, migrations, ask: asks[i]!, delayMs: delays[i]! }),
      );
      await new Promise((resolve) => setTimeout(resolve, 40 * next()));
      holder.exec('COMMIT');
      holder.close();
      for (const { code, moves = [], message } of await Promise.all(answers)) {
        if (code !== undefined) expect(refusals, `${about}\n${message}`).toContain(code);
        if (code === 'PLAN_CHANGED') seen.changed += 1;
        for (const { direction } of moves) seen[direction === 'up' ? 'applied' : 'rolledBack'] += 1;
      }
      check(database, made, about);
    }
    expect(seen.applied + seen.rolledBack).toBeGreaterThan(0);
    // In few rounds it may be that nobody meets.
    if (repeats >= 50) expect(seen.changed).toBeGreaterThan(0);
  }, 600_000);
});

/** Looks at what is left: what is applied, what it has made, and in which order that came to be. */
function check(database: string, made: readonly { readonly content: string }[], about: string): void {
  const { versions, content, integrity } = readBack(database);
  expect(versions, about).toEqual(versions.map((_, index) => index + 1));
  expect(content === made[versions.length]!.content, `${about}: other rows than those of 1 to ${versions.length}`).toBe(
    true,
  );
  expect(integrity, about).toBe('ok');
  const applied: number[] = [];
  for (const { version, direction } of movesIn(database)) {
    if (direction === 'up') {
      expect(version, `${about}: a gap`).toBe(applied.length + 1);
      applied.push(version);
    } else {
      expect(version, `${about}: rolled back below a newer one`).toBe(applied.at(-1));
      applied.pop();
    }
  }
  expect(applied, about).toEqual(versions);
}

/** Every move that succeeded, in the order of the log, which is that of the commits. */
function movesIn(database: string): Move[] {
  const db = new Database(database, { readonly: true });
  try {
    const log = db.prepare(
      `SELECT version, direction FROM schema_migration_attempts WHERE version IS NOT NULL AND status = 'ok' ORDER BY id`,
    );
    expect(db.prepare(`SELECT count(*) FROM schema_migration_attempts WHERE status = 'running'`).pluck().get()).toBe(0);
    return log.all() as Move[];
  } finally {
    db.close();
  }
}

/** A database with each number of migrations, from none to all, made by one process after the other. */
async function madeInTurn(
  driver: string,
  mode: string,
  folder: string,
): Promise<{ readonly path: string; readonly content: string }[]> {
  const made: { path: string; content: string }[] = [];
  for (let count = 0; count <= newest; count++) {
    const path = join(folder, `made-${count}.db`);
    const db = new Database(path);
    db.pragma(`journal_mode = ${mode}`);
    db.close();
    const part = workspace(Object.fromEntries(Object.entries(files).slice(0, count)));
    // With nothing to apply no table is made.
    if (count > 0) expect((await startWorker(driver, path, part.migrations).result).stderr).toBe('');
    part.remove();
    made.push({ path, content: count > 0 ? readBack(path).content : '[[],[]]' });
  }
  return made;
}

/** A process that stays, so that a round is not the start of one. */
async function startMover(): Promise<
  (order: { driver: string; database: string; migrations: string; ask: Ask; delayMs: number }) => Promise<Answer>
> {
  const child: ChildProcess = fork(fileURLToPath(new URL('moves-worker.mjs', import.meta.url)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const answer = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the process has ended'));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message as T);
      });
    });
  await answer();
  return async ({ ask: [method, ...args], ...order }) => {
    const answered = answer<Answer>();
    child.send({ ...order, method, args });
    return await answered;
  };
}
