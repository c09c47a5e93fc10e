import { expect, it } from 'vitest';
import type { Host } from '../../src/bridge/index.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import type { RunResult } from '../../src/lock/run-options.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import { tried } from '../support/fault-points.ts';
import { failureOf, onEveryDriver, registryOf, type TestDatabase } from '../support/databases.ts';

const text = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

const files = {
  '001_notes.sql': text('CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);', 'DROP TABLE notes;'),
  '002_title.sql': text('ALTER TABLE notes ADD COLUMN title TEXT;', 'ALTER TABLE notes DROP COLUMN title;'),
  '003_tag.sql': text('ALTER TABLE notes ADD COLUMN tag TEXT;', 'ALTER TABLE notes DROP COLUMN tag;'),
  '004_copy.sql': text(
    `UPDATE notes SET title = tag; INSERT INTO notes (body) VALUES ('by 004');`,
    `DELETE FROM notes WHERE body = 'by 004';`,
  ),
};

/** How a run goes down. */
interface Move {
  readonly name: string;
  readonly run: (runner: MigrationRunner, sync: boolean) => RunResult | Promise<RunResult>;
}

const down: Move = { name: 'down', run: (runner, sync) => (sync ? runner.downSync() : runner.down()) };
const downTo: Move = {
  name: 'down --to 1',
  run: (runner, sync) => (sync ? runner.downSync({ to: 1 }) : runner.down({ to: 1 })),
};
const downAll: Move = {
  name: 'down --all',
  run: (runner, sync) => (sync ? runner.downSync({ all: true }) : runner.down({ all: true })),
};
const to: Move = { name: 'to 2', run: (runner, sync) => (sync ? runner.toSync(2) : runner.to(2)) };
const redo: Move = { name: 'redo', run: (runner, sync) => (sync ? runner.redoSync() : runner.redo()) };

/** What another process does while the run waits for the lock that this process holds. */
interface Meanwhile {
  readonly name: string;
  readonly work: (other: MigrationRunner, script: (sql: string) => void) => void;
}

const applies: Meanwhile = { name: 'applies 004', work: (other) => void other.upSync() };
const rollsBack: Meanwhile = { name: 'rolls back 003', work: (other) => void other.downSync() };
const writes: Meanwhile = {
  name: 'writes rows',
  work: (_, script) => script(`INSERT INTO notes (body) VALUES ('meanwhile')`),
};
const nothing: Meanwhile = { name: 'changes nothing', work: () => undefined };

/** Time that passes only while the run sleeps: `act` happens when it first does. */
function hostThat(act: () => void): Partial<Host> {
  let now = 1_800_000_000_000;
  let acted = false;
  const pass = (ms: number): void => {
    now += ms;
    if (acted) return;
    acted = true;
    act();
  };
  return { now: () => now, sleepSync: pass, sleep: async (ms) => pass(ms) };
}

onEveryDriver('a run that goes down and waits for the lock', (open, { api }) => {
  /** 001 to 003 are applied; `state` is what the database holds when the other process has ended. */
  async function wait(
    move: Move,
    meanwhile: Meanwhile,
  ): Promise<{ db: TestDatabase; state: () => string; run: () => RunResult | Promise<RunResult> }> {
    const db = open();
    await db.up(files, {}, { to: 3 });
    db.exec(`INSERT INTO notes (body, title, tag) VALUES ('first', 'one', 'red')`);
    const other = db.connect();
    void other.script('BEGIN IMMEDIATE');
    let state = '';
    const host = hostThat(() => {
      void other.script('COMMIT');
      const parts = {
        bridge: () => other,
        registry: () => registryOf(files),
        host: nodeHost,
        database: 'app.db',
        owned: false,
      };
      meanwhile.work(new MigrationRunner(parts, { lockTimeoutMs: 0, backup: 'off' }), (sql) => void other.script(sql));
      state = stateOf(db);
    });
    const runner = db.runner(files, { lockTimeoutMs: 5000, host });
    return { db, state: () => state, run: () => move.run(runner, api === 'sync') };
  }

  for (const [move, meanwhile] of [
    [down, applies],
    [downTo, applies],
    [downAll, applies],
    [to, applies],
    [redo, applies],
    [down, rollsBack],
    [downTo, rollsBack],
    [redo, rollsBack],
  ] as const)
    it(`refused: ${move.name}, while another process ${meanwhile.name}`, async () => {
      tried('guards', 1);
      const { db, state, run } = await wait(move, meanwhile);
      const error = await failureOf(run);
      expect(error.code).toBe('PLAN_CHANGED');
      expect(exitCodeOf(error)).toBe(75);
      const text = `${error.message}\n${error.hint}`;
      // Both lists: what was planned, and what would be done now.
      expect(text).toMatch(/\b003_tag\b/);
      expect(text).toMatch(meanwhile === applies ? /\b004_copy\b/ : /\b002_title\b/);
      expect(state()).not.toBe('');
      expect(stateOf(db)).toBe(state());
    });

  const moves = [down, downTo, downAll, to, redo];
  for (const [move, meanwhile] of moves.flatMap((move) => [[move, writes] as const, [move, nothing] as const]))
    it(`passes: ${move.name}, while another process ${meanwhile.name}`, async () => {
      tried('guards', 1);
      const { state, run } = await wait(move, meanwhile);
      const { applied } = await run();
      expect(state()).not.toBe('');
      expect(applied[0]).toMatchObject({ version: 3, direction: 'down' });
    });
});

/** Content and applied versions. */
function stateOf(db: TestDatabase): string {
  return `${db.content()} ${db.versions().join(' ')}`;
}
