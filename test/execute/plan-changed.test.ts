import { expect, it } from 'vitest';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import type { BaselineOptions } from '../../src/operations/baseline.ts';
import type { Confirm, RunResult } from '../../src/lock/run-options.ts';
import type { Plan } from '../../src/plan/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, onEveryDriver, registryOf, type RunnerSetup, type TestDatabase } from '../support/databases.ts';

/** A migration that makes a table with a row, and drops it. */
const step = (version: number, directive = ''): string =>
  `${directive}-- === UP MIGRATION ===\nCREATE TABLE t${version} (x);\nINSERT INTO t${version} VALUES ('once');\n-- === DOWN MIGRATION ===\nDROP TABLE t${version};\n`;

/** One that cannot run in a transaction, up and down. */
const outside = '-- dunlin: no-transaction\n-- === UP MIGRATION ===\nVACUUM;\n-- === DOWN MIGRATION ===\nVACUUM;\n';

const apart = '-- dunlin: foreign-keys on\n';

function filesOf(versions: readonly number[], others: MigrationRecord = {}): MigrationRecord {
  const made: Record<string, MigrationRecord[string]> = {};
  for (const version of versions) made[`00${version}_t${version}.sql`] = step(version);
  return { ...made, ...others };
}

const four = filesOf([1, 2, 3, 4]);

/** Another process: a runner on a connection of its own. */
function elsewhere(db: TestDatabase, migrations: MigrationRecord, options: RunnerSetup = {}): MigrationRunner {
  const other = db.connect();
  const parts = {
    bridge: () => other,
    registry: () => registryOf(migrations),
    host: nodeHost,
    database: 'app.db',
    owned: false,
  };
  return new MigrationRunner(parts, { backup: 'off', lockTimeoutMs: 0, ...options });
}

/** Does something when the run is about to take the write lock for the nth time: between its look and its lock. */
const before =
  (nth: number, act: () => unknown) =>
  (bridge: DatabaseBridge): DatabaseBridge => {
    let begun = 0;
    return {
      ...bridge,
      script: (sql) => {
        if (sql === 'BEGIN IMMEDIATE' && ++begun === nth) act();
        return bridge.script(sql);
      },
    };
  };

async function redo(db: TestDatabase, migrations: MigrationRecord, setup: RunnerSetup = {}): Promise<RunResult> {
  const runner = db.runner(migrations, setup);
  return db.variant.api === 'sync' ? runner.redoSync() : await runner.redo();
}

async function to(
  db: TestDatabase,
  migrations: MigrationRecord,
  version: number,
  setup: RunnerSetup = {},
): Promise<RunResult> {
  const runner = db.runner(migrations, setup);
  return db.variant.api === 'sync' ? runner.toSync(version) : await runner.to(version);
}

const moves = (list: Plan['steps'] | undefined | readonly { version: number; direction: string }[]): string[] =>
  (list ?? []).map(({ version, direction }) => `${direction} ${version}`);

onEveryDriver('a run that rolls back, when another process changes what is applied', (open) => {
  /** A database with three of the four migrations. */
  async function three(setup: RunnerSetup = {}): Promise<TestDatabase> {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    await db.up(four, setup, { to: 3 });
    return db;
  }

  type Run = (db: TestDatabase, setup: RunnerSetup) => Promise<RunResult>;
  const runs: [string, Run, string[], string[], string][] = [
    ['down', (db, setup) => db.down(four, setup), ['down 3'], ['down 4'], 'dunlin down'],
    [
      'down --steps 2',
      (db, setup) => db.down(four, setup, { steps: 2 }),
      ['down 3', 'down 2'],
      ['down 4', 'down 3'],
      'dunlin down --steps 2',
    ],
    [
      'down --to 2',
      (db, setup) => db.down(four, setup, { to: 2 }),
      ['down 3'],
      ['down 4', 'down 3'],
      'dunlin down --to 2',
    ],
    [
      'down --all',
      (db, setup) => db.down(four, setup, { all: true }),
      ['down 3', 'down 2', 'down 1'],
      ['down 4', 'down 3', 'down 2', 'down 1'],
      'dunlin down --to 0',
    ],
    ['to 2', (db, setup) => to(db, four, 2, setup), ['down 3'], ['down 4', 'down 3'], 'dunlin to 2'],
    ['redo', (db, setup) => redo(db, four, setup), ['down 3', 'up 3'], ['down 4', 'up 4'], 'dunlin redo'],
  ];
  const moments = [
    ['before its first transaction', 1],
    ['after its first transaction, before the one that migrates', 2],
  ] as const;

  it.each(runs.flatMap(([name, ...run]) => moments.map(([moment, nth]) => [name, moment, nth, ...run] as const)))(
    '%s does nothing when 004 is applied %s',
    async (_name, _moment, nth, run, planned, now, command) => {
      const db = await three();
      const wrap = before(nth, () => elsewhere(db, four).upSync());
      const error = await failureOf(() => run(db, { wrap }));
      expect(error.code).toBe('PLAN_CHANGED');
      expect(moves(error.planned)).toEqual(planned);
      expect(moves(error.now)).toEqual(now);
      expect(error.planned?.[0]).toEqual({ version: 3, name: 't3', direction: 'down' });
      expect(error.message).toContain('Planned: roll back 003_t3');
      expect(error.hint).toMatch(/^Nothing was changed\. `dunlin plan --down/);
      expect(error.hint).toContain(`\`${command}\``);
      expect(db.versions()).toEqual([1, 2, 3, 4]);
      for (const table of ['t1', 't2', 't3', 't4']) expect(db.column(`SELECT x FROM ${table}`)).toEqual(['once']);
      // The refused run leaves no trace; the other's is whole.
      expect(db.attempts().slice(4)).toEqual(['run up ok', '4 up ok']);
      // The same command plans again, and does what it then says.
      expect(moves((await run(db, {})).applied)).toEqual(now);
    },
  );

  it.each(runs)('%s does nothing when 003 is rolled back', async (_name, run, planned) => {
    const db = await three();
    const wrap = before(1, () => elsewhere(db, four).downSync());
    const error = await failureOf(() => run(db, { wrap }));
    expect(error.code).toBe('PLAN_CHANGED');
    expect(moves(error.planned)).toEqual(planned);
    expect(db.versions()).toEqual([1, 2]);
    expect(db.attempts().slice(4)).toEqual(['run down ok', '3 down ok']);
  });

  it('says that there is nothing to do any more', async () => {
    const db = await three();
    const wrap = before(1, () => elsewhere(db, four).downSync());
    const error = await failureOf(() => to(db, four, 2, { wrap }));
    expect(error.message).toBe(
      'What is applied to app.db changed after the run was planned. Planned: roll back 003_t3. Now: nothing.',
    );
    expect(error.now).toEqual([]);
  });

  it.each(runs)('%s continues when nothing of it was changed', async (_name, run, planned) => {
    const db = await three();
    // 003 went and came back: what is applied is what it was.
    const wrap = before(1, () => elsewhere(db, four).redoSync());
    expect(moves((await run(db, { wrap })).applied)).toEqual(planned);
  });

  it('refuses when what it would roll back was applied again from another text', async () => {
    const db = await three();
    // The file is gone here, so that the recorded DOWN part runs.
    const without = filesOf([1, 2]);
    const other = filesOf([1, 2], { '003_t3.sql': step(3).replaceAll('t3', 'other') });
    const wrap = before(1, () => {
      elsewhere(db, four).downSync();
      elsewhere(db, other).upSync();
    });
    const error = await failureOf(() => db.down(without, { wrap }));
    expect(error.code).toBe('PLAN_CHANGED');
    expect(error.message).toContain('Now: the same, but what is recorded of 3 t3 is another text.');
    expect(db.versions()).toEqual([1, 2, 3]);
    expect(db.column('SELECT x FROM other')).toEqual(['once']);
    await db.down(without);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'other'`)).toBe(0);
  });

  it('refuses when the file was the recorded text, and is not any more', async () => {
    const db = await three();
    const other = filesOf([1, 2], { '003_t3.sql': step(3).replaceAll('t3', 'other') });
    const wrap = before(1, () => {
      elsewhere(db, four).downSync();
      elsewhere(db, other).upSync();
    });
    expect(await failureOf(() => redo(db, four, { wrap }))).toMatchObject({ code: 'PLAN_CHANGED' });
    expect(db.column('SELECT x FROM other')).toEqual(['once']);
  });

  it.each(['filename', 'semver'] as const)('in the layout %s, and with tables of other names', async (layout) => {
    const setup = { layout, tables: { migrations: 'mine', attempts: 'mine_log' } };
    const db = await three(setup);
    const wrap = before(1, () => elsewhere(db, four, setup).upSync());
    const error = await failureOf(() => db.down(four, { ...setup, wrap }));
    expect(error.code).toBe('PLAN_CHANGED');
    expect(db.column('SELECT x FROM t3')).toEqual(['once']);
    await db.down(four, setup);
    await db.down(four, setup);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name IN ('t3', 't4')`)).toBe(0);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name IN ('t1', 't2')`)).toBe(2);
  });

  it('refuses when a newer release has applied what is not known here', async () => {
    const db = await three();
    const wrap = before(1, () => elsewhere(db, four).upSync());
    const known = filesOf([1, 2, 3]);
    const error = await failureOf(() => db.down(known, { wrap }));
    expect(error.message).toContain('Now: roll back 4 t4.');
    expect(error.now).toEqual([{ version: 4, name: 't4', direction: 'down' }]);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it('with every migration in a transaction of its own: stops before the one that would be wrong', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    const files: MigrationRecord = {
      '001_t1.sql': step(1),
      '002_t2.sql': step(2, apart),
      '003_t3.sql': step(3, apart),
    };
    await db.up(files);
    // 003 is rolled back; before 002 is, another process applies 003 again.
    const wrap = before(3, () => elsewhere(db, files).upSync());
    const error = await failureOf(() => db.down(files, { wrap }, { steps: 3 }));
    expect(error).toMatchObject({
      code: 'PLAN_CHANGED',
      applied: [{ version: 3 }],
      pending: [{ version: 2 }, { version: 1 }],
    });
    expect(moves(error.planned)).toEqual(['down 2', 'down 1']);
    expect(moves(error.now)).toEqual(['down 3', 'down 2']);
    expect(error.hint).toBe(
      'Nothing was changed after 003_t3, which stays as it is. `dunlin plan --down --steps 2` shows what there is to do now; `dunlin down --steps 2` plans it again.',
    );
    expect(db.versions()).toEqual([1, 2, 3]);
    expect(db.column('SELECT x FROM t2')).toEqual(['once']);
    expect(db.attempts().slice(4)).toEqual(['run down failed PLAN_CHANGED', '3 down ok', 'run up ok', '3 up ok']);
  });

  it('with one outside a transaction: stops there, whether another process comes before or while it runs', async () => {
    const files: MigrationRecord = { '001_t1.sql': step(1), '002_v.sql': outside, '003_t3.sql': step(3) };
    for (const during of [false, true]) {
      const db = open();
      db.exec('PRAGMA journal_mode = WAL');
      await db.up(files);
      let acted = false;
      const wrap = (bridge: DatabaseBridge): DatabaseBridge => {
        const { openSecond, ...rest } = bridge;
        expect(openSecond).toBeDefined();
        // Without a second connection no lock keeps others away between the transactions.
        return {
          ...rest,
          script: (sql) => {
            const vacuums = sql === 'VACUUM';
            if (vacuums && during) void bridge.script(sql);
            if ((vacuums || (!during && sql === 'COMMIT' && db.versions().length === 2)) && !acted) {
              acted = true;
              if (!vacuums) void bridge.script(sql);
              elsewhere(db, files).upSync();
              if (!vacuums) return undefined;
            }
            return vacuums && during ? undefined : bridge.script(sql);
          },
        };
      };
      const error = await failureOf(() => db.down(files, { wrap }, { to: 1 }));
      expect(acted).toBe(true);
      expect(error).toMatchObject({ code: 'PLAN_CHANGED', applied: [{ version: 3 }] });
      expect(error.hint).toMatch(
        during
          ? /^002_v ran outside a transaction: what it did stays, but was not recorded/
          : /^Nothing was changed after 003_t3/,
      );
      expect(db.versions()).toEqual([1, 2, 3]);
    }
  });
});

onEveryDriver('a run that only applies, when another process changes what is applied', (open) => {
  it('does what is left, and finds nothing left', async () => {
    for (const [others, left] of [
      [3, [4]],
      [4, []],
    ] as const) {
      for (const nth of [1, 2]) {
        const db = open();
        db.exec('PRAGMA journal_mode = WAL');
        await db.up(four, {}, { to: 1 });
        const wrap = before(nth, () => elsewhere(db, four).upSync({ to: others }));
        expect((await db.up(four, { wrap })).applied.map(({ version }) => version)).toEqual(left);
        expect(db.versions()).toEqual([1, 2, 3, 4]);
      }
    }
  });

  it('`to` does what is left as well, and is refused when the version was passed', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    await db.up(four, {}, { to: 1 });
    const part = before(1, () => elsewhere(db, four).upSync({ to: 2 }));
    expect((await to(db, four, 3, { wrap: part })).applied.map(({ version }) => version)).toEqual([3]);
    await db.down(four);
    const beyond = before(1, () => elsewhere(db, four).upSync());
    const error = await failureOf(() => to(db, four, 3, { wrap: beyond }));
    expect([moves(error.planned), moves(error.now)]).toEqual([['up 3'], ['down 4']]);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it.each([
    [{}, 'up'],
    [{ to: 4 }, 'up --to 4'],
    [{ steps: 1 }, 'up --steps 1'],
  ])('%j leaves no gap where one was rolled back', async (options, command) => {
    for (const nth of [1, 2]) {
      const db = open();
      db.exec('PRAGMA journal_mode = WAL');
      await db.up(four, {}, { to: 3 });
      const wrap = before(nth, () => elsewhere(db, four).downSync());
      const error = await failureOf(() => db.up(four, { wrap }, options));
      expect(error.code).toBe('PLAN_CHANGED');
      expect(moves(error.planned)).toEqual(['up 4']);
      expect(moves(error.now).slice(0, 1)).toEqual(['up 3']);
      expect(error.hint).toContain(`\`dunlin ${command.replace('up', 'plan')}\``);
      expect(error.hint).toContain(`\`dunlin ${command}\``);
      expect(db.versions()).toEqual([1, 2]);
      expect(db.attempts().slice(4)).toEqual(['run down ok', '3 down ok']);
    }
  });

  it('leaves no gap between two of its transactions', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    const files: MigrationRecord = {
      '001_t1.sql': step(1),
      '002_t2.sql': step(2, apart),
      '003_t3.sql': step(3, apart),
    };
    const wrap = before(4, () => elsewhere(db, files).downSync());
    const error = await failureOf(() => db.up(files, { wrap }));
    expect(error).toMatchObject({ code: 'PLAN_CHANGED', applied: [{ version: 1 }, { version: 2 }] });
    expect(moves(error.now)).toEqual(['up 2', 'up 3']);
    expect(db.versions()).toEqual([1]);
    expect((await db.up(files)).applied.map(({ version }) => version)).toEqual([2, 3]);
  });

  it('stops between two of its transactions where a newer release has been', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    const files: MigrationRecord = { '001_t1.sql': step(1, apart), '002_t2.sql': step(2, apart) };
    const newer: MigrationRecord = { '001_t1.sql': step(1, apart), '005_t5.sql': step(5) };
    const wrap = before(3, () => elsewhere(db, newer).upSync());
    const error = await failureOf(() => db.up(files, { wrap }));
    expect(error).toMatchObject({ code: 'DATABASE_AHEAD', applied: [{ version: 1 }] });
    expect(db.versions()).toEqual([1, 5]);
  });
});

onEveryDriver('a rollback that is confirmed', (open, { api }) => {
  async function three(): Promise<TestDatabase> {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    await db.up(four, {}, { to: 3 });
    return db;
  }
  const ways: [string, (db: TestDatabase, confirm: Confirm) => RunResult | Promise<RunResult>, string[]][] = [
    ['down', (db, confirm) => db.down(four, {}, { confirm }), ['down 3']],
    [
      'redo',
      (db, confirm) => {
        const runner = db.runner(four);
        return api === 'sync' ? runner.redoSync({ confirm }) : runner.redo({ confirm });
      },
      ['down 3', 'up 3'],
    ],
    [
      'to',
      (db, confirm) => {
        const runner = db.runner(four);
        return api === 'sync' ? runner.toSync(1, { confirm }) : runner.to(1, { confirm });
      },
      ['down 3', 'down 2'],
    ],
  ];

  it.each(ways)('%s: the plan is shown, and nothing is locked meanwhile', async (_name, run, planned) => {
    const db = await three();
    let plan: Plan | undefined;
    const result = await run(db, (given) => {
      plan = given;
      void db.connect().script('CREATE TABLE free (x)');
      return true;
    });
    expect(moves(plan?.steps)).toEqual(planned);
    expect(plan).toMatchObject({ from: 3, problems: [] });
    expect(plan?.steps[0]?.touches.drops).toEqual(['t3']);
    expect(moves(result.applied)).toEqual(planned);
  });

  it.each(ways)('%s: a no leaves everything as it was', async (_name, run) => {
    const db = await three();
    const content = db.content();
    for (const answer of [false, undefined, 'yes'])
      expect(await failureOf(() => run(db, () => answer as boolean))).toMatchObject({
        code: 'DECLINED',
        message: expect.stringMatching(/^Rolling back \d migrations? on app\.db was not confirmed\.$/),
      });
    expect(db.content()).toBe(content);
    expect(db.attempts()).toHaveLength(4);
  });

  it.each(ways)('%s: what another process does before the answer is noticed', async (_name, run) => {
    const db = await three();
    const error = await failureOf(() =>
      run(db, () => {
        elsewhere(db, four).upSync();
        return true;
      }),
    );
    expect(error.code).toBe('PLAN_CHANGED');
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it.each(ways)('%s: an error of the function ends it', async (_name, run) => {
    const db = await three();
    const thrown = new Error('no terminal');
    let error: unknown;
    try {
      await run(db, () => {
        throw thrown;
      });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBe(thrown);
    expect(db.versions()).toEqual([1, 2, 3]);
  });

  it('is not asked about where there is nothing to do, or what cannot be done', async () => {
    const db = await three();
    const never = (): never => expect.fail('it was asked');
    const at = db.runner(four);
    await (api === 'sync' ? at.toSync(3, { confirm: never }) : at.to(3, { confirm: never }));
    const bare = { ...four, '003_t3.sql': 'CREATE TABLE t3 (x); INSERT INTO t3 VALUES (1);' };
    const fresh = open();
    await fresh.up(bare, {}, { to: 3 });
    expect(await failureOf(() => fresh.down(bare, {}, { confirm: never }))).toMatchObject({ code: 'CANNOT_ROLL_BACK' });
  });

  it('may be answered later, but not in a synchronous run', async () => {
    const db = await three();
    const confirm = async (): Promise<boolean> => true;
    if (api === 'sync') {
      expect(await failureOf(() => db.down(four, {}, { confirm }))).toMatchObject({ code: 'ASYNC_IN_SYNC' });
      expect(db.versions()).toEqual([1, 2, 3]);
    } else {
      await db.down(four, {}, { confirm });
      expect(db.versions()).toEqual([1, 2]);
    }
  });

  it('is refused when the application has begun a transaction meanwhile', async () => {
    const db = await three();
    const confirm = (): boolean => {
      db.exec('BEGIN; CREATE TABLE mine (x)');
      return true;
    };
    expect(await failureOf(() => db.down(four, {}, { confirm }))).toMatchObject({ code: 'TRANSACTION_OPEN' });
    db.exec('COMMIT');
    expect(db.versions()).toEqual([1, 2, 3]);
    expect(db.column('SELECT x FROM mine')).toEqual([]);
  });
});

onEveryDriver('a baseline that is confirmed', (open, { api }) => {
  async function baseline(db: TestDatabase, confirm: NonNullable<BaselineOptions['confirm']>): Promise<RunResult> {
    const runner = db.runner(four);
    return api === 'sync' ? runner.baselineSync(3, { confirm }) : await runner.baseline(3, { confirm });
  }

  it('records what was shown, and is not asked about nothing', async () => {
    const db = open();
    await db.up(four, {}, { to: 1 });
    let shown: unknown;
    await baseline(db, (migrations) => {
      shown = migrations;
      return true;
    });
    expect(shown).toEqual([
      { version: 2, name: 't2' },
      { version: 3, name: 't3' },
    ]);
    expect(db.versions()).toEqual([1, 2, 3]);
    expect((await baseline(db, () => expect.fail('it was asked'))).applied).toEqual([]);
  });

  it('records nothing after a no', async () => {
    const db = open();
    await db.up(four, {}, { to: 1 });
    expect(await failureOf(() => baseline(db, () => false))).toMatchObject({
      code: 'DECLINED',
      message: 'Recording 2 migrations on app.db as applied was not confirmed.',
    });
    expect(db.versions()).toEqual([1]);
  });

  it('records nothing when a migration was rolled back or applied meanwhile', async () => {
    for (const [act, now, left] of [
      [(other: MigrationRunner) => other.downSync(), 'record 002_t2, 003_t3', [1]],
      [(other: MigrationRunner) => other.upSync({ to: 3 }), 'nothing', [1, 2, 3]],
    ] as const) {
      const db = open();
      db.exec('PRAGMA journal_mode = WAL');
      await db.up(four, {}, { to: 2 });
      const error = await failureOf(() =>
        baseline(db, () => {
          act(elsewhere(db, four));
          return true;
        }),
      );
      expect(error).toMatchObject({ code: 'PLAN_CHANGED', planned: [{ version: 3, name: 't3', direction: 'up' }] });
      expect(error.message).toContain(`Planned: record 003_t3. Now: ${now}.`);
      expect(error.hint).toContain('`dunlin baseline 3`');
      expect(db.versions()).toEqual(left);
    }
  });
});
