import type { EngineFacts } from './engine-facts.ts';

/** What SQLite stores and Dunlin binds. A driver's bridge never sees a boolean, a Date or undefined. */
export type Value = null | number | bigint | string | Uint8Array;

/** One result row, by column name. */
export type Row = Readonly<Record<string, Value>>;

export type MaybePromise<T> = T | Promise<T>;

/** One result column of a statement, and the table column that its values come from: undefined for an expression. */
export interface ColumnOrigin {
  /** The name in the result: the alias, if there is one. */
  readonly name: string;
  /** `main`, `temp`, or the name of an attached database. */
  readonly database: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
}

/** A driver's error as a bridge describes it. */
export interface DriverErrorInfo {
  /** SQLite's symbolic result code, extended if the driver has that: `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly code: string;
  readonly message: string;
}

/**
 * One open connection to one database, whatever the driver. Implement it to run Dunlin on a driver it does not know, or
 * behind an application's own abstraction.
 *
 * The contract, which the conformance suite in `dunlin/testing` checks: statements run in the order of the calls,
 * on one connection; `query` takes exactly one statement, `script` any number; nothing is wrapped in a transaction;
 * an error leaves the connection usable.
 */
export interface DatabaseBridge {
  /** For messages and results: `better-sqlite3`, `node:sqlite`, your own name. */
  readonly driver: string;
  /**
   * True when every method but `copyInto` returns its value; false when they return promises. Only a sync bridge can
   * `migrateSync`.
   */
  readonly sync: boolean;
  /** Where the engine differs from SQLite on a local file: `{ ...LOCAL, foreignKeys: 'always-on' }`. Default: `LOCAL`. */
  readonly engine?: EngineFacts;
  /** The database's file, absolute; undefined for one in memory. Leave it out if unknown; messages then name the driver. */
  file?(): string | undefined;
  /** Runs one statement with positional parameters and returns its rows (none for a statement without a result). */
  query(sql: string, params: readonly Value[]): MaybePromise<readonly Row[]>;
  /** Runs zero or more statements without parameters. */
  script(sql: string): MaybePromise<void>;
  /**
   * Prepares one statement, without running it, and returns its result columns in order, each with the table column it
   * comes from, also through views, CTEs and subqueries (sqlite3_column_origin_name); none for a statement without a
   * result. Parameters stay unbound. Fails as `query` does. Do not call it with a PRAGMA: SQLite runs some as it
   * prepares them. Return undefined, or omit the method, if the driver does not know them.
   */
  columns?(sql: string): MaybePromise<readonly ColumnOrigin[] | undefined>;
  /**
   * Whether a transaction is open, according to the connection itself: SQLite rolls back after some errors, which a flag
   * in your code would miss. Omit it if the driver does not know; the engine then sends a BEGIN, which SQLite refuses
   * inside a transaction, and needs that error's message: "cannot start a transaction within a transaction".
   */
  inTransaction?(): MaybePromise<boolean>;
  /** SQLite's code for an error of this driver. Without it, the usual shapes are recognised. */
  describeError?(error: unknown): DriverErrorInfo | undefined;
  /**
   * One more connection from the same SQLite library, with the same registered functions: to the file given, else to
   * the same one; undefined for a database without a file. Without it no backups are made. It must be able to read the
   * database and copies of it: with the same key, the same collations and extensions. `plain` asks for a connection
   * without any of that: to a small file of Dunlin's own, which is never encrypted.
   */
  openSecond?(file?: string, plain?: boolean): MaybePromise<DatabaseBridge | undefined>;
  /**
   * Writes this database over the one in a file, with SQLite's backup API: in one step, under that file's locks.
   * Resolves to the number of pages that were copied; 0 means SQLITE_BUSY. Without it a restore is not possible.
   */
  copyInto?(file: string): Promise<number>;
  /** Makes a function callable from SQL, for schemas whose CHECKs, triggers or generated columns call it. */
  registerFunction?(name: string, fn: (...args: Value[]) => Value): void;
  close?(): MaybePromise<void>;
  /**
   * True for a driver that keeps a closed connection's file open until its statements are garbage-collected. Then the
   * engine opens as few connections to the database as possible, and runs no statement with a result on them.
   */
  readonly closesLate?: boolean;
}

/** A loadable SQLite extension: the path of its library, and its entry point if that is not the default. */
export type Extension = string | { readonly path: string; readonly entryPoint?: string };

/** The common part of all drivers' connections. Annotate the parameter of `prepare` with the driver's type for more. */
export interface DriverConnection {
  exec(sql: string): unknown;
}

/** Which connection `prepare` is called for. */
export interface PrepareInfo {
  /** The opened file: the database, or a copy of it; undefined for a database in memory. */
  readonly file: string | undefined;
}

/** What a connection needs before it can read the database: extensions first, then `prepare`, which may call them. */
export interface ConnectionSetup {
  readonly extensions?: readonly Extension[];
  /** Whether text in double quotes that is no name is a string (sqlite.org/quirks.html, section 8). */
  readonly doubleQuotedStrings?: boolean;
  /** A method, so that the parameter may be annotated with the driver's own class. */
  prepare?(connection: DriverConnection, info: PrepareInfo): void;
}

/** An extension's path and entry point. */
export function extensionParts(extension: Extension): { readonly path: string; readonly entryPoint?: string } {
  return typeof extension === 'string' ? { path: extension } : extension;
}

/** Whether a value is a promise, also of another realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
  } catch {
    // A revoked Proxy throws; it is not a promise.
    return false;
  }
}
