import type { DunlinEvent } from './event.ts';
import type { Files } from './host.ts';
import type { ColumnOrigin, DatabaseBridge, Row, Value } from './types.ts';
import { isSqlError, withCaller } from './sql-error.ts';

/**
 * What the engine asks for. It performs no I/O itself: it yields requests and is given the results, so one engine
 * serves both APIs, a test can answer, record or fail every request, and a simulated death is an abandoned generator.
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
  | { readonly kind: 'undisturbed' }
  | { readonly kind: 'clock' }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'emit'; readonly event: DunlinEvent }
  | { readonly kind: 'nested'; readonly op: Op<unknown> }
  | { readonly kind: 'call'; readonly what: string; readonly fn: (perform: Execute) => unknown };

/** A computation of the engine: a generator of requests with a typed result. */
export type Op<T> = Generator<Request, T, unknown>;

/**
 * Runs a nested operation through the loop that is running, so that requests made from user code pass the same
 * seam. On a synchronous bridge it returns the value, on an asynchronous one a promise.
 */
export type Execute = <T>(op: Op<T>) => T | Promise<T>;

/** One statement with positional parameters; its rows. */
export function* query<R extends Row = Row>(sql: string, params: readonly Value[] = []): Op<readonly R[]> {
  try {
    return (yield { kind: 'query', sql, params }) as readonly R[];
  } catch (error) {
    throw withCaller(error);
  }
}

/** The first row, or undefined. */
export function* queryOne<R extends Row = Row>(sql: string, params: readonly Value[] = []): Op<R | undefined> {
  return (yield* query<R>(sql, params))[0];
}

/** One statement on another connection than the run's. */
export function* queryOn<R extends Row = Row>(
  on: DatabaseBridge | undefined,
  sql: string,
  params: readonly Value[] = [],
): Op<readonly R[]> {
  try {
    return (yield on === undefined
      ? { kind: 'query', sql, params }
      : { kind: 'query', sql, params, on }) as readonly R[];
  } catch (error) {
    throw withCaller(error);
  }
}

/** A connection to another file from the same SQLite library, or one more to the same. Undefined if the driver cannot. */
export function* connect(file?: string): Op<DatabaseBridge | undefined> {
  return (yield { kind: 'connect', file }) as DatabaseBridge | undefined;
}

/** A connection to a file of Dunlin's own, such as a lock: without keys, functions and extensions. */
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

/** Something done to one of Dunlin's own files. */
export function* file<K extends keyof Files>(name: K, ...args: Parameters<Files[K]>): Op<ReturnType<Files[K]>> {
  return (yield { kind: 'file', name, args }) as ReturnType<Files[K]>;
}

/** Any number of statements without parameters or results. */
export function* script(sql: string): Op<void> {
  try {
    yield { kind: 'script', sql };
  } catch (error) {
    throw withCaller(error);
  }
}

/** The same on another connection than the run's. */
export function* scriptOn(on: DatabaseBridge, sql: string): Op<void> {
  try {
    yield { kind: 'script', sql, on };
  } catch (error) {
    throw withCaller(error);
  }
}

/** The result columns of a statement, which is prepared and not run; undefined where the driver cannot tell. */
export function* columnsOf(sql: string): Op<readonly ColumnOrigin[] | undefined> {
  return (yield { kind: 'columns', sql }) as readonly ColumnOrigin[] | undefined;
}

/** Whether a transaction is open; undefined where the driver cannot tell, or answers with something else. */
export function* inTransaction(): Op<boolean | undefined> {
  const answer = yield { kind: 'inTransaction' };
  return typeof answer === 'boolean' ? answer : undefined;
}

/**
 * Whether no code but the engine's runs between two requests that SQL alone makes: the driver is synchronous, and nobody
 * listens. Then an event reaches nobody, and what was true after one request is still true before the next.
 */
export function* isUndisturbed(): Op<boolean> {
  return (yield { kind: 'undisturbed' }) === true;
}

/** Milliseconds since the epoch. */
export function* clock(): Op<number> {
  return (yield { kind: 'clock' }) as number;
}

export function* sleep(ms: number): Op<void> {
  yield { kind: 'sleep', ms };
}

/** Tells listeners. Yield it outside a `try` that guards a savepoint: a listener's error must not undo a migration. */
export function* emit(event: DunlinEvent): Op<void> {
  yield { kind: 'emit', event };
}

/**
 * Has the loop run an operation by itself, with the same result as `yield* op`. Through `yield*` each request passes all
 * the generators around it on its way; for what asks thousands of times, that takes longer than the answers.
 */
export function* nested<T>(op: Op<T>): Op<T> {
  return (yield { kind: 'nested', op }) as T;
}

/** Calls the user's function; a promise it returns is awaited, which a synchronous run refuses. */
export function* call<T>(what: string, fn: (perform: Execute) => T | Promise<T>): Op<T> {
  return (yield { kind: 'call', what, fn }) as T;
}

/**
 * Whether a transaction is open. A driver that cannot tell (node:sqlite before Node 22.16, some applications' bridges)
 * is asked with a BEGIN, which SQLite refuses inside a transaction. Throws the error of a BEGIN that failed for another
 * reason: a lock, a damaged file or an interrupt says nothing about a transaction.
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

/** SQLite's words (src/vdbe.c, OP_AutoCommit). There is no result code of their own; drivers may put words around them. */
const refusal = /cannot start a transaction within a transaction/;
