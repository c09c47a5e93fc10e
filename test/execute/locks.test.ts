import { expect, it } from 'vitest';
import type { DunlinEvent, Host, Row } from '../../src/bridge/index.ts';
import { failureOf, onEveryDriver, type RunnerSetup, type TestDatabase } from '../support/databases.ts';

const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };

/** Time that passes only while somebody sleeps, and what happens when it has. */
function slept(after?: { readonly ms: number; readonly act: () => void }): {
  host: Partial<Host>;
  waited: () => number;
} {
  let now = 1_800_000_000_000;
  const start = now;
  let acted = false;
  const pass = (ms: number): void => {
    now += ms;
    if (after === undefined || acted || now - start < after.ms) return;
    acted = true;
    after.act();
  };
  return { host: { now: () => now, sleepSync: pass, sleep: async (ms) => pass(ms) }, waited: () => now - start };
}

onEveryDriver('another process has the database', (open) => {
  const populated = (mode: 'delete' | 'wal'): TestDatabase => {
    const db = open();
    db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)`);
    return db;
  };
  const nothing = (db: TestDatabase): void => expect(db.column('SELECT name FROM sqlite_schema')).toEqual(['t']);

  it.each(['delete', 'wal'] as const)('a writer, %s: LOCKED after the wait, nothing changed', async (mode) => {
    const db = populated(mode);
    const writer = db.connect();
    void writer.script('BEGIN IMMEDIATE');
    const time = slept();
    const error = await failureOf(() => db.up(files, { lockTimeoutMs: 3000, host: time.host }));
    expect(error).toMatchObject({
      code: 'LOCKED',
      message: 'app.db is in use by another process: waited 3 seconds to take its write lock.',
    });
    expect(time.waited()).toBeGreaterThanOrEqual(3000);
    expect(time.waited()).toBeLessThan(3100);
    void writer.script('ROLLBACK');
    nothing(db);
  });

  it.each(['delete', 'wal'] as const)('a writer that ends, %s: the run waits for it, and says so', async (mode) => {
    const db = populated(mode);
    const writer = db.connect();
    void writer.script('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)');
    const time = slept({ ms: 1200, act: () => void writer.script('COMMIT') });
    const events: DunlinEvent[] = [];
    expect(
      (await db.up(files, { lockTimeoutMs: 3000, host: time.host, onEvent: (event) => void events.push(event) }))
        .applied,
    ).toHaveLength(2);
    expect(time.waited()).toBeGreaterThanOrEqual(1200);
    expect(time.waited()).toBeLessThan(1300);
    const waiting = events.filter((event) => event.type === 'run:waiting');
    expect(waiting).toHaveLength(2);
    expect(waiting[0]).toMatchObject({ timeoutMs: 3000, holder: undefined });
    expect(waiting[1]?.waitedMs).toBeGreaterThanOrEqual(1000);
    expect(db.column('SELECT x FROM t')).toEqual([1, 2]);
  });

  it('names the run that holds the lock', async () => {
    const db = populated('wal');
    await db.up({ '001_a.sql': files['001_a.sql'] });
    const other = db.connect();
    void other.script(
      `INSERT INTO schema_migration_attempts (run_id, direction, status, started_at, host, pid, tool) VALUES ('x', 'up', 'running', '2026-11-21T04:00:00.000Z', 'web-1', 812, 'dunlin 1.0.0'); BEGIN IMMEDIATE`,
    );
    const events: DunlinEvent[] = [];
    const error = await failureOf(() =>
      db.up(files, { lockTimeoutMs: 700, host: slept().host, onEvent: (event) => void events.push(event) }),
    );
    expect(error.message).toContain('(dunlin 1.0.0, pid 812 on web-1, since 2026-11-21T04:00:00.000Z)');
    expect(events).toMatchObject([
      {
        type: 'run:waiting',
        holder: { pid: 812, host: 'web-1', tool: 'dunlin 1.0.0', since: '2026-11-21T04:00:00.000Z' },
      },
    ]);
    void other.script(
      `UPDATE schema_migration_attempts SET host = NULL, pid = NULL, tool = NULL WHERE run_id = 'x'; COMMIT; BEGIN IMMEDIATE`,
    );
    expect((await failureOf(() => db.up(files))).message).toContain(
      '(unknown, pid ? on ?, since 2026-11-21T04:00:00.000Z)',
    );
  });

  it('somebody who has it to himself is waited for, also by commands that only read', async () => {
    const db = populated('delete');
    await db.up({ '001_a.sql': files['001_a.sql'] });
    const other = db.connect();
    const locked = async (work: (setup: RunnerSetup) => unknown): Promise<void> => {
      void other.script('BEGIN EXCLUSIVE');
      const setup = { lockTimeoutMs: 500, host: slept().host };
      expect(await failureOf(() => work(setup))).toMatchObject({
        code: 'LOCKED',
        message: expect.stringContaining('to read'),
      });
      const patient = slept({ ms: 300, act: () => void other.script('ROLLBACK') });
      await work({ lockTimeoutMs: 500, host: patient.host });
    };
    const sync = db.variant.api === 'sync';
    await locked((setup) => (sync ? db.runner(files, setup).statusSync() : db.runner(files, setup).status()));
    await locked((setup) => db.runner(files, setup).status());
    await locked((setup) => db.runner(files, setup).plan());
    await locked((setup) => db.runner(files, setup).check());
    await locked((setup) => db.runner(files, setup).history());
    await locked((setup) => db.runner(files, setup).repairs());
    await locked((setup) => db.up(files, setup));
  });

  it('a reader holds up COMMIT in rollback mode: the run waits for it', async () => {
    const db = populated('delete');
    await db.up({});
    const reader = db.connect();
    void reader.script('BEGIN');
    void reader.query('SELECT * FROM t', []);
    const time = slept({ ms: 400, act: () => void reader.script('COMMIT') });
    expect((await db.up(files, { lockTimeoutMs: 1000, host: time.host })).applied).toHaveLength(2);
    expect(time.waited()).toBeGreaterThanOrEqual(400);
    expect(time.waited()).toBeLessThan(500);
  });

  it('a reader that stays: LOCKED after the wait, all rolled back, and no second wait for the record', async () => {
    const db = populated('delete');
    await db.up({ '001_a.sql': files['001_a.sql'] });
    const reader = db.connect();
    let commits = 0;
    const sqliteWaits: Row[] = [];
    // The reader comes after the run's first transaction, which writes that it is under way.
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'COMMIT') sqliteWaits.push(...(bridge.query('PRAGMA busy_timeout', []) as readonly Row[]));
        void bridge.script(sql);
        if (sql === 'COMMIT' && ++commits === 1) {
          void reader.script('BEGIN');
          void reader.query('SELECT * FROM t', []);
        }
      },
    });
    const time = slept();
    const error = await failureOf(() => db.up(files, { lockTimeoutMs: 1000, host: time.host, wrap }));
    expect(error).toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('to commit'),
      applied: [],
      pending: [{ version: 2 }],
    });
    expect(time.waited()).toBeGreaterThanOrEqual(1000);
    expect(time.waited()).toBeLessThan(1100);
    // SQLite itself did not wait on top of that.
    expect(sqliteWaits.length).toBeGreaterThan(2);
    expect(new Set(sqliteWaits.map(({ timeout }) => timeout))).toEqual(new Set([0]));
    void reader.script('COMMIT');
    expect(db.versions()).toEqual([1]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'b'`)).toBe(0);
    expect((await db.up(files)).applied).toHaveLength(1);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', 'run up interrupted', 'run up ok', '2 up ok']);
  });

  it('a statement outside a transaction waits as well', async () => {
    const db = populated('wal');
    const vacuum = { '001_v.sql': '-- dunlin: no-transaction\nVACUUM;' };
    const writer = db.connect();
    const block =
      (when: string) =>
      (bridge: typeof db.bridge): typeof db.bridge => ({
        ...bridge,
        script: (sql) => {
          if (sql === when && bridge.inTransaction?.() === false) {
            try {
              void writer.script('BEGIN IMMEDIATE');
            } catch {
              // It has it already.
            }
          }
          return bridge.script(sql);
        },
      });
    const time = slept();
    expect(
      await failureOf(() => db.up(vacuum, { lockTimeoutMs: 500, host: time.host, wrap: block('VACUUM') })),
    ).toMatchObject({ code: 'LOCKED', message: expect.stringContaining('to run a statement outside a transaction') });
    void writer.script('ROLLBACK');
    expect(db.versions()).toEqual([]);
    expect((await db.up(vacuum)).applied).toHaveLength(1);
  });

  it('baseline, repair and reset take the write lock, too', async () => {
    const db = populated('wal');
    const writer = db.connect();
    void writer.script('BEGIN IMMEDIATE');
    const runner = db.runner(files);
    for (const command of [
      () => runner.baseline(1),
      () => runner.repair([1]),
      () => runner.reset({ confirm: 'app.db' }),
    ])
      expect(await failureOf(command)).toMatchObject({ code: 'LOCKED' });
    void writer.script('ROLLBACK');
    nothing(db);
  });

  it('an error that is no lock is not waited for', async () => {
    const db = populated('delete');
    const time = slept();
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'BEGIN IMMEDIATE')
          throw Object.assign(new Error('readonly'), { code: 'SQLITE_READONLY_DIRECTORY' });
        return bridge.script(sql);
      },
    });
    expect(await failureOf(() => db.up(files, { lockTimeoutMs: 1000, host: time.host, wrap }))).toMatchObject({
      code: 'DATABASE_READONLY',
    });
    expect(time.waited()).toBe(0);
    nothing(db);
  });
});
