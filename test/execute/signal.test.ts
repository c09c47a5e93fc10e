import { expect, it } from 'vitest';
import type { DunlinEvent, Host } from '../../src/bridge/index.ts';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const pair = (name: string): string =>
  `-- === UP MIGRATION ===\nCREATE TABLE ${name} (x);\n-- === DOWN MIGRATION ===\nDROP TABLE ${name};\n`;
const files = { '001_a.sql': pair('a'), '002_b.sql': pair('b'), '003_c.sql': pair('c') };

/** A runner of the library on an existing connection: `up()` is asynchronous, the driver is not. */
function runnerOn(db: TestDatabase, options: RunOptions): MigrationRunner {
  return new MigrationRunner({ database: db.bridge, migrations: files, backup: 'off', ...options });
}

/** A signal that other code of the process sets, in a turn of its own, once the event has come. */
function setAfter(type: DunlinEvent['type']): { signal: AbortSignal; onEvent: (event: DunlinEvent) => void } {
  const controller = new AbortController();
  const onEvent = (event: DunlinEvent): void => {
    if (event.type === type) setImmediate(() => controller.abort());
  };
  return { signal: controller.signal, onEvent };
}

onEveryDriver('a signal that other code sets during an asynchronous run', (open) => {
  it('stops before the next migration on the way up, and the next run continues', async () => {
    const db = open();
    expect(await runnerOn(db, setAfter('migration:done')).up()).toMatchObject({
      aborted: true,
      applied: [{ version: 1 }],
      pending: [{ version: 2 }, { version: 3 }],
    });
    expect(await runnerOn(db, {}).up()).toMatchObject({ aborted: false, applied: [{ version: 2 }, { version: 3 }] });
  });

  it('on the way down', async () => {
    const db = open();
    await runnerOn(db, {}).up();
    expect(await runnerOn(db, setAfter('migration:done')).down({ all: true })).toMatchObject({
      aborted: true,
      applied: [{ version: 3, direction: 'down' }],
      to: 2,
    });
  });

  it('during a statement: the migration is finished first', async () => {
    const db = open();
    expect(await runnerOn(db, setAfter('migration:statement')).up()).toMatchObject({ applied: [{ version: 1 }] });
  });

  it('before the first: nothing is applied', async () => {
    const db = open();
    expect(await runnerOn(db, setAfter('run:start')).up()).toMatchObject({ aborted: true, applied: [] });
  });

  it('is heard where a logger listens and nobody else', async () => {
    const controller = new AbortController();
    const info = (): void => void setImmediate(() => controller.abort());
    const logger = { info, warn: info, error: info };
    const db = open();
    expect((await runnerOn(db, { signal: controller.signal, logger }).up()).aborted).toBe(true);
  });

  it('ends the wait for a lock: LOCKED, and nothing was changed', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x)');
    const writer = db.connect();
    void writer.script('BEGIN IMMEDIATE');
    const { signal, onEvent } = setAfter('run:waiting');
    const error = await failureOf(() => runnerOn(db, { signal, onEvent, lockTimeoutMs: 600_000 }).up());
    expect(error.code).toBe('LOCKED');
    void writer.script('ROLLBACK');
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual(['t']);
  });

  it('does not cut the wait for a COMMIT short: what is done is kept', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = delete; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const reader = db.connect();
    const controller = new AbortController();
    const onEvent = (event: DunlinEvent): void => {
      if (event.type !== 'migration:done' || controller.signal.aborted) return;
      void reader.script('BEGIN');
      void reader.query('SELECT * FROM t', []);
      controller.abort();
      setTimeout(() => void reader.script('ROLLBACK'), 200);
    };
    const result = await runnerOn(db, { signal: controller.signal, onEvent, lockTimeoutMs: 600_000 }).up();
    expect(result).toMatchObject({ aborted: true, applied: [{ version: 1 }] });
  });
});

it('a listener that throws fails a run with a signal as it does one without', async () => {
  const db = openTestDatabase();
  const onEvent = (): void => {
    throw new Error('boom');
  };
  const { signal } = new AbortController();
  expect((await failureOf(() => runnerOn(db, { signal, onEvent }).up())).code).toBe('LISTENER_FAILED');
  expect(db.versions()).toEqual([1, 2, 3]);
});

it('a host without turns gives them by sleeping', async () => {
  const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
  const controller = new AbortController();
  let slept = 0;
  const host: Partial<Host> = {
    sleep: async (ms) => {
      expect(ms).toBe(0);
      slept += 1;
      controller.abort();
    },
  };
  Reflect.set(host, 'turn', undefined);
  expect((await db.up(files, { host, signal: controller.signal })).aborted).toBe(true);
  expect(slept).toBeGreaterThan(0);
});

it('a host may give a turn only now and then, as that of the command line does', async () => {
  const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
  let [now, turns, heard] = [1_700_000_000_000, 0, 0];
  const host: Partial<Host> = {
    now: () => now,
    turn: async () => void (turns += 1),
    turnEveryMs: 20,
  };
  const onEvent = (event: DunlinEvent): void => {
    heard += 1;
    if (event.type === 'migration:done') now += 15;
  };
  const signal = { aborted: false };
  expect((await db.up(files, { host, signal, onEvent })).applied).toHaveLength(3);
  // At the first event, and after the second migration.
  expect(turns).toBe(2);
  expect(heard).toBeGreaterThan(6);
});

it('without a signal other code has no turn in the middle of a transaction', async () => {
  const db = openTestDatabase();
  let turns = 0;
  let done = false;
  const onEvent = (event: DunlinEvent): void => {
    if (event.type === 'migration:start') setImmediate(() => void (done ? 0 : (turns += 1)));
    if (event.type === 'run:done') done = true;
  };
  await runnerOn(db, { onEvent }).up();
  expect(turns).toBe(0);
});
