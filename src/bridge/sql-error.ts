import { hasBrand, isDunlinError, readableError, type DunlinError } from '../errors/index.ts';
import { describeError } from './describe-error.ts';
import type { FullCause } from './disk-full-cause.ts';
import { primaryCode } from './result-codes.ts';
import type { DatabaseBridge, DriverErrorInfo } from './types.ts';

const brand = Symbol.for('dunlin.sql-error');

/**
 * An SQLite error, the same for every driver. Migrations in code can catch it, and it is the `cause` of the DunlinError
 * of a failed statement. Its own `cause` is the driver's error.
 */
export class SqlError extends Error {
  /** The symbolic result code, extended if the driver has that: `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly code: string;
  /** The code without its extension: `SQLITE_CONSTRAINT`. */
  readonly primary: string;
  /** The statement or script that failed. */
  readonly sql: string | undefined;
  /** For `SQLITE_FULL`: what is full, if not the database's disk. */
  readonly full: FullCause | undefined;
  #callers: string | undefined;

  constructor(facts: DriverErrorInfo, sql: string | undefined, cause: unknown, full?: FullCause) {
    super(facts.message, { cause });
    this.code = facts.code;
    this.primary = primaryCode(facts.code);
    this.sql = sql;
    this.full = full;
    Object.defineProperty(this, brand, { value: true });
  }

  /**
   * The functions of the engine that asked for the statement, innermost first, as a stack trace has them. The `stack` has
   * only the loop that ran it: generators are suspended then.
   */
  get callers(): string | undefined {
    return this.#callers;
  }

  set callers(trace: string | undefined) {
    this.#callers = trace;
  }

  override get name(): string {
    return `SqlError ${this.code}`;
  }
}

/** Whether `error` is a SqlError, also of another copy of the package. */
export function isSqlError(error: unknown): error is SqlError {
  return hasBrand(error, brand);
}

/** Converts a driver's error to a SqlError. A DunlinError stays unchanged. */
export function toSqlError<E>(
  error: E,
  sql?: string,
  bridge?: Pick<DatabaseBridge, 'describeError'>,
): SqlError | (E & DunlinError) {
  if (isSqlError(error) || isDunlinError(error)) return error;
  const readable = readableError(error);
  return new SqlError(bridge?.describeError?.(readable) ?? describeError(readable), sql, readable);
}

/**
 * Whether another connection has the lock, so that the statement can succeed later. SQLITE_LOCKED is different: a
 * conflict within one connection, where waiting does not help. Shared-cache mode uses its code for another connection.
 */
export function isBusy(error: unknown): error is SqlError {
  return isSqlError(error) && (error.primary === 'SQLITE_BUSY' || error.code === 'SQLITE_LOCKED_SHAREDCACHE');
}

/** Keeps on an SqlError who asked. Call it where the error arrives in the generator that yielded the request. */
export function withCaller(error: unknown): unknown {
  // The first line is the message, the second this function.
  if (isSqlError(error)) error.callers ??= new Error('asked').stack?.split('\n').slice(2).join('\n');
  return error;
}
