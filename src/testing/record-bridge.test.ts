import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { bridgeFor } from '../drivers/index.ts';
import { asyncBridge } from './async-bridge.ts';
import { driverError, recordBridge } from './record-bridge.ts';

describe('recordBridge', () => {
  it('records requests and passes them on', () => {
    const bridge = recordBridge(bridgeFor(new BetterSqlite3(':memory:')));
    void bridge.script('CREATE TABLE t (a)');
    const params = [1];
    void bridge.query('INSERT INTO t VALUES (?)', params);
    params[0] = 2;
    expect(bridge.query('SELECT a FROM t', [])).toEqual([{ a: 1 }]);
    expect(bridge.requests).toEqual([
      { kind: 'script', sql: 'CREATE TABLE t (a)', params: [] },
      { kind: 'query', sql: 'INSERT INTO t VALUES (?)', params: [1] },
      { kind: 'query', sql: 'SELECT a FROM t', params: [] },
    ]);
    bridge.reset();
    expect(bridge.requests).toEqual([]);
    expect(bridge.columns?.('SELECT a AS b FROM t')).toEqual([
      { name: 'b', database: 'main', table: 't', column: 'a' },
    ]);
    expect(bridge.requests).toEqual([{ kind: 'columns', sql: 'SELECT a AS b FROM t', params: [] }]);
    bridge.failNth(1);
    expect(() => bridge.columns?.('SELECT a FROM t')).toThrow('disk I/O error');
  });

  it('fails the nth request from now, once', () => {
    const bridge = recordBridge(bridgeFor(new BetterSqlite3(':memory:')));
    void bridge.script('CREATE TABLE t (a)');
    bridge.failNth(2);
    void bridge.query('INSERT INTO t VALUES (1)', []);
    expect(() => bridge.query('INSERT INTO t VALUES (2)', [])).toThrow(
      expect.objectContaining({ code: 'SQLITE_IOERR' }),
    );
    void bridge.query('INSERT INTO t VALUES (3)', []);
    expect(bridge.query('SELECT a FROM t', [])).toEqual([{ a: 1 }, { a: 3 }]);
    expect(bridge.requests).toHaveLength(5);
  });

  it('fails matching requests with the given error until it is reset', () => {
    const bridge = recordBridge(bridgeFor(new BetterSqlite3(':memory:')));
    bridge.failWhen('TABLE t', driverError('SQLITE_FULL'));
    bridge.failWhen(/^create\s+index/gi);
    for (let i = 0; i < 2; i++) {
      expect(() => bridge.script('CREATE TABLE t (a)')).toThrow(
        expect.objectContaining({ code: 'SQLITE_FULL', message: 'SQLITE_FULL' }),
      );
      expect(() => bridge.script('CREATE  INDEX i ON t (a)')).toThrow('disk I/O error');
    }
    bridge.reset();
    void bridge.script('CREATE TABLE t (a); CREATE INDEX i ON t (a)');
  });

  it('rejects where the bridge is asynchronous', async () => {
    const bridge = recordBridge(asyncBridge(bridgeFor(new BetterSqlite3(':memory:'))));
    bridge.failNth(1);
    await expect(bridge.query('SELECT 1', [])).rejects.toThrow('disk I/O error');
    expect(await bridge.query('SELECT 1 AS one', [])).toEqual([{ one: 1 }]);
  });

  it('omits what the bridge does not support', () => {
    const bare = { driver: 'bare', sync: true, query: () => [], script: () => {} };
    for (const bridge of [recordBridge(bare), asyncBridge(bare)]) {
      const { columns, inTransaction, describeError, openSecond, registerFunction, close } = bridge;
      const optional = [columns, inTransaction, describeError, openSecond, registerFunction, close];
      expect(optional).toEqual(Array(6).fill(undefined));
    }
  });

  it('passes on the rest', async () => {
    const calls: string[] = [];
    const full = {
      driver: 'full',
      sync: true,
      query: () => [],
      script: () => {},
      describeError: () => (calls.push('describeError'), undefined),
      columns: () => (calls.push('columns'), undefined),
      inTransaction: () => (calls.push('inTransaction'), true),
      openSecond: () => (calls.push('openSecond'), undefined),
      registerFunction: () => void calls.push('registerFunction'),
      close: () => void calls.push('close'),
    };
    for (const bridge of [recordBridge(full), asyncBridge(full)]) {
      bridge.describeError?.(undefined);
      bridge.inTransaction?.();
      await bridge.columns?.('SELECT 1');
      await bridge.openSecond?.();
      bridge.registerFunction?.('f', () => null);
      await bridge.close?.();
    }
    const each = ['describeError', 'inTransaction', 'columns', 'openSecond', 'registerFunction', 'close'];
    expect(calls).toEqual([...each, ...each]);
  });
});
