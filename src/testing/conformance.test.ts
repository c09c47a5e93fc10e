import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnOrigin, DatabaseBridge, Row, Value } from '../bridge/index.ts';
import { bridgeFor } from '../drivers/index.ts';
import { asyncBridge } from './async-bridge.ts';
import { bridgeConformanceChecks } from './conformance.ts';

type Raw = InstanceType<typeof DatabaseSync>;
type Break = (bridge: DatabaseBridge, raw: Raw) => Partial<DatabaseBridge>;

const raw = (database: Raw, sql: string, params: readonly Value[]): readonly Row[] =>
  database.prepare(sql).all(...params) as readonly Row[];

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
];

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
