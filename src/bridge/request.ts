import type { DunlinEvent } from './event.ts';
import type { EngineFacts } from './engine-facts.ts';
import type { Files } from './host.ts';
import type { ColumnOrigin, DatabaseBridge, Row, Value } from './types.ts';
import { isSqlError, withCaller } from './sql-error.ts';

/**
 * What the engine yields. It performs no I/O itself: it yields requests and receives their results. So one engine serves
 * both APIs, a test can answer, record or fail every request, and an abandoned generator simulates a death.
 */
export type Request =
  | {
      readonly kind: 'query';
      readonly sql: string;
      readonly params: readonly Value[];
      /** Another connection than the run's. */
      readonly on?: DatabaseBridge;
    }
  | { readonly kind: 'script'; readonly sql: string; readonly on?: DatabaseBridge }
  | { readonly kind: 'columns'; readonly sql: string; readonly on?: DatabaseBridge }
  | { readonly kind: 'connect'; readonly file: string | undefined; readonly plain?: boolean }
  | { readonly kind: 'disconnect'; readonly bridge: DatabaseBridge }
  | { readonly kind: 'copyInto'; readonly bridge: DatabaseBridge; readonly file: string }
  | { readonly kind: 'file'; readonly name: keyof Files; readonly args: readonly unknown[] }
  | { readonly kind: 'inTransaction' }
  | { readonly kind: 'engine'; readonly on?: DatabaseBridge }
  | { readonly kind: 'undisturbed' }
  | { readonly kind: 'clock' }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'emit'; readonly event: DunlinEvent }
  | { readonly kind: 'nested'; readonly op: Op<unknown> }
  | { readonly kind: 'call'; readonly what: string; readonly fn: (execute: Execute) => unknown };

/** A computation of the engine: a generator of requests with a typed result. */
export type Op<T> = Generator<Request, T, unknown>;

/**
 * Runs a nested operation in the current loop, so that requests from user code take the same path. Returns a value on a
 * synchronous bridge, a promise on an asynchronous one.
 */
export type Execute = <T>(op: Op<T>) => T | Promise<T>;

/** Runs an operation whose requests another one answers: it may change them, or act before them. */
export function* answerRequests<T>(op: Op<T>, answer: (request: Request) => Op<unknown>): Op<T> {
  let step = op.next();
  while (step.done !== true) {
    let result: unknown;
    try {
      result = yield* answer(step.value);
    } catch (error) {
      step = op.throw(error);
      continue;
    }
    step = op.next(result);
  }
  return step.value;
}

/** Yields a request for SQL. Its error keeps the functions that asked, which are on the stack only here. */
function* ask(request: Request): Op<unknown> {
  try {
    return yield request;
  } catch (error) {
    throw withCaller(error);
  }
}

/** Runs one statement with positional parameters and returns its rows. */
export function query<R extends Row = Row>(sql: string, params: readonly Value[] = []): Op<readonly R[]> {
  return ask({ kind: 'query', sql, params }) as Op<readonly R[]>;
}

/** `query` that returns the first row, or undefined. */
export function* queryOne<R extends Row = Row>(sql: string, params: readonly Value[] = []): Op<R | undefined> {
  return (yield* query<R>(sql, params))[0];
}

/** The first value of the first row, as a number; 0 without one. */
export function* queryNumber(sql: string, params: readonly Value[] = []): Op<number> {
  return Number(Object.values((yield* queryOne(sql, params)) ?? {})[0] ?? 0);
}

/** What an operation returns, or why SQLite refuses a statement of it. */
export function* unlessRefused<T>(
  op: Op<T>,
): Op<{ readonly result: T; readonly reason: undefined } | { readonly result: undefined; readonly reason: string }> {
  try {
    return { result: yield* op, reason: undefined };
  } catch (error) {
    // A damaged page or a full disk is no fault of the statement.
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return { result: undefined, reason: error.message };
  }
}

/** `query` on another connection; undefined for the run's own. */
export function queryOn<R extends Row = Row>(
  on: DatabaseBridge | undefined,
  sql: string,
  params: readonly Value[] = [],
): Op<readonly R[]> {
  const request: Request = { kind: 'query', sql, params };
  return ask(on === undefined ? request : { ...request, on }) as Op<readonly R[]>;
}

/** Opens a second connection, to this file or another, with the same SQLite library. Undefined if the driver cannot. */
export function* connect(file?: string): Op<DatabaseBridge | undefined> {
  return (yield { kind: 'connect', file }) as DatabaseBridge | undefined;
}

/** Opens a connection to one of Dunlin's own files, such as a lock: without keys, functions and extensions. */
export function* connectPlain(file: string): Op<DatabaseBridge | undefined> {
  return (yield { kind: 'connect', file, plain: true }) as DatabaseBridge | undefined;
}

export function* disconnect(bridge: DatabaseBridge): Op<void> {
  yield { kind: 'disconnect', bridge };
}

/** Writes a connection's database over the one in a file. Undefined if the driver cannot. */
export function* copyInto(bridge: DatabaseBridge, target: string): Op<number | undefined> {
  return (yield { kind: 'copyInto', bridge, file: target }) as number | undefined;
}

/** Calls one of the `Files` operations. */
export function* file<K extends keyof Files>(name: K, ...args: Parameters<Files[K]>): Op<ReturnType<Files[K]>> {
  return (yield { kind: 'file', name, args }) as ReturnType<Files[K]>;
}

/** Runs any number of statements without parameters or results. */
export function script(sql: string): Op<void> {
  return ask({ kind: 'script', sql }) as Op<void>;
}

/** `script` on another connection. */
export function scriptOn(on: DatabaseBridge, sql: string): Op<void> {
  return ask({ kind: 'script', sql, on }) as Op<void>;
}

/** The result columns of a statement, which is prepared but not run; undefined if the driver does not know them. */
export function* columnsOf(sql: string): Op<readonly ColumnOrigin[] | undefined> {
  return (yield { kind: 'columns', sql }) as readonly ColumnOrigin[] | undefined;
}

/** Whether a transaction is open; undefined if the driver does not know. */
export function* inTransaction(): Op<boolean | undefined> {
  const answer = yield { kind: 'inTransaction' };
  return typeof answer === 'boolean' ? answer : undefined;
}

/**
 * Whether only the engine's code runs between two requests: the driver is synchronous and there is no event listener. So
 * what was true after one request is still true before the next.
 */
export function* isUndisturbed(): Op<boolean> {
  return (yield { kind: 'undisturbed' }) === true;
}

/** Where the engine differs from SQLite on a local file; that of another connection, if one is given. */
export function* engineFacts(on?: DatabaseBridge): Op<EngineFacts> {
  return (yield on === undefined ? { kind: 'engine' } : { kind: 'engine', on }) as EngineFacts;
}

/** Milliseconds since the epoch. */
export function* clock(): Op<number> {
  return (yield { kind: 'clock' }) as number;
}

export function* sleep(ms: number): Op<void> {
  yield { kind: 'sleep', ms };
}

/** Emits an event. Yield it outside a `try` that guards a savepoint: a listener's error must not undo a migration. */
export function* emit(event: DunlinEvent): Op<void> {
  yield { kind: 'emit', event };
}

/**
 * Runs `op` in a loop of its own, with the same result as `yield* op`. With `yield*`, each request crosses every enclosing
 * generator; with thousands of requests that costs more than the queries.
 */
export function* nested<T>(op: Op<T>): Op<T> {
  return (yield { kind: 'nested', op }) as T;
}

/** Calls the user's function. A synchronous run refuses a promise; an asynchronous run awaits it. */
export function* call<T>(what: string, fn: (execute: Execute) => T | Promise<T>): Op<T> {
  return (yield { kind: 'call', what, fn }) as T;
}

/**
 * Whether a transaction is open. If the driver does not know (node:sqlite before Node 22.16, some custom bridges), it
 * tries BEGIN, which SQLite refuses inside a transaction. Throws if BEGIN fails for another reason, such as a lock, a
 * damaged file or an interrupt.
 */
export function* isTransactionOpen(): Op<boolean> {
  const open = yield* inTransaction();
  if (open !== undefined) return open;
  try {
    yield* script('BEGIN');
  } catch (error) {
    if (isSqlError(error) && error.primary === 'SQLITE_ERROR' && refusal.test(error.message)) return true;
    throw error;
  }
  yield* script('ROLLBACK');
  return false;
}

/** SQLite's message (src/vdbe.c, OP_AutoCommit), which has no result code of its own. Drivers may add words around it. */
const refusal = /cannot start a transaction within a transaction/;
