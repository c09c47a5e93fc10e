import type { ColumnOrigin, ConnectionSetup, DatabaseBridge, Row, Value } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { setUpConnection, loadLibrary } from './connection-setup.ts';
import { ALL_PAGES, mainFile, targetBusy } from './database-files.ts';
import { toBound, toColumnOrigins, toNamedRows, toRegistered } from './driver-values.ts';
import { compileError, requireSingle, StatementCache } from './statement-cache.ts';

/** The used part of better-sqlite3's `Database` (12 and later). */
export interface BetterSqlite3Handle {
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  prepare(sql: string): BetterSqlite3Statement;
  exec(sql: string): unknown;
  pragma(sql: string): unknown;
  function(name: string, options: object, fn: (...args: Value[]) => Value): unknown;
  loadExtension?(path: string, entryPoint?: string): unknown;
  backup(file: string, options: { progress(): number }): Promise<{ readonly totalPages: number }>;
  close(): unknown;
}

export interface BetterSqlite3Statement {
  readonly reader: boolean;
  safeIntegers(on: boolean): unknown;
  raw(on: boolean): unknown;
  columns(): readonly { readonly name: string }[];
  // TypeScript before 6 does not match the drivers' declarations with a narrower type.
  run(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
}

type Constructor = new (file: string, options: object) => BetterSqlite3Handle;

/**
 * The bridge to an open better-sqlite3 connection. Integers beyond 2^53 are read as bigints, whatever the
 * connection's `defaultSafeIntegers` says.
 *
 * `setup` prepares further connections to the database before they read it.
 *
 * ```ts
 * migrateSync({ database: betterSqlite3Bridge(new Database('app.db')), migrations });
 * ```
 */
export function betterSqlite3Bridge(
  handle: BetterSqlite3Handle,
  driver: string = 'better-sqlite3',
  setup: ConnectionSetup = {},
): DatabaseBridge {
  const cache = new StatementCache(compile, ({ reader }) => reader);
  const registered = new Map<string, (...args: Value[]) => Value>();

  function compile(sql: string): BetterSqlite3Statement {
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
    // all() refuses a statement without columns, and run() drops the rows of one with columns.
    if (statement.reader) {
      statement.raw(true);
      const rows = statement.all(...params.map(toBound)) as Value[][];
      const names = statement.columns().map(({ name }) => name);
      return toNamedRows(names, rows);
    }
    statement.run(...params.map(toBound));
    return [];
  }

  function columns(sql: string): readonly ColumnOrigin[] | undefined {
    requireSingle(sql);
    const statement = compile(sql);
    // columns() refuses a statement without a result.
    return statement.reader ? toColumnOrigins(statement.columns()) : [];
  }

  const file = (): string | undefined => mainFile(query('PRAGMA database_list', []));

  return {
    driver,
    sync: true,
    file,
    query,
    script: (sql) => void handle.exec(sql),
    columns,
    inTransaction: () => handle.inTransaction,
    openSecond(other, plain) {
      const path = other ?? file();
      if (path === undefined) return undefined;
      const open = handle.constructor as Constructor;
      const opened = new open(path, { readonly: handle.readonly, fileMustExist: true, timeout: 0 });
      if (plain === true) return betterSqlite3Bridge(opened, driver);
      const second = betterSqlite3Bridge(prepareBetterSqlite3(opened, setup, path), driver, setup);
      for (const [name, fn] of registered) second.registerFunction?.(name, fn);
      return second;
    },
    async copyInto(target) {
      // For a locked target it stops and resolves with 0 pages (lib/methods/backup.js).
      const { totalPages } = await handle.backup(target, { progress: () => ALL_PAGES });
      if (totalPages === 0) throw targetBusy();
      return totalPages;
    },
    registerFunction(name, fn) {
      registered.set(name, fn);
      // Generated columns and indexes on expressions accept deterministic functions only.
      handle.function(name, { varargs: true, deterministic: true, safeIntegers: true }, toRegistered(fn));
    },
    close: () => void handle.close(),
  };
}

/** Prepares a new connection. Errors: `EXTENSION_FAILED`, `PREPARE_FAILED`, `DOUBLE_QUOTES_UNSUPPORTED`. */
export function prepareBetterSqlite3<H extends BetterSqlite3Handle>(
  handle: H,
  setup: ConnectionSetup,
  path: string,
): H {
  if (setup.doubleQuotedStrings === true) {
    handle.close();
    throw dunlinError('DOUBLE_QUOTES_UNSUPPORTED', { driver: 'better-sqlite3' });
  }
  return setUpConnection(handle, setup, path, (extension) => loadLibrary(handle, extension));
}
