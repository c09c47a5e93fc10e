import type { DatabaseBridge, Value } from '../bridge/index.ts';

/** One request to a bridge. */
export interface RecordedRequest {
  readonly kind: 'query' | 'script' | 'columns';
  readonly sql: string;
  readonly params: readonly Value[];
}

/** A bridge that records its requests, and fails on demand. */
export interface RecordedBridge extends DatabaseBridge {
  /** All requests since the beginning or the last `reset`, failures included, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Makes the nth request from now on fail: 1 is the next one. */
  failNth(n: number, error?: unknown): void;
  /** Makes every request fail whose SQL contains the text or matches the regular expression. */
  failWhen(match: string | RegExp, error?: unknown): void;
  /** Forgets the requests and the failures. */
  reset(): void;
}

/** An error as a driver throws it: with SQLite's symbolic result code. */
export function driverError(code: string, message: string = code): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * Wraps a bridge so that every request is recorded, and chosen ones fail before they reach it. The error is
 * `SQLITE_IOERR` unless another is given (see `driverError`).
 *
 * ```ts
 * const bridge = recordBridge(bridgeFor(database));
 * bridge.failWhen('CREATE INDEX', driverError('SQLITE_FULL', 'database or disk is full'));
 * ```
 */
export function recordBridge(bridge: DatabaseBridge): RecordedBridge {
  const requests: RecordedRequest[] = [];
  const failures: ((request: RecordedRequest) => { readonly error: unknown } | undefined)[] = [];

  function pass<T>(request: RecordedRequest, ask: () => T): T | Promise<never> {
    requests.push(request);
    for (const failure of failures) {
      const found = failure(request);
      if (found === undefined) continue;
      if (bridge.sync) throw found.error;
      return Promise.reject(found.error);
    }
    return ask();
  }

  const { file, columns, inTransaction, describeError, openSecond, registerFunction, close } = bridge;
  return {
    driver: bridge.driver,
    sync: bridge.sync,
    ...(bridge.engine && { engine: bridge.engine }),
    ...(file && { file: () => file.call(bridge) }),
    query: (sql, params) => pass({ kind: 'query', sql, params: [...params] }, () => bridge.query(sql, params)),
    script: (sql) => pass({ kind: 'script', sql, params: [] }, () => bridge.script(sql)),
    ...(columns && {
      columns: (sql) => pass({ kind: 'columns', sql, params: [] }, () => columns.call(bridge, sql)),
    }),
    ...(inTransaction && { inTransaction: () => inTransaction.call(bridge) }),
    ...(describeError && { describeError: (error) => describeError.call(bridge, error) }),
    ...(openSecond && { openSecond: (file) => openSecond.call(bridge, file) }),
    ...(registerFunction && { registerFunction: (name, fn) => registerFunction.call(bridge, name, fn) }),
    ...(close && { close: () => close.call(bridge) }),
    requests,
    failNth(n, error = driverError('SQLITE_IOERR', 'disk I/O error')) {
      let left = n;
      failures.push(() => (--left === 0 ? { error } : undefined));
    },
    failWhen(match, error = driverError('SQLITE_IOERR', 'disk I/O error')) {
      failures.push((request) => (matches(request.sql, match) ? { error } : undefined));
    },
    reset() {
      requests.length = 0;
      failures.length = 0;
    },
  };
}

/** Whether SQL contains the text, or matches the regular expression. */
export function matches(sql: string, match: string | RegExp): boolean {
  return typeof match === 'string' ? sql.includes(match) : sql.search(match) !== -1;
}
