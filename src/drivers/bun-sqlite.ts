import type { ConnectionSetup, DatabaseBridge, Row, Value } from '../bridge/index.ts';
import { splitStatements } from '../sql/index.ts';
import { setUpConnection, loadLibrary } from './connection-setup.ts';
import { mainFile } from './database-files.ts';
import { toBound, toNamedRows, toRegistered } from './driver-values.ts';
import { compileError, StatementCache } from './statement-cache.ts';

/** The used part of the class `Database` of bun:sqlite. */
export interface BunSqliteHandle {
  readonly filename: string;
  /** Throws after close(). */
  readonly inTransaction: boolean;
  prepare(sql: string): BunSqliteStatement;
  exec(sql: string): unknown;
  function(name: string, options: object, fn: (...args: Value[]) => Value): unknown;
  loadExtension(path: string, entryPoint?: string): unknown;
  close(): unknown;
}

export interface BunSqliteStatement {
  /** Whether it has a result. */
  readonly reader: boolean;
  readonly columnNames: readonly string[];
  safeIntegers(on: boolean): unknown;
  run(...params: unknown[]): unknown;
  /** The rows as lists of values. */
  values(...params: unknown[]): unknown[];
  finalize(): unknown;
}

type Constructor = new (file: string, options: object) => BunSqliteHandle;

/**
 * The bridge to an open bun:sqlite connection. Integers beyond 2^53 are read as bigints, whatever the connection's
 * `safeIntegers` says. It has no backup API, so a backup can be made and proven, but not restored through this bridge.
 *
 * `setup` prepares further connections to the database before they read it.
 *
 * ```ts
 * migrateSync({ database: bunSqliteBridge(new Database('app.db')), migrations });
 * ```
 */
export function bunSqliteBridge(handle: BunSqliteHandle, setup: ConnectionSetup = {}): DatabaseBridge {
  // One that is not finalized keeps the file open after close(), until it is collected.
  const cache = new StatementCache(
    compile,
    ({ reader }) => reader,
    (statement) => void statement.finalize(),
  );
  const registered = new Map<string, (...args: Value[]) => Value>();

  function compile(sql: string): BunSqliteStatement {
    try {
      const statement = handle.prepare(sql);
      statement.safeIntegers(true);
      return statement;
    } catch (error) {
      throw compileError(error, sql);
    }
  }

  function query(sql: string, params: readonly Value[]): readonly Row[] {
    const statement = cache.prepare(sql, params.length);
    const values = params.map(toBound);
    try {
      if (statement.reader) return toNamedRows(statement.columnNames, statement.values(...values) as Value[][]);
      statement.run(...values);
      return [];
    } finally {
      cache.done(sql, statement);
    }
  }

  const file = (): string | undefined => mainFile(query('PRAGMA database_list', []));

  return {
    driver: 'bun:sqlite',
    sync: true,
    file,
    query,
    script(sql) {
      // exec() refuses a text without a statement.
      if (splitStatements(sql).length > 0) handle.exec(sql);
    },
    inTransaction: () => handle.inTransaction,
    openSecond(other, plain) {
      const path = other ?? file();
      if (path === undefined) return undefined;
      const opened = openBunSqlite(handle.constructor as Constructor, path, { create: false, readOnly: false });
      if (plain === true) return bunSqliteBridge(opened);
      const second = bunSqliteBridge(prepareBunSqlite(opened, setup, path), setup);
      for (const [name, fn] of registered) second.registerFunction?.(name, fn);
      return second;
    },
    registerFunction(name, fn) {
      registered.set(name, fn);
      // Generated columns and indexes on expressions accept deterministic functions only.
      handle.function(name, { varargs: true, deterministic: true, safeIntegers: true }, toRegistered(fn));
    },
    close() {
      cache.clear();
      handle.close();
    },
  };
}

/** Opens a file with the class of bun:sqlite. */
export function openBunSqlite(
  Database: Constructor,
  file: string,
  { create, readOnly }: { readonly create: boolean; readonly readOnly: boolean },
): BunSqliteHandle {
  return new Database(file, readOnly ? { readonly: true } : { readwrite: true, create });
}

/** Prepares a new connection. Errors: `EXTENSION_FAILED`, `PREPARE_FAILED`. */
export function prepareBunSqlite(handle: BunSqliteHandle, setup: ConnectionSetup, path: string): BunSqliteHandle {
  return setUpConnection(handle, setup, path, (extension) => loadLibrary(handle, extension));
}
