import { describe, expect, it } from 'vitest';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { driverError } from '../../src/testing/index.ts';
import { failureOf, onEveryDriver, openTestDatabase, withoutTransactionState } from '../support/databases.ts';

/** Throws before some statements reach the driver. */
const refusing = (bridge: DatabaseBridge, errorFor: (sql: string) => unknown): DatabaseBridge => {
  const ask = <T>(sql: string, act: () => T): T => {
    const error = errorFor(sql);
    if (error !== undefined) throw error;
    return act();
  };
  return {
    ...bridge,
    script: (sql) => ask(sql, () => bridge.script(sql)),
    query: (sql, params) => ask(sql, () => bridge.query(sql, params)),
  };
};

/** A driver that cannot tell, whose BEGIN fails `times` times after a statement that matches. */
const beginFails =
  (after: RegExp, error: unknown, times: number = Infinity) =>
  (bridge: DatabaseBridge): DatabaseBridge => {
    let left = 0;
    return refusing(withoutTransactionState(bridge), (sql) => {
      if (after.test(sql)) left = times;
      return sql === 'BEGIN' && left-- > 0 ? error : undefined;
    });
  };

const errors = {
  busy: driverError('SQLITE_BUSY', 'database is locked'),
  disk: driverError('SQLITE_IOERR', 'disk I/O error'),
  corrupt: driverError('SQLITE_CORRUPT', 'database disk image is malformed'),
  interrupted: driverError('SQLITE_INTERRUPT', 'interrupted'),
  closing: new Error('the connection is closing'),
};

/** Continues after a statement that has rolled the whole transaction back. */
const persistent: MigrationRecord = {
  '001_a.sql': 'CREATE TABLE a (x UNIQUE);\nINSERT INTO a VALUES (1);',
  '002_b.js': defineMigration({
    up(db: MigrationDatabase) {
      try {
        db.exec('INSERT OR ROLLBACK INTO a VALUES (1)');
      } catch {
        // The next statement would be on its own.
      }
      db.exec('CREATE TABLE escaped (x)');
      throw new Error('and then it fails');
    },
  }),
};

onEveryDriver('on a driver that cannot tell whether a transaction is open', (open) => {
  it.each([
    ['is busy', errors.busy, 'DATABASE_LOCKED'],
    ['meets a disk error', errors.disk, 'DISK_ERROR'],
    ['meets a damaged file', errors.corrupt, 'DATABASE_CORRUPT'],
    ['is interrupted', errors.interrupted, 'DATABASE_FAILED'],
    ['is refused by the driver', errors.closing, 'DATABASE_FAILED'],
  ])('nothing of a failed migration is kept when the BEGIN that asks %s', async (_, error, code) => {
    const db = open();
    const wrap = beginFails(/INSERT OR ROLLBACK/, error);
    expect(await failureOf(() => db.up(persistent, { wrap }))).toMatchObject({ code });
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
    expect(db.versions()).toEqual([]);
  });

  it('those before it are kept when that BEGIN fails once', async () => {
    const db = open();
    const wrap = beginFails(/INSERT OR ROLLBACK/, errors.interrupted, 1);
    expect(await failureOf(() => db.up(persistent, { wrap }))).toMatchObject({
      code: 'TRANSACTION_LOST',
      failed: { version: 2 },
    });
    expect(db.column(`SELECT name FROM sqlite_schema WHERE name IN ('a', 'escaped')`)).toEqual(['a']);
    expect(db.versions()).toEqual([1]);
  });

  it('a statement’s own error is reported when that BEGIN fails, and those before it are kept', async () => {
    const db = open();
    const files = { '001_a.sql': persistent['001_a.sql']!, '002_b.sql': 'CREATE TABLE b (x);\nSELECT nope;' };
    const wrap = beginFails(/nope/, errors.interrupted, 1);
    expect(await failureOf(() => db.up(files, { wrap }))).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('no such column: nope'),
      location: { line: 2 },
    });
    expect(db.versions()).toEqual([1]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'b'`)).toBe(0);
  });

  it('a function cannot continue after a BEGIN that failed, although the transaction is open', async () => {
    const db = open();
    const files = {
      '001_b.js': defineMigration({
        up(db: MigrationDatabase) {
          try {
            db.exec('SELECT nope');
          } catch {
            // As if it did not matter.
          }
          db.exec('CREATE TABLE b (x)');
        },
      }),
    };
    const wrap = beginFails(/nope/, errors.interrupted, 1);
    expect(await failureOf(() => db.up(files, { wrap }))).toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringContaining('interrupted'),
    });
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
  });

  it('a lock met by the first BEGIN is waited for', async () => {
    const db = open();
    let left = 3;
    const wrap = (bridge: DatabaseBridge): DatabaseBridge =>
      refusing(withoutTransactionState(bridge), (sql) => (sql === 'BEGIN' && left-- > 0 ? errors.busy : undefined));
    const setup = { wrap, lockTimeoutMs: 60_000 };
    expect((await db.up({ '001_a.sql': 'CREATE TABLE a (x);' }, setup)).applied).toHaveLength(1);
    expect(left).toBeLessThan(0);
  });

  it('a disk error met by the first BEGIN is reported as such, and nothing is written', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge =>
      refusing(withoutTransactionState(bridge), (sql) => (sql === 'BEGIN' ? errors.disk : undefined));
    expect(await failureOf(() => db.up({ '001_a.sql': 'CREATE TABLE a (x);' }, { wrap }))).toMatchObject({
      code: 'DISK_ERROR',
    });
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('SQLite’s refusal is recognised among a driver’s own words', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...withoutTransactionState(bridge),
      script(sql) {
        try {
          return bridge.script(sql);
        } catch (error) {
          throw new Error(`SQL_INPUT_ERROR: SQLite error: ${(error as Error).message} (while running "${sql}")`, {
            cause: error,
          });
        }
      },
    });
    const good = {
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_b.js': defineMigration({ up: (db: MigrationDatabase) => void db.exec('CREATE TABLE b (x)') }),
    };
    expect((await db.up(good, { wrap })).applied).toHaveLength(2);
    db.exec('BEGIN');
    expect(await failureOf(() => db.up({ ...good, '003_c.sql': 'SELECT 1;' }, { wrap }))).toMatchObject({
      code: 'TRANSACTION_OPEN',
    });
    db.exec('ROLLBACK');
  });
});

describe('inTransaction() of a bridge', () => {
  const answers: readonly (readonly [string, (bridge: DatabaseBridge) => unknown])[] = [
    ['a promise', async (bridge) => await Promise.resolve(bridge.inTransaction!())],
    ['0 and 1, which are no answer', (bridge) => Number(bridge.inTransaction!())],
    ['null, which is no answer', () => null],
    ['a promise of undefined', async () => await Promise.resolve(undefined)],
  ];

  it.each(answers)('may answer with %s', async (_, answer) => {
    const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      inTransaction: () => answer(bridge) as boolean,
    });
    expect(await failureOf(() => db.up(persistent, { wrap }))).toMatchObject({ code: 'TRANSACTION_LOST' });
    expect(db.versions()).toEqual([1]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'escaped'`)).toBe(0);
    db.exec('BEGIN');
    expect(await failureOf(() => db.up(persistent, { wrap }))).toMatchObject({ code: 'TRANSACTION_OPEN' });
    db.exec('ROLLBACK');
  });

  it('that is rejected fails the run', async () => {
    const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      inTransaction: async () => await Promise.reject(errors.closing),
    });
    expect(await failureOf(() => db.up(persistent, { wrap }))).toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringContaining('the connection is closing'),
    });
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('must not answer a synchronous run with a promise', async () => {
    const db = openTestDatabase();
    const bridge = { ...db.bridge, inTransaction: async () => await Promise.resolve(false) };
    expect(await failureOf(() => db.up(persistent, { wrap: () => bridge }))).toMatchObject({ code: 'BRIDGE_NOT_SYNC' });
  });
});
