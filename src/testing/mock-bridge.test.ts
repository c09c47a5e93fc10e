import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { createRegistry, type Registry } from '../migration/index.ts';
import { toSource } from '../source/index.ts';
import { nodeHost } from '../node/node-host.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { MigrationRunner } from '../runner/runner.ts';
import { bridgeFor } from '../drivers/index.ts';
import { driverError, recordBridge, type RecordedBridge } from './record-bridge.ts';
import { mockBridge, type MockBridgeOptions } from './mock-bridge.ts';

const files = {
  '010_add_index.sql': 'CREATE INDEX users_name ON users (name);',
  '002_orders.sql': 'CREATE TABLE orders (id INTEGER PRIMARY KEY);\nINSERT INTO orders VALUES (1);',
  '001_users.sql':
    '-- === UP MIGRATION ===\nCREATE TABLE users (name TEXT);\n-- === DOWN MIGRATION ===\nDROP TABLE users;',
  'README.md': '# not a migration',
};

const registryOf = (record: Record<string, string> = files): Registry => createRegistry(toSource(record), nodeHost);

function runnerOn(
  bridge: RecordedBridge,
  record: Record<string, string> = files,
  options: RunOptions = {},
): MigrationRunner {
  const parts = {
    bridge: () => bridge,
    registry: () => registryOf(record),
    host: nodeHost,
    database: 'mock',
    owned: false,
  };
  return new MigrationRunner(parts, options);
}

const sent = (bridge: RecordedBridge): string[] =>
  bridge.requests.map(({ sql }) => sql).filter((sql) => /users|orders/.test(sql));
const versions = (refs: readonly { version: number }[] | undefined): number[] =>
  (refs ?? []).map(({ version }) => version);

it('runs and records repeatable migrations; what they make never exists', async () => {
  const bridge = mockBridge();
  const runner = runnerOn(bridge, {
    ...files,
    'R__names.sql': 'DROP VIEW IF EXISTS names; CREATE VIEW names AS SELECT name FROM users;',
  });
  expect((await runner.up()).applied.map(({ name }) => name)).toEqual(['users', 'orders', 'add_index', 'names']);
  expect((await runner.up()).applied.map(({ name }) => name)).toEqual(['names']);
  expect((await runner.status()).repeatables).toMatchObject([{ name: 'names' }]);
});

describe.each([
  ['synchronous', true],
  ['asynchronous', false],
])('mockBridge, %s', (_, sync) => {
  const mock = (options: MockBridgeOptions = {}): RecordedBridge => mockBridge({ sync, ...options });

  it('shows discovery and order', async () => {
    const bridge = mock();
    const result = await runnerOn(bridge).up();
    expect(versions(result.applied)).toEqual([1, 2, 10]);
    expect(sent(bridge)).toEqual([
      'CREATE TABLE users (name TEXT)',
      'CREATE TABLE orders (id INTEGER PRIMARY KEY)',
      'INSERT INTO orders VALUES (1)',
      'CREATE INDEX users_name ON users (name)',
    ]);
    expect(await bridge.inTransaction?.()).toBe(false);
  });

  it('shows tracking: a second run finds nothing to do, a new file is applied alone', async () => {
    const bridge = mock();
    await runnerOn(bridge).up();
    bridge.reset();
    expect((await runnerOn(bridge).up()).applied).toEqual([]);
    expect(sent(bridge)).toEqual([]);
    const more = { ...files, '011_more.sql': "UPDATE users SET name = 'x';" };
    expect(versions((await runnerOn(bridge, more).up()).applied)).toEqual([11]);
    expect((await runnerOn(bridge, more).status()).version).toBe(11);
  });

  it('shows an edited migration', async () => {
    const bridge = mock();
    await runnerOn(bridge).up();
    const edited = { ...files, '002_orders.sql': 'CREATE TABLE orders (id TEXT);' };
    await expect(runnerOn(bridge, edited).up()).rejects.toMatchObject({ code: 'MIGRATION_EDITED' });
  });

  it('shows a failure: what was before it stays, what is after it does not run', async () => {
    const bridge = mock({
      answers: [
        {
          match: 'INSERT INTO orders',
          error: driverError('SQLITE_CONSTRAINT_UNIQUE', 'UNIQUE constraint failed: orders.id'),
        },
      ],
    });
    const error: unknown = await runnerOn(bridge)
      .up()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', failed: { version: 2 } });
    const { applied, pending } = error as { applied: { version: number }[]; pending: { version: number }[] };
    expect([versions(applied), versions(pending)]).toEqual([[1], [10]]);
    const status = await runnerOn(bridge).status();
    expect([status.version, versions(status.pending)]).toEqual([1, [2, 10]]);
    expect(sent(bridge)).not.toContain('CREATE INDEX users_name ON users (name)');
  });

  it('shows a failure at any request: nothing is recorded that was rolled back', async () => {
    const whole = mock();
    await runnerOn(whole).up();
    const total = whole.requests.length;
    for (let n = 1; n <= total; n++) {
      const bridge = mock();
      bridge.failNth(n);
      await runnerOn(bridge, files, { atomic: 'run' })
        .up()
        .catch(() => undefined);
      bridge.reset();
      expect([0, 10]).toContain((await runnerOn(bridge).status()).version);
    }
  });

  it('begins with migrations applied already', async () => {
    const bridge = mock({ applied: registryOf().migrations.slice(0, 2) });
    const status = await runnerOn(bridge).status();
    expect([status.version, versions(status.pending)]).toEqual([2, [10]]);
    expect(versions((await runnerOn(bridge).up()).applied)).toEqual([10]);
  });

  it('rolls a migration back', async () => {
    const only = { '001_users.sql': files['001_users.sql'] };
    const bridge = mock();
    await runnerOn(bridge, only).up();
    expect(versions((await runnerOn(bridge, only).down()).applied)).toEqual([1]);
    expect((await runnerOn(bridge, only).status()).version).toBe(0);
    expect(sent(bridge).at(-1)).toBe('DROP TABLE users');
  });

  it('remembers the attempts as a database does', async () => {
    const histories = [];
    for (const bridge of [mock(), recordBridge(bridgeFor(new BetterSqlite3(':memory:')))]) {
      await runnerOn(bridge, { '001_users.sql': files['001_users.sql'] }).up();
      bridge.failWhen('CREATE INDEX', driverError('SQLITE_FULL'));
      await expect(runnerOn(bridge).up()).rejects.toMatchObject({ failed: { version: 10 } });
      bridge.reset();
      await runnerOn(bridge).up();
      const history = await runnerOn(bridge).history({ limit: 2 });
      histories.push(
        history.map(({ direction, status, errorCode, migrations }) => [
          [direction, status, errorCode],
          ...migrations.map((entry) => [entry.version, entry.status, entry.errorCode, entry.statement]),
        ]),
      );
    }
    expect(histories[0]).toHaveLength(2);
    expect(histories[0]).toEqual(histories[1]);
  });

  it.each(['filename', 'semver'] as const)('knows the layout %s', async (layout) => {
    const record = {
      '001_users.sql': `-- Schema-Version: 1.0.0\n${files['001_users.sql']}`,
      '002_orders.sql': `-- Schema-Version: 1.1.0\n${files['002_orders.sql']}`,
    };
    const bridge = mock({ layout });
    expect(versions((await runnerOn(bridge, record, { layout }).up()).applied)).toEqual([1, 2]);
    const status = await runnerOn(bridge, record, { layout }).status();
    expect([status.version, status.problems]).toEqual([2, []]);
    const applied = mock({ layout, applied: registryOf(record).migrations.slice(0, 1) });
    expect((await runnerOn(applied, record, { layout }).status()).version).toBe(1);
  });

  it('knows tables by other names', async () => {
    const tables = { migrations: 'my "own" migrations', attempts: 'attempts' };
    const bridge = mock({ tables });
    await runnerOn(bridge, files, { tables }).up();
    expect((await runnerOn(bridge, files, { tables }).status()).version).toBe(10);
  });
});

describe('mockBridge', () => {
  it('answers with rows, by text or expression, the first that matches', () => {
    const bridge = mockBridge({
      answers: [
        { match: /^SELECT 1\b/, rows: [{ one: 1 }] },
        { match: 'SELECT' },
        { match: 'PRAGMA page_count', rows: [{ page_count: 9 }] },
      ],
    });
    expect(bridge.query('SELECT 1', [])).toEqual([{ one: 1 }]);
    expect(bridge.query('SELECT 12', [])).toEqual([]);
    expect(bridge.query('PRAGMA page_count', [])).toEqual([{ page_count: 9 }]);
    expect(bridge.query('DELETE FROM anything', [])).toEqual([]);
  });

  it('answers with columns, an error, or undefined', () => {
    const columns = [{ name: 'n', database: 'main', table: 'users', column: 'name' }];
    const bridge = mockBridge({
      answers: [
        { match: 'AS n FROM users', columns },
        { match: 'FROM missing', error: driverError('SQLITE_ERROR', 'no such table: missing') },
        { match: 'FROM orders', rows: [{ id: 1 }] },
      ],
    });
    expect(bridge.columns?.('SELECT name AS n FROM users')).toEqual(columns);
    expect(() => bridge.columns?.('SELECT id FROM missing')).toThrow('no such table: missing');
    expect(bridge.columns?.('SELECT id FROM orders')).toBeUndefined();
    expect(bridge.columns?.('SELECT 1')).toBeUndefined();
  });

  it('reads pragmas as they were set', () => {
    const bridge = mockBridge();
    expect(bridge.query('PRAGMA synchronous', [])).toEqual([]);
    void bridge.script('PRAGMA synchronous = 3');
    void bridge.script('PRAGMA journal_mode = wal');
    expect(bridge.query('PRAGMA synchronous', [])).toEqual([{ synchronous: 3 }]);
    expect(bridge.query('PRAGMA journal_mode', [])).toEqual([{ journal_mode: 'wal' }]);
  });

  it('is as strict about transactions as SQLite', () => {
    const bridge = mockBridge();
    expect(() => bridge.script('COMMIT')).toThrow('cannot commit - no transaction is active');
    expect(() => bridge.script('ROLLBACK')).toThrow('cannot rollback - no transaction is active');
    expect(() => bridge.script('RELEASE a')).toThrow('no such savepoint: a');
    void bridge.script('BEGIN IMMEDIATE');
    expect(() => bridge.script('BEGIN')).toThrow('within a transaction');
    void bridge.script('SAVEPOINT a');
    void bridge.script('ROLLBACK TO a');
    void bridge.script('RELEASE a');
    expect(bridge.inTransaction?.()).toBe(true);
    void bridge.script('COMMIT');
    expect(bridge.inTransaction?.()).toBe(false);
    expect(bridge.query('SELECT changes() AS changes, last_insert_rowid() AS id', [])).toEqual([{ changes: 0, id: 0 }]);
  });

  it('reports SQL on its tables that it does not support', () => {
    const bridge = mockBridge({ applied: [] });
    expect(() => bridge.query('SELECT name FROM schema_migrations WHERE version > 1', [])).toThrow(
      'does not understand version > 1',
    );
    expect(bridge.query("SELECT name FROM pragma_table_info('schema_version')", [])).toEqual([]);
  });
});
