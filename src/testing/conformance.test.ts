import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  LOCAL,
  type ColumnOrigin,
  type DatabaseBridge,
  type EngineFacts,
  type Row,
  type Value,
} from '../bridge/index.ts';
import { bridgeFor } from '../drivers/index.ts';
import { lackingBridge } from '../../test/support/lacking-bridge.ts';
import { asyncBridge } from './async-bridge.ts';
import { bridgeConformanceChecks } from './conformance.ts';

type Raw = InstanceType<typeof DatabaseSync>;
type Break = (bridge: DatabaseBridge, raw: Raw) => Partial<DatabaseBridge>;

const raw = (database: Raw, sql: string, params: readonly Value[]): readonly Row[] =>
  database.prepare(sql).all(...params) as readonly Row[];

const factNames = bridgeConformanceChecks.map(({ name }) => name).filter((name) => name.startsWith('its engine'));

/** One bridge for each way of breaking the contract, and the check that must find it. */
const broken: readonly (readonly [mistake: string, check: string, how: Break])[] = [
  ['has no name', 'names its driver', () => ({ driver: '' })],
  ['claims to be asynchronous', 'names its driver', () => ({ sync: false })],
  [
    'answers with promises though it claims to be synchronous',
    'names its driver',
    (bridge) => ({ query: async (sql, params) => bridge.query(sql, params) }),
  ],
  [
    'returns arrays',
    'query returns rows',
    (bridge) => ({
      query: (sql, params) => (bridge.query(sql, params) as Row[]).map((row) => Object.values(row) as never),
    }),
  ],
  [
    'loses the rows of RETURNING',
    'query returns rows',
    (bridge) => ({
      query: (sql, params) => (sql.includes('RETURNING') ? (bridge.query(sql, params), []) : bridge.query(sql, params)),
    }),
  ],
  [
    'stores blobs as text',
    'every kind of value',
    (bridge) => ({
      query: (sql, params) =>
        bridge.query(
          sql,
          params.map((value) => (value instanceof Uint8Array ? String(value) : value)),
        ),
    }),
  ],
  [
    'binds every number as a REAL',
    'a whole number is bound',
    (_, database) => ({ query: (sql, params) => raw(database, sql.replaceAll('?', 'CAST(? AS REAL)'), params) }),
  ],
  [
    'rounds integers',
    'integers beyond 2^53',
    (bridge) => ({
      query: (sql, params) =>
        (bridge.query(sql, params) as Row[]).map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
          ),
        ),
    }),
  ],
  [
    'reads every integer as a bigint',
    'integers beyond 2^53',
    (bridge) => ({
      query: (sql, params) =>
        (bridge.query(sql, params) as Row[]).map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              Number.isInteger(value) ? BigInt(value as number) : value,
            ]),
          ),
        ),
    }),
  ],
  [
    'splits scripts at every semicolon',
    'script runs any number',
    (bridge) => ({
      script: (sql) => {
        for (const part of sql.split(';')) void bridge.script(part);
      },
    }),
  ],
  [
    'ignores all but the first statement',
    'query refuses several statements',
    (_, database) => ({ query: (sql, params) => raw(database, sql.split(';')[0]!, params) }),
  ],
  [
    'runs all statements of a query',
    'query refuses several statements',
    (bridge, database) => ({
      query: (sql, params) => (sql.includes(';') ? (database.exec(sql), []) : bridge.query(sql, params)),
    }),
  ],
  [
    'binds NULL for missing values',
    'query refuses too few',
    (_, database) => ({ query: (sql, params) => raw(database, sql, params) }),
  ],
  [
    'commits after each statement',
    'a transaction spans calls',
    (bridge, database) => ({
      query: (sql, params) => {
        const rows = bridge.query(sql, params);
        if (database.isTransaction) database.exec('COMMIT');
        return rows;
      },
    }),
  ],
  [
    'wraps scripts in a transaction',
    'nothing is wrapped',
    (_, database) => ({
      script: (sql) => {
        database.exec('BEGIN');
        try {
          database.exec(sql);
          database.exec('COMMIT');
        } catch (error) {
          database.exec('ROLLBACK');
          throw error;
        }
      },
    }),
  ],
  ['does not know about transactions', 'tells whether a transaction', () => ({ inTransaction: () => false })],
  [
    'refuses a second BEGIN in words of its own',
    'tells whether a transaction',
    (bridge, database) => ({
      inTransaction: undefined as never,
      script: (sql) => {
        if (database.isTransaction && sql === 'BEGIN') throw new Error('a transaction is active');
        return bridge.script(sql);
      },
    }),
  ],
  [
    'hides SQLite’s code',
    'an error has SQLite’s code',
    () => ({ describeError: () => ({ code: 'SQLITE_ERROR', message: 'failed' }) }),
  ],
  [
    'rolls back after an error',
    'an error leaves the connection',
    (bridge, database) => ({
      query: (sql, params) => {
        try {
          return bridge.query(sql, params);
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      },
    }),
  ],
  [
    'leaves statements open',
    'no statement stays open',
    (bridge, database) => {
      const open: unknown[] = [];
      return {
        query: (sql, params) => {
          if (!sql.startsWith('SELECT a')) return bridge.query(sql, params);
          const rows = database.prepare(sql).iterate(...params);
          open.push(rows);
          return [rows.next().value as Row];
        },
      };
    },
  ],
  [
    'answers from a cache',
    'a statement sees the schema',
    (bridge) => {
      const cache = new Map<string, readonly Row[]>();
      return {
        query: (sql, params) => {
          const rows = cache.get(sql) ?? (bridge.query(sql, params) as readonly Row[]);
          cache.set(sql, rows);
          return rows;
        },
      };
    },
  ],
  [
    'lets scripts overtake',
    'statements run in the order',
    (bridge) => {
      const late = asyncBridge(bridge);
      return {
        sync: false,
        query: (sql, params) => late.query(sql, params),
        script: (sql) => new Promise((resolve) => setTimeout(() => resolve(bridge.script(sql)), 5)),
      };
    },
  ],
  [
    'takes every column for an expression',
    'columns reports',
    (bridge) => ({
      columns: (sql) =>
        (bridge.columns!(sql) as readonly ColumnOrigin[]).map(({ name }) => ({
          name,
          database: undefined,
          table: undefined,
          column: undefined,
        })),
    }),
  ],
  [
    'names the main database for every column',
    'columns reports',
    (bridge) => ({
      columns: (sql) =>
        (bridge.columns!(sql) as readonly ColumnOrigin[]).map((column) => ({
          ...column,
          database: column.database && 'main',
        })),
    }),
  ],
  [
    'runs the statement to see its columns',
    'columns prepares',
    (bridge) => ({ columns: (sql) => (bridge.query(sql, []), bridge.columns?.(sql)) }),
  ],
  [
    'reports the columns of the first of two statements',
    'columns prepares',
    (bridge) => ({ columns: (sql) => bridge.columns?.(sql.split(';')[0]!) }),
  ],
  [
    'opens another database as its second',
    'a second connection',
    () => ({ openSecond: () => bridgeFor(new BetterSqlite3(':memory:')) }),
  ],
  ['registers functions under no name', 'a registered function', () => ({ registerFunction: () => undefined })],
  [
    'registers functions that lose digits',
    'a registered function',
    (_, database) => ({
      registerFunction: (name, fn) =>
        database.function(name, { varargs: true, deterministic: true }, (...args: Value[]) => fn(...args)),
    }),
  ],
  [
    'cuts long texts',
    'names and texts',
    (bridge) => ({
      query: (sql, params) =>
        bridge.query(
          sql,
          params.map((value) => (typeof value === 'string' ? value.slice(0, 65_536) : value)),
        ),
    }),
  ],
  [
    'folds the names of columns',
    'names and texts',
    (bridge) => ({
      query: (sql, params) =>
        (bridge.query(sql, params) as Row[]).map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name.normalize('NFD'), value])),
        ),
    }),
  ],
  ['fails when it is closed again', 'closing twice', (_, database) => ({ close: () => database.close() })],
  [
    'forgets the transaction after an error',
    'tells whether a transaction',
    (bridge) => {
      let failed = false;
      return {
        query: (sql, params) => {
          try {
            return bridge.query(sql, params);
          } catch (error) {
            failed = true;
            throw error;
          }
        },
        inTransaction: () => !failed && bridge.inTransaction!(),
      };
    },
  ],
  [
    'still reports a transaction that an error has ended',
    'tells whether a transaction',
    (bridge) => {
      let open = false;
      return {
        script: (sql) => {
          void bridge.script(sql);
          if (/BEGIN|SAVEPOINT/.test(sql)) open = true;
          if (/COMMIT|ROLLBACK$|RELEASE/.test(sql)) open = false;
        },
        inTransaction: () => open,
      };
    },
  ],
  ['keeps foreign keys on, and says that they can be off', ...lie('foreign keys', { foreignKeys: 'always-on' })],
  ['says that foreign keys are always on', 'its engine says truly whether foreign', neverOn],
  ['says that it has settings', ...lie('settings', { settings: ['user_version'] })],
  ['says that `synchronous` counts', ...lie('settings', { durability: 'engine' })],
  [
    'ignores `synchronous`',
    'its engine has the settings',
    (bridge) => ({ script: (sql) => (sql.includes('synchronous') ? undefined : bridge.script(sql)) }),
  ],
  ['says that it has a full integrity check', ...lie('the integrity check', { integrity: 'quick' })],
  [
    'says that it has a quick integrity check',
    'its engine has the integrity check',
    (bridge) => ({
      ...lackingBridge(bridge, { ...LOCAL, integrity: 'none' }),
      engine: { ...LOCAL, integrity: 'quick' },
    }),
  ],
  ['says that it tells the size', ...lie('tells the size', { size: 'none' })],
  ['says that it counts changes of the schema', ...lie('counts changes of the schema', { schemaVersion: false })],
  ['answers with the same schema_version', 'its engine counts changes', constant('schema_version')],
  ['says that it counts the commits of others', ...lie('counts the commits', { dataVersion: false })],
  ['answers with the same data_version', 'its engine counts the commits', constant('data_version')],
  ['says that it has temporary tables', ...lie('has temporary tables', { temporary: false })],
  ['says that it attaches databases', ...lie('attaches databases', { attach: false })],
  [
    'says nothing of the tables that its engine makes',
    'its engine reserves',
    (bridge) => (void bridge.script('CREATE TABLE _cf_KV (k)'), {}),
  ],
  [
    'reserves the tables of the application',
    'its engine reserves',
    () => ({ engine: { ...LOCAL, reserved: ['%cf%'] } }),
  ],
];

/** A bridge that lacks something and claims to have it, with the check that finds it. */
function lie(check: string, lacks: Partial<EngineFacts>): [string, Break] {
  const name = factNames.find((one) => one.includes(check))!;
  return [name, (bridge) => ({ ...lackingBridge(bridge, { ...LOCAL, ...lacks }), engine: LOCAL })];
}

function neverOn(bridge: DatabaseBridge): Partial<DatabaseBridge> {
  void bridge.script('PRAGMA foreign_keys = OFF');
  return { engine: { ...LOCAL, foreignKeys: 'always-on' } };
}

function constant(pragma: string): Break {
  return (bridge) => ({
    query: (sql, params) => (sql.endsWith(pragma) ? [{ [pragma]: 1 }] : bridge.query(sql, params)),
  });
}

describe('bridgeConformanceChecks', () => {
  it.each(broken)('find a bridge that %s', async (_, name, how) => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-broken-'));
    try {
      const database = new DatabaseSync(join(folder, 'a.db'));
      const good = bridgeFor(database);
      const found = bridgeConformanceChecks.filter((check) => check.name.startsWith(name));
      expect(found).toHaveLength(1);
      await expect(found[0]!.run(() => ({ ...good, ...how(good, database) }))).rejects.toThrow(Error);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('each have a bridge here that breaks them', () => {
    const unbroken = bridgeConformanceChecks.filter(({ name }) => !broken.some(([, check]) => name.startsWith(check)));
    expect(unbroken).toEqual([]);
  });

  it('say where they do not apply', async () => {
    const reasons = [];
    for (const check of bridgeConformanceChecks) reasons.push(await check.run(() => bareBridge()));
    expect(reasons.filter((reason) => reason !== undefined)).toEqual([
      'the bridge has no columns()',
      'the bridge has no columns()',
      'the bridge cannot open a second connection, or its database has no file',
      'the bridge has no registerFunction()',
    ]);

    function bareBridge(): DatabaseBridge {
      const bridge = bridgeFor(new BetterSqlite3(':memory:'));
      return { driver: bridge.driver, sync: true, query: bridge.query, script: bridge.script };
    }
  });

  it('skip columns if the driver does not know them', async () => {
    const found = bridgeConformanceChecks.filter(({ name }) => name.startsWith('columns '));
    const reasons = [];
    for (const check of found)
      reasons.push(await check.run(() => ({ ...bridgeFor(new BetterSqlite3(':memory:')), columns: () => undefined })));
    expect(reasons).toEqual(Array(2).fill('the driver cannot tell where columns come from'));
  });

  it('have names of their own', () => {
    expect(new Set(bridgeConformanceChecks.map((check) => check.name)).size).toBe(bridgeConformanceChecks.length);
  });
});
