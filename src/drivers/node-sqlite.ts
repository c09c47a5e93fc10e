import {
  LOCAL,
  type ColumnOrigin,
  type ConnectionSetup,
  type DatabaseBridge,
  type Row,
  type Value,
} from '../bridge/index.ts';
import { setUpConnection, loadLibrary } from './connection-setup.ts';
import { ALL_PAGES, mainFile, targetBusy } from './database-files.ts';
import { toBound, toColumnOrigins, toRegistered, toRows } from './driver-values.ts';
import { compileError, requireSingle, requireStatement, StatementCache } from './statement-cache.ts';

/** The used part of `DatabaseSync` of node:sqlite, on Node, Bun and Deno, or of @photostructure/sqlite. */
export interface NodeSqliteHandle {
  /** Since Node 22.15. */
  readonly isOpen?: boolean;
  /** Since Node 22.16. */
  readonly isTransaction?: boolean;
  open(): void;
  prepare(sql: string): NodeSqliteStatement;
  exec(sql: string): void;
  function(name: string, options: object, fn: (...args: Value[]) => Value): void;
  enableLoadExtension?(on: boolean): void;
  loadExtension?(path: string, entryPoint?: string): void;
  /** @photostructure/sqlite has it here, node:sqlite in the module. */
  backup?(file: string, options: { readonly rate: number }): Promise<number>;
  /** Of node:sqlite since Node 24. Deno allows no ATTACH unless it has all permissions. */
  readonly limits?: { readonly attach: number };
  close(): void;
}

export interface NodeSqliteStatement {
  /** Since Node 22.16. */
  columns?(): readonly unknown[];
  setReadBigInts(on: boolean): void;
  // TypeScript before 6 does not match the drivers' declarations with a narrower type.
  run(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
}

/** The module's `backup(database, file, options)`. */
export type NodeSqliteBackup = (
  handle: NodeSqliteHandle,
  file: string,
  options: { readonly rate: number },
) => Promise<number>;

type Constructor = new (file: string, options?: object) => NodeSqliteHandle;

interface Compiled {
  readonly statement: NodeSqliteStatement;
  readonly hasRows: boolean;
}

/**
 * The bridge to an open node:sqlite connection. Integers beyond 2^53 are read as bigints; node:sqlite alone would throw.
 * `backup` is the function of the handle's module; without it, and without a method of the handle, a restore is not
 * possible. `setup` prepares further connections to the database before they read it.
 *
 * ```ts
 * migrateSync({ database: nodeSqliteBridge(new DatabaseSync('app.db')), migrations });
 * ```
 */
export function nodeSqliteBridge(
  handle: NodeSqliteHandle,
  driver: string = 'node:sqlite',
  backup?: NodeSqliteBackup,
  setup: ConnectionSetup = {},
): DatabaseBridge {
  const cache = new StatementCache(compile, ({ hasRows }) => hasRows);
  const registered = new Map<string, (...args: Value[]) => Value>();
  let closed = false;
  let thrown: { readonly error: unknown } | undefined;

  function compile(sql: string): Compiled {
    try {
      const statement = handle.prepare(sql);
      statement.setReadBigInts(true);
      return { statement, hasRows: statement.columns?.().length !== 0 };
    } catch (error) {
      throw compileError(error, sql);
    }
  }

  function query(sql: string, params: readonly Value[]): readonly Row[] {
    const { statement, hasRows } = cache.prepare(sql, params.length);
    return rethrowing(() => {
      // all() works for both, but @photostructure/sqlite has SQLite's error code in run() only.
      if (hasRows) return toRows(statement.all(...params.map(toBound)));
      statement.run(...params.map(toBound));
      return [];
    });
  }

  /** Throws the exception of a registered function instead of the driver's error. */
  function rethrowing<T>(ask: () => T): T {
    thrown = undefined;
    try {
      return ask();
    } catch (error) {
      throw thrown === undefined ? error : (thrown as { readonly error: unknown }).error;
    }
  }

  function columns(sql: string): readonly ColumnOrigin[] | undefined {
    requireSingle(sql);
    const described = compile(sql).statement.columns?.();
    // Deno prepares a text without a statement.
    if (described?.length === 0) requireStatement(sql);
    return described && toColumnOrigins(described);
  }

  const file = (): string | undefined => mainFile(query('PRAGMA database_list', []));

  return {
    driver,
    sync: true,
    // VACUUM INTO attaches the new file.
    ...(handle.limits?.attach === 0 && { engine: { ...LOCAL, attach: false, snapshot: 'none' } }),
    file,
    query,
    script: (sql) => rethrowing(() => handle.exec(sql)),
    columns,
    ...(handle.isTransaction === undefined ? {} : { inTransaction: () => handle.isTransaction === true }),
    openSecond(other, plain) {
      const path = other ?? file();
      if (path === undefined) return undefined;
      const open = handle.constructor as Constructor;
      if (plain === true) return nodeSqliteBridge(new open(path), driver, backup);
      // A second connection to the same file only makes copies (VACUUM INTO), which compiles the schema again: an old one
      // may have string literals in double quotes.
      const dqsOption = other === undefined ? { enableDoubleQuotedStringLiterals: true } : {};
      const opened = new open(path, { ...nodeSqliteOptions(setup), ...dqsOption });
      const second = nodeSqliteBridge(prepareNodeSqlite(opened, setup, path), driver, backup, setup);
      for (const [name, fn] of registered) second.registerFunction?.(name, fn);
      return second;
    },
    ...(handle.backup === undefined && backup === undefined
      ? {}
      : { copyInto: (target) => copyAll(handle, target, backup) }),
    registerFunction(name, fn) {
      registered.set(name, fn);
      // Generated columns and indexes on expressions accept deterministic functions only.
      const body = toRegistered(fn);
      const safe = inDeno() ? failWithoutThrowing(body, (error) => (thrown = { error })) : body;
      handle.function(name, { varargs: true, deterministic: true, useBigIntArguments: true }, safe);
    },
    close() {
      if (!closed) handle.close();
      closed = true;
    },
    // A handle with a `backup` method is @photostructure/sqlite's, which does not finalize statements when it closes.
    closesLate: handle.backup !== undefined,
  };
}

/**
 * Keeps an exception and returns a symbol, which is no SQL value, so the statement fails. In Deno's node:sqlite, a function
 * that throws makes all() loop forever, and iterate() ignores SQLite's errors.
 */
function failWithoutThrowing(
  body: (...args: Value[]) => Value,
  keep: (error: unknown) => void,
): (...args: Value[]) => Value {
  return (...args) => {
    try {
      return body(...args);
    } catch (error) {
      keep(error);
      return Symbol('thrown') as unknown as Value;
    }
  };
}

const inDeno = (): boolean => 'Deno' in globalThis;

/** The constructor's options for a setup. */
export function nodeSqliteOptions({ extensions = [], doubleQuotedStrings = false }: ConnectionSetup): {
  readonly allowExtension?: true;
  readonly enableDoubleQuotedStringLiterals?: true;
} {
  return {
    ...(extensions.length > 0 && { allowExtension: true }),
    ...(doubleQuotedStrings && { enableDoubleQuotedStringLiterals: true }),
  };
}

/**
 * Prepares a new connection; afterwards SQL cannot load extensions.
 * Errors: `EXTENSION_FAILED`, `PREPARE_FAILED`.
 */
export function prepareNodeSqlite<H extends NodeSqliteHandle>(handle: H, setup: ConnectionSetup, path: string): H {
  return setUpConnection(handle, setup, path, (extension) => {
    handle.enableLoadExtension!(true);
    loadLibrary(handle, extension);
    handle.enableLoadExtension!(false);
  });
}

async function copyAll(handle: NodeSqliteHandle, file: string, backup: NodeSqliteBackup | undefined): Promise<number> {
  let pages: number | undefined;
  try {
    pages = await (handle.backup?.(file, { rate: ALL_PAGES }) ?? backup?.(handle, file, { rate: ALL_PAGES }));
  } catch (error) {
    // For a locked target it rejects with the message of SQLITE_OK.
    if (error instanceof Error && error.message.startsWith('not an error')) throw targetBusy();
    throw error;
  }
  if (pages === undefined || pages === 0) throw targetBusy();
  return pages;
}
