import { describe, expect, it } from 'vitest';
import * as dunlin from '../../src/node/index.ts';
import { BatchError, BatchRunner, type BatchBridge } from '../../src/node/index.ts';
import { losses, prepareLoss, Subject } from '../engines/suite.mjs';
import { failureOf } from '../support/databases.ts';
import { StandIn } from './stand-in.ts';

/** The guard that stopped a batch. */
const raised = /dunlin [0-9a-f]+ (\d+)/;

/** Whether a statement is the guard of this number. */
function isGuard(sql: string, guard: number): boolean {
  return sql.includes(`' || (SELECT ${guard})`);
}

/** The engine, without the guards of these numbers in large batches; `seen` gets the errors of batches. */
function withoutGuards(bridge: BatchBridge, guards: readonly number[], seen: BatchError[] = []): BatchBridge {
  return {
    driver: bridge.driver,
    engine: bridge.engine,
    read: (sql) => bridge.read(sql),
    async batch(statements) {
      // In its place, so that the others keep theirs.
      const left = statements.map((one) =>
        guards.some((guard) => isGuard(one.sql, guard)) ? { sql: 'SELECT 1', params: [] } : one,
      );
      try {
        await bridge.batch(statements.length === 1 ? statements : left);
      } catch (error) {
        if (error instanceof BatchError && statements.length > 1) seen.push(error);
        throw error;
      }
    },
  };
}

async function outcomeOf(bridge: BatchBridge, migrations: Record<string, string>, options: object): Promise<string> {
  const runner = new BatchRunner({ database: bridge, migrations, drift: 'note', ...options });
  return await runner.up().then(
    () => 'applied',
    (error: unknown) => (dunlin.isDunlinError(error) ? error.code : String(error)),
  );
}

describe('every guard of a batch is needed', () => {
  for (const [title, loss] of Object.entries(losses))
    it(`without those that refuse it, this passes or is refused for another reason: ${title}`, async () => {
      const [code, , , options = {}] = loss;
      const seen: BatchError[] = [];
      const first = new StandIn();
      const migrations = await prepareLoss(new Subject(dunlin, first), loss);
      expect(await outcomeOf(withoutGuards(first, [], seen), migrations, options)).toBe(code);
      const guard = raised.exec(seen[0]?.message ?? '')?.[1];
      // The rehearsal or SQLite itself refused it.
      if (guard === undefined) return;
      const removed = [Number(guard)];
      let outcome = code;
      while (outcome === code) {
        const again: BatchError[] = [];
        const database = new StandIn();
        await prepareLoss(new Subject(dunlin, database), loss);
        outcome = await outcomeOf(withoutGuards(database, removed, again), migrations, options);
        const next = raised.exec(again[0]?.message ?? '')?.[1];
        if (outcome === code) removed.push(Number(next));
        expect(removed.length).toBeLessThan(6);
      }
      expect(outcome).not.toBe(code);
    });
});

describe('what others do between the look and the batch', () => {
  const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)';
  const rebuild =
    'CREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT NOT NULL); INSERT INTO n SELECT * FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;';
  const migrations = { '001_users.sql': users, '002_users.sql': rebuild };

  /** Applies the first migration, then both, while `sql` is run by somebody else right before the first batch. */
  async function meanwhile(
    sql: string,
    guards: readonly number[] = [],
  ): Promise<{ readonly outcome: string; readonly database: StandIn; readonly batches: number }> {
    const database = new StandIn();
    await new BatchRunner({ database, migrations: { '001_users.sql': users } }).up();
    let batches = 0;
    const bridge = withoutGuards(database, guards);
    const racing: BatchBridge = {
      ...bridge,
      async batch(statements) {
        if (statements.length > 1 && batches++ === 0) database.database.exec(sql);
        await bridge.batch(statements);
      },
    };
    const outcome = await outcomeOf(racing, migrations, { rebuilds: 'as-written' });
    return { outcome, database, batches };
  }

  it('a new object is seen, and without the guard of the schema it would be lost', async () => {
    const late = 'CREATE INDEX late ON users (email)';
    const { outcome, database, batches } = await meanwhile(late);
    // The table is empty, so the rehearsal allows it; but the run has looked again.
    expect([outcome, batches]).toEqual(['applied', 2]);
    expect(database.rows('SELECT count(*) FROM users')).toEqual([[0]]);
    const blind = await meanwhile(late, [0]);
    expect(blind.batches).toBe(1);
  });

  it('a new record of the history is seen, and without its guard it is not', async () => {
    const late = `INSERT INTO schema_migrations SELECT 9, 'late', applied_at, checksum, 0, NULL, text_hash, NULL, NULL, NULL FROM schema_migrations`;
    const versions = 'SELECT group_concat(version) FROM schema_migrations';
    const { outcome, database } = await meanwhile(late);
    expect([outcome, database.rows(versions)]).toEqual(['DATABASE_AHEAD', [['1,9']]]);
    expect((await meanwhile(late, [1])).database.rows(versions)).toEqual([['1,2,9']]);
  });

  it('two records of one version meet, also without that guard', async () => {
    const late = `INSERT INTO schema_migrations SELECT 2, 'users', applied_at, checksum, 0, NULL, text_hash, NULL, NULL, NULL FROM schema_migrations`;
    const { database, batches } = await meanwhile(late, [1]);
    expect(batches).toBe(1);
    expect(database.rows('SELECT group_concat(version) FROM schema_migrations')).toEqual([['1,2']]);
  });

  it('rows in a table that was empty are seen before it is dropped', async () => {
    const { outcome, batches, database } = await meanwhile(`INSERT INTO users VALUES (1, 'a')`);
    expect([outcome, batches]).toEqual(['applied', 2]);
    expect(database.rows('SELECT count(*) FROM users')).toEqual([[1]]);
    // The guards of the schema and of both tracking tables come before it.
    expect((await meanwhile(`INSERT INTO users VALUES (1, 'a')`, [3])).batches).toBe(1);
  });

  it('an engine that leaves another schema than the recorder is not migrated', async () => {
    const database = new StandIn();
    const adding: BatchBridge = {
      driver: database.driver,
      engine: database.engine,
      read: (sql) => database.read(sql),
      async batch(statements) {
        const extra = { sql: 'CREATE TABLE extra (x)', params: [] };
        await database.batch(
          statements.length === 1 ? statements : [...statements.slice(0, -1), extra, statements.at(-1)!],
        );
      },
    };
    expect(await outcomeOf(adding, migrations, {})).toBe('SCHEMA_UNEXPECTED');
    expect(database.rows('SELECT count(*) FROM sqlite_schema')).toEqual([[0]]);
  });

  it('a run that always comes too late gives up after eight looks', async () => {
    const database = new StandIn();
    let tables = 0;
    let batches = 0;
    const racing: BatchBridge = {
      driver: database.driver,
      engine: database.engine,
      read: (sql) => database.read(sql),
      async batch(statements) {
        if (statements.length > 1) {
          batches++;
          database.database.exec(`CREATE TABLE late${tables++} (x)`);
        }
        await database.batch(statements);
      },
    };
    const error = await failureOf(() => new BatchRunner({ database: racing, migrations }).up());
    expect([error.code, batches]).toEqual(['RUN_OVERTAKEN', 8]);
  });
});

describe('limits of the engine', () => {
  const migrations = { '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1);' };

  it.each([
    ['statements in one batch', { statements: 3 }],
    ['bytes in one statement', { statementBytes: 60 }],
    ['parameters of one statement', { parameters: 1 }],
  ])('a batch that exceeds them is not sent: %s', async (what, limits) => {
    const database = new StandIn(':memory:', { facts: { limits } });
    const error = await failureOf(() => new BatchRunner({ database, migrations }).up());
    expect(error.code).toBe('BATCH_TOO_LARGE');
    expect(error.message).toContain(what);
    expect(database.batches).toEqual([]);
  });
});
