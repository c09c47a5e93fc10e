import { describe, expect, it, vi } from 'vitest';
import Database from 'better-sqlite3';
import { bridgeFor } from '../drivers/index.ts';
import { asyncBridge, recordBridge } from '../testing/index.ts';
import {
  call,
  clock,
  columnsOf,
  emit,
  inTransaction,
  isUndisturbed,
  query,
  queryOne,
  script,
  sleep,
  type Op,
  type Execute,
} from './request.ts';
import { runAsync } from './run-async.ts';
import { runSync } from './run-sync.ts';
import { isSqlError } from './sql-error.ts';
import type { DunlinEvent } from './event.ts';
import type { Host } from './host.ts';
import type { DatabaseBridge } from './types.ts';

const slept: string[] = [];
const host: Host = {
  now: () => 1234,
  sleep: async (ms) => void slept.push(`async ${ms}`),
  sleepSync: (ms) => void slept.push(`sync ${ms}`),
  sha256: (text) => text,
  randomId: () => 'id',
  hostname: 'host',
  pid: 1,
};

const done: DunlinEvent = { type: 'run:done', applied: [], to: 0, durationMs: 0 };
const sync = (): DatabaseBridge => bridgeFor(new Database(':memory:'));
const async = (): DatabaseBridge => asyncBridge(sync());

type Run = <T>(op: Op<T>, bridge: DatabaseBridge, listener?: (event: DunlinEvent) => void) => Promise<T>;
const loops: readonly (readonly [name: string, Run, () => DatabaseBridge])[] = [
  ['runSync', async (op, bridge, listener) => runSync(op, bridge, host, listener), sync],
  ['runAsync on a synchronous bridge', (op, bridge, listener) => runAsync(op, bridge, host, listener), sync],
  ['runAsync on an asynchronous bridge', (op, bridge, listener) => runAsync(op, bridge, host, listener), async],
];

describe.each(loops)('%s', (name, run, makeBridge) => {
  it('performs every kind of request', async () => {
    slept.length = 0;
    const events: DunlinEvent[] = [];
    function* op(): Op<unknown[]> {
      yield* script('CREATE TABLE t (a); BEGIN');
      const open = yield* inTransaction();
      yield* query('INSERT INTO t VALUES (?), (?)', [1, 2]);
      yield* script('COMMIT');
      yield* sleep(7);
      yield* emit(done);
      const called = yield* call('the function', () => 'called');
      return [
        open,
        yield* query('SELECT a FROM t'),
        yield* queryOne('SELECT 1 AS one'),
        yield* queryOne('SELECT 1 WHERE 0'),
        yield* columnsOf('SELECT a AS b FROM t'),
        yield* clock(),
        called,
      ];
    }
    const result = await run(op(), makeBridge(), (event) => events.push(event));
    const origin = { name: 'b', database: 'main', table: 't', column: 'a' };
    expect(result).toEqual([true, [{ a: 1 }, { a: 2 }], { one: 1 }, undefined, [origin], 1234, 'called']);
    expect(events).toEqual([done]);
    expect(slept).toEqual([name === 'runSync' ? 'sync 7' : 'async 7']);
  });

  it('is undisturbed if the driver is synchronous and there is no listener', async () => {
    const isSync = makeBridge().sync;
    expect(await run(isUndisturbed(), makeBridge())).toBe(isSync);
    expect(await run(isUndisturbed(), makeBridge(), () => undefined)).toBe(false);
  });

  it('throws a driver’s error into the operation, which can continue', async () => {
    function* op(): Op<unknown> {
      try {
        yield* query('SELECT * FROM missing');
      } catch (error) {
        const seen = isSqlError(error) && [error.code, error.message, error.sql, (error.cause as Error).name];
        return [seen, yield* queryOne('SELECT 2 AS two')];
      }
      return undefined;
    }
    const expected = ['SQLITE_ERROR', 'no such table: missing', 'SELECT * FROM missing', 'SqliteError'];
    expect(await run(op(), makeBridge())).toEqual([expected, { two: 2 }]);
  });

  it('lets an error that the operation does not catch out', async () => {
    await expect(run(script('SELEC 1'), makeBridge())).rejects.toMatchObject({ code: 'SQLITE_ERROR', sql: 'SELEC 1' });
  });

  it('throws the user’s exception unchanged into the operation', async () => {
    const own = new TypeError('mine');
    function* op(): Op<unknown> {
      try {
        return yield* call('the function', () => {
          throw own;
        });
      } catch (error) {
        return error;
      }
    }
    expect(await run(op(), makeBridge())).toBe(own);
  });

  it('runs nested operations through the same bridge and listener', async () => {
    const bridge = recordBridge(makeBridge());
    const events: string[] = [];
    function* nested(): Op<number> {
      yield* emit(done);
      yield* script('CREATE TABLE t (a)');
      return yield* call('inner', (perform) => perform(inner()) as number);
    }
    function* inner(): Op<number> {
      return (yield* query('SELECT a FROM t')).length;
    }
    const result = await run(
      call('outer', (perform) => perform(nested())),
      bridge,
      (event) => events.push(event.type),
    );
    expect(result).toBe(0);
    expect(bridge.requests.map((request) => request.sql)).toEqual(['CREATE TABLE t (a)', 'SELECT a FROM t']);
    expect(events).toEqual(['run:done']);
  });

  it('lets the user’s function catch the error of a nested operation', async () => {
    const fn = (perform: Execute): unknown => {
      const handle = (error: unknown): string => (isSqlError(error) ? error.code : 'other');
      try {
        const result = perform(script('SELEC 1'));
        return result instanceof Promise ? result.catch(handle) : result;
      } catch (error) {
        return handle(error);
      }
    };
    expect(await run(call('fn', fn), makeBridge())).toBe('SQLITE_ERROR');
  });

  it('ends the run before it reports that a listener failed', async () => {
    const bridge = makeBridge();
    const heard: string[] = [];
    function* op(): Op<void> {
      yield* emit(done);
      yield* script('CREATE TABLE t (a)');
      yield* emit(done);
    }
    const cause = new Error('mine');
    const running = run(op(), bridge, (event) => {
      heard.push(event.type);
      throw cause;
    });
    await expect(running).rejects.toMatchObject({
      code: 'LISTENER_FAILED',
      message: 'The run completed, but the listener threw at run:done: mine.',
      cause,
    });
    expect(heard).toHaveLength(2);
    expect(await bridge.query('SELECT name FROM sqlite_schema', [])).toEqual([{ name: 't' }]);
  });

  it('puts the run’s own failure before the listener’s', async () => {
    function* op(): Op<void> {
      yield* emit(done);
      yield* script('SELEC 1');
    }
    const running = run(op(), makeBridge(), () => {
      throw 'mine';
    });
    await expect(running).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
    await expect(
      run(emit(done), makeBridge(), () => {
        throw 'mine';
      }),
    ).rejects.toMatchObject({ code: 'LISTENER_FAILED', cause: 'mine' });
  });

  it('refuses values that SQLite does not have before they reach the bridge', async () => {
    const bridge = recordBridge(makeBridge());
    const params = [new Date()] as never[];
    await expect(run(query('SELECT ?', params), bridge)).rejects.toMatchObject({ code: 'VALUE_NOT_BINDABLE' });
    expect(bridge.requests).toEqual([]);
  });

  it('throws the error of a statement that cannot be prepared for its columns', async () => {
    const sql = 'SELECT z FROM missing';
    const expected = { code: 'SQLITE_ERROR', message: 'no such table: missing', sql };
    await expect(run(columnsOf(sql), makeBridge())).rejects.toMatchObject(expected);
  });

  it('returns undefined if the bridge does not know transactions or columns', async () => {
    const { driver, sync: isSync, query: ask, script: exec } = makeBridge();
    const bare = { driver, sync: isSync, query: ask, script: exec };
    expect(await run(inTransaction(), bare)).toBeUndefined();
    expect(await run(columnsOf('SELECT 1'), bare)).toBeUndefined();
  });

  it('leaves a generator that is abandoned alone', async () => {
    let ended = false;
    function* op(): Op<void> {
      try {
        yield* clock();
        yield* clock();
      } finally {
        ended = true;
      }
    }
    const abandoned = op();
    abandoned.next();
    await run(emit(done), makeBridge());
    expect(ended).toBe(false);
  });
});

describe('runSync', () => {
  it('refuses an asynchronous bridge before anything ran', () => {
    const bridge = recordBridge(async());
    expect(() => runSync(script('CREATE TABLE t (a)'), bridge, host)).toThrow(
      expect.objectContaining({ code: 'BRIDGE_NOT_SYNC', message: expect.stringContaining('is asynchronous') }),
    );
    expect(bridge.requests).toEqual([]);
  });

  it('refuses a bridge that claims to be synchronous and is not', () => {
    const bridge = { ...async(), sync: true };
    expect(() => runSync(query('SELECT 1'), bridge, host)).toThrow(
      expect.objectContaining({
        code: 'BRIDGE_NOT_SYNC',
        message: expect.stringContaining('its query returned a promise'),
      }),
    );
  });

  it('refuses a promise of the user’s function, whose rejection goes nowhere', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      expect(() =>
        runSync(
          call('up() of 001_a', () => Promise.reject(new Error('lost'))),
          sync(),
          host,
        ),
      ).toThrow(
        expect.objectContaining({
          code: 'ASYNC_IN_SYNC',
          message: 'up() of 001_a returned a promise, which a synchronous run cannot wait for.',
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });

  it('lets the operation handle that refusal, for its rollback', () => {
    function* op(): Op<unknown> {
      try {
        return yield* call('up()', async () => 1);
      } catch (error) {
        return (error as { code: string }).code;
      }
    }
    expect(runSync(op(), sync(), host)).toBe('ASYNC_IN_SYNC');
  });
});

describe('runAsync', () => {
  it('gives an async function its rows at once on a synchronous bridge', async () => {
    const op = call('up()', async (perform: Execute) => {
      const first = perform(query('SELECT 1 AS one'));
      await null;
      return [first, perform(query('SELECT 2 AS two'))];
    });
    expect(await runAsync(op, sync(), host)).toEqual([[{ one: 1 }], [{ two: 2 }]]);
  });

  it('refuses a promise inside a nested operation of a synchronous bridge', async () => {
    const op = call('outer', (perform: Execute) => perform(call('inner', async () => 1)));
    await expect(runAsync(op, sync(), host)).rejects.toMatchObject({ code: 'ASYNC_IN_SYNC' });
  });

  it('does not mix nested operations that are started together', async () => {
    const bridge = recordBridge(async());
    function* two(name: string): Op<void> {
      yield* script(`SELECT '${name} begins'`);
      yield* script(`SELECT '${name} ends'`);
    }
    await runAsync(
      call('up()', (perform: Execute) => Promise.all([perform(two('a')), perform(two('b'))])),
      bridge,
      host,
    );
    expect(bridge.requests.map(({ sql }) => sql)).toEqual([
      "SELECT 'a begins'",
      "SELECT 'a ends'",
      "SELECT 'b begins'",
      "SELECT 'b ends'",
    ]);
  });

  it('ends a call after the operations that were not awaited', async () => {
    const bridge = recordBridge(async());
    function* op(): Op<void> {
      yield* call('up()', (perform: Execute) => {
        const first = perform(script('CREATE TABLE t (a)')) as Promise<void>;
        void first.then(() => perform(script('INSERT INTO t VALUES (1)')));
      });
      yield* script('COMMIT');
    }
    await runAsync(op(), bridge, host).catch(() => undefined);
    expect(bridge.requests.map(({ sql }) => sql)).toEqual(['CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)', 'COMMIT']);
  });

  it('continues with the next nested operation after one failed', async () => {
    const op = call('up()', async (perform: Execute) => {
      const results = await Promise.allSettled([perform(script('SELEC 1')), perform(query('SELECT 1 AS one'))]);
      return results.map((result) => result.status);
    });
    expect(await runAsync(op, async(), host)).toEqual(['rejected', 'fulfilled']);
  });
});

describe('an SqlError keeps which function of the engine asked', () => {
  function* readVersion(): Op<unknown> {
    return yield* queryOne('SELECT nope');
  }
  function* readAll(): Op<unknown> {
    return yield* readVersion();
  }
  const failure = async (run: () => unknown): Promise<unknown> => {
    try {
      await run();
    } catch (error) {
      return error;
    }
    throw new Error('it did not fail');
  };

  it.each([
    ['runSync', () => runSync(readAll(), bridgeFor(new Database(':memory:')), host)],
    ['runAsync', () => runAsync(readAll(), asyncBridge(bridgeFor(new Database(':memory:'))), host)],
  ])('%s', async (_, run) => {
    const error = await failure(run);
    expect(isSqlError(error) && error.callers).toMatch(/ at .*queryOne[^]* at .*readVersion[^]* at .*readAll/);
    expect(Object.keys(error as object)).not.toContain('callers');
  });
});
