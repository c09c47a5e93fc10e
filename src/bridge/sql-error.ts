import { hasBrand, isDunlinError, readableError, type DunlinError } from '../errors/index.ts';
import { describeError } from './describe-error.ts';
import type { Full } from './find-full.ts';
import { primaryCode } from './result-codes.ts';
import type { DatabaseBridge, DriverErrorInfo } from './types.ts';

const brand = Symbol.for('dunlin.sql-error');

/**
 * An error of SQLite, the same for every driver. It is what a migration written in code can catch, and the `cause` of
 * the DunlinErrors that a failing statement leads to; its own `cause` is the driver's error.
 */
export class SqlError extends Error {
  /** The symbolic result code, as exact as the driver tells it: `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly code: string;
  /** The code without its extension: `SQLITE_CONSTRAINT`. */
  readonly primary: string;
  /** The statement or script that failed. */
  readonly sql: string | undefined;
  /** Of `SQLITE_FULL`: what is full, where it is not the disk of the database. */
  readonly full: Full | undefined;
  #callers: string | undefined;

  constructor(facts: DriverErrorInfo, sql: string | undefined, cause: unknown, full?: Full) {
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

/** Whether `error` is a SqlError, also one from another copy of the package. */
export function isSqlError(error: unknown): error is SqlError {
  return hasBrand(error, brand);
}

/** A driver's error as a SqlError. What Dunlin itself found wrong stays as it is. */
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
 * Another connection has the lock; the same statement can succeed later. SQLITE_LOCKED is not that: it is a conflict
 * within one connection, which waiting does not end. In shared-cache mode the other connection gets its code, though.
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
