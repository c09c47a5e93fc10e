import { describe, expect, it } from 'vitest';
import { runSync, type DatabaseBridge, type Host, type Op } from '../../src/bridge/index.ts';
import { run } from '../../src/execute/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { provenBackups } from '../support/backups.ts';
import { failureOf, onEveryDriver, openTestDatabase, registryOf, type TestDatabase } from '../support/databases.ts';

/** A clock that only migrations move on. */
class Clock {
  now = Date.UTC(2030, 0, 1);
  readonly host = { now: (): number => this.now };
}

/** Five migrations, each of which takes a time; `work` is called in each. */
function slow(clock: Clock, ms: number, work: (version: number) => void = () => undefined) {
  return [1, 2, 3, 4, 5].map((version) =>
    defineMigration({
      version,
      name: `m${version}`,
      up(db: MigrationDatabase) {
        void db.exec(`CREATE TABLE t${version} (x); INSERT INTO t${version} VALUES (${version})`);
        clock.now += ms;
        work(version);
      },
      down: (db: MigrationDatabase) => {
        void db.exec(`DROP TABLE t${version}`);
        clock.now += ms;
      },
      destructive: true,
    }),
  );
}

/** Counts the commits, each of which may take its time or be followed by something. */
function counting(after: (commits: number) => void = () => undefined) {
  const counted = { commits: 0 };
  const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
    ...bridge,
    script(sql) {
      const answer = bridge.script(sql);
      if (sql === 'COMMIT') after((counted.commits += 1));
      return answer;
    },
  });
  return { counted, wrap };
}

/** The one that says that the run has begun comes first. */
const cases: readonly (readonly [what: string, ms: number, options: RunOptions, commits: number])[] = [
  ['a short run', 399, {}, 1],
  ['a run that takes two seconds', 500, {}, 2],
  ['a long run', 2000, {}, 5],
  ['a long run with `run`', 2000, { commit: 'run' }, 1],
  ['a long run that a failure rolls back completely', 2000, { atomic: 'run' }, 1],
  ['a short run with `migration`', 1, { commit: 'migration' }, 5],
  ['a run with a commit every four seconds', 2000, { commit: { everyMs: 4000 } }, 3],
];

onEveryDriver('a run', (open) => {
  it.each(cases)('%s, %d ms each, %j, is committed so many times', async (_, ms, options, commits) => {
    const db = open();
    const clock = new Clock();
    const { counted, wrap } = counting();
    const setup = { ...options, wrap, host: clock.host };
    const { applied, backup } = await db.up(slow(clock, ms), setup);
    expect(counted.commits).toBe(commits + 1);
    expect([applied.length, backup]).toEqual([5, undefined]);
    const back = counting();
    await db.down(slow(clock, ms), { ...setup, wrap: back.wrap }, { all: true });
    expect(back.counted.commits).toBe(commits + 1);
    expect(db.attempts().filter((line) => line.startsWith('run'))).toEqual(['run up ok', 'run down ok']);
  });

  it('is the same in one transaction and in five', async () => {
    const results: unknown[] = [];
    for (const commit of ['run', 'migration'] as const) {
      const db = open();
      const clock = new Clock();
      const { applied, notes, to } = await db.up(slow(clock, 10), { commit, host: clock.host });
      const status = await db.runner(slow(clock, 10)).status();
      results.push([db.content(), db.versions(), db.attempts(), applied, notes, to, status.drift, status.problems]);
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('keeps what is committed when a later migration fails', async () => {
    const db = open();
    const clock = new Clock();
    const migrations = slow(clock, 1, (version) => {
      if (version === 4) throw new Error('not today');
    });
    const error = await failureOf(() => db.up(migrations, { commit: 'migration' }));
    expect(error).toMatchObject({ code: 'FUNCTION_FAILED', failed: { version: 4 }, pending: [{ version: 5 }] });
    expect(error.applied?.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(db.versions()).toEqual([1, 2, 3]);
    expect((await db.up(slow(clock, 1), { commit: 'migration' })).applied.map(({ version }) => version)).toEqual([
      4, 5,
    ]);
  });

  it('protects in five transactions what it protects in one', async () => {
    const losses: readonly Record<string, string>[] = [
      {
        '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1), (2); CREATE INDEX by_x ON a (x);',
        '002_b.sql':
          'CREATE TABLE b (x); INSERT INTO b SELECT x FROM a WHERE x > 1; DROP TABLE a; ALTER TABLE b RENAME TO a;',
      },
      {
        '001_a.sql': 'CREATE TABLE a (x); CREATE VIEW v AS SELECT x FROM a;',
        '002_b.sql': 'DROP TABLE a;',
      },
      {
        '001_a.sql': 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p);',
        '002_b.sql': 'INSERT INTO c VALUES (7);',
      },
      { '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);', '002_b.sql': 'DELETE FROM a; DROP TABLE a;' },
    ];
    for (const [index, files] of losses.entries()) {
      const [whole, parts] = await Promise.all(
        (['run', 'migration'] as const).map(async (commit) => {
          const db = open();
          try {
            return [(await db.up(files, { commit })).applied.length, db.content(), db.attempts()];
          } catch (error) {
            return [(error as Error).message, db.content(), db.attempts()];
          }
        }),
      );
      expect(parts, `number ${index}`).toEqual(whole);
    }
  });

  it('of a new installation stays one, as long as nobody else writes', async () => {
    for (const writes of [false, true]) {
      const db = open();
      const other = db.connect();
      const { wrap } = counting((commits) => {
        if (writes && commits === 3) other.script('INSERT INTO t1 VALUES (8)');
      });
      const { backup } = await db.up(slow(new Clock(), 1), { commit: 'migration', backup: 'always', wrap });
      // A new installation has nothing that would be worth a backup.
      expect(backup?.id.replace(/^\w+-/, '')).toBe(writes ? 'before-0003' : undefined);
    }
  });

  it('makes one backup, and another one for what others have committed in between', async () => {
    for (const writes of [0, 1, 4]) {
      const db = open();
      db.exec('CREATE TABLE kept (x)');
      const clock = new Clock();
      const other = db.connect();
      const { wrap } = counting((commits) => {
        if (commits > 1 && commits <= 1 + writes) other.script('INSERT INTO kept VALUES (1)');
      });
      const options: RunOptions = { commit: 'migration', backup: 'always', backups: { keep: 3 } };
      await db.up(slow(clock, 1), { ...options, wrap });
      const backups = provenBackups(`${db.path}-backups`);
      // Of this run the first and the last, and as many as are to be kept.
      expect(backups.length).toBe(Math.min(1 + writes, 4));
      expect(backups.some(({ manifest }) => manifest.applied.length === 0)).toBe(true);
    }
  });

  it('does not spend more time on commits than on migrations', async () => {
    const db = open();
    const clock = new Clock();
    const { counted, wrap } = counting(() => void (clock.now += 2500));
    const files = Array.from({ length: 200 }, (_, index) =>
      defineMigration({
        version: index + 1,
        name: 'small',
        up(database: MigrationDatabase) {
          void database.exec(`CREATE TABLE t${index} (x)`);
          clock.now += 100;
        },
      }),
    );
    await db.up(files, { wrap, host: clock.host });
    // Twenty seconds of work, and at least two and a half between two commits.
    expect(counted.commits).toBeGreaterThan(5);
    expect(counted.commits).toBeLessThan(11);
  });
});

describe('a run that is killed', () => {
  /** Drives an operation until a time, and then lets go of it as a killed process would. */
  function runUntil<T>(db: TestDatabase, host: Host, op: Op<T>, isOver: () => boolean): T | undefined {
    function* mortal<R>(inner: Op<R>): Op<R> {
      let step = inner.next();
      while (step.done !== true) {
        if (isOver()) throw new Killed();
        const request = step.value;
        let answer: unknown;
        try {
          answer = yield request.kind === 'nested' ? { ...request, op: mortal(request.op) } : request;
        } catch (error) {
          // A dead process hears of nothing.
          if (error instanceof Killed) throw error;
          step = inner.throw(error);
          continue;
        }
        step = inner.next(answer);
      }
      return step.value;
    }
    try {
      return runSync(mortal(op), db.bridge, host);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      if (db.bridge.inTransaction?.() === true) db.exec('ROLLBACK');
      return undefined;
    }
  }
  class Killed extends Error {}

  it.each<[RunOptions, number | undefined]>([
    [{}, 3],
    [{ commit: 'migration' }, 3],
    [{ commit: { everyMs: 4000 } }, 3],
    [{ commit: 'run' }, undefined],
  ])('every six seconds gets through five migrations of two, with %j: after %s starts', (options, starts) => {
    const db = openTestDatabase();
    const clock = new Clock();
    const host = { ...nodeHost, ...clock.host };
    let start = 0;
    for (;;) {
      if ((start += 1) > 9) break;
      const deadline = clock.now + 6000;
      const context = {
        ...createContext(
          { host, database: 'app.db' },
          { ...options, backup: 'off' },
          db.bridge,
          registryOf(slow(clock, 2000)),
        ),
        sync: true,
      };
      if (runUntil(db, host, run(context, { kind: 'up' }), () => clock.now >= deadline) !== undefined) break;
    }
    expect(start).toBe(starts ?? 10);
    if (starts !== undefined) expect(db.versions()).toEqual([1, 2, 3, 4, 5]);
  });
});
