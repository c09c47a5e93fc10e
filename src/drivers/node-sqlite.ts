import type { DatabaseBridge, Row, Value } from '../bridge/index.ts';
import {
  mainFile,
  prepareError,
  requireParameters,
  requireSingle,
  StatementCache,
  toBound,
  toRegistered,
  toRows,
} from './_shared.ts';

/** What is used of an open `DatabaseSync` of node:sqlite, on Node, Bun and Deno, or of @photostructure/sqlite. */
export interface NodeSqliteHandle {
  /** Since Node 22.15. */
  readonly isOpen?: boolean;
  /** Since Node 22.16. */
  readonly isTransaction?: boolean;
  open(): void;
  prepare(sql: string): NodeSqliteStatement;
  exec(sql: string): void;
  function(name: string, options: object, fn: (...args: Value[]) => Value): void;
  close(): void;
}

export interface NodeSqliteStatement {
  /** Since Node 22.16. */
  columns?(): readonly unknown[];
  setReadBigInts(on: boolean): void;
  run(...params: Value[]): unknown;
  all(...params: Value[]): unknown[];
}

type Constructor = new (file: string) => NodeSqliteHandle;

interface Prepared {
  readonly statement: NodeSqliteStatement;
  readonly hasRows: boolean;
}

/**
 * The bridge to an open node:sqlite connection. Integers beyond 2^53 are read as bigints, where node:sqlite alone
 * would throw.
 *
 * ```ts
 * migrateSync({ database: nodeSqliteBridge(new DatabaseSync('app.db')), migrations });
 * ```
 */
export function nodeSqliteBridge(handle: NodeSqliteHandle, driver: string = 'node:sqlite'): DatabaseBridge {
  const cache = new StatementCache<Prepared>();

  function prepare(sql: string, given: number): Prepared {
    const kept = cache.get(sql);
    if (kept !== undefined) return kept;
    requireSingle(sql);
    requireParameters(sql, given);
    const prepared = compile(sql);
    if (given > 0 && !prepared.hasRows) cache.keep(sql, prepared);
    return prepared;
  }

  function compile(sql: string): Prepared {
    try {
      const statement = handle.prepare(sql);
      statement.setReadBigInts(true);
      return { statement, hasRows: statement.columns?.().length !== 0 };
    } catch (error) {
      throw prepareError(error, sql);
    }
  }

  function query(sql: string, params: readonly Value[]): readonly Row[] {
    const { statement, hasRows } = prepare(sql, params.length);
    // all() is right for both, but @photostructure/sqlite tells SQLite's error code in run() only.
    if (hasRows) return toRows(statement.all(...params.map(toBound)));
    statement.run(...params.map(toBound));
    return [];
  }

  const file = (): string | undefined => mainFile(query('PRAGMA database_list', []));

  return {
    driver,
    sync: true,
    file,
    query,
    script: (sql) => handle.exec(sql),
    ...(handle.isTransaction === undefined ? {} : { inTransaction: () => handle.isTransaction === true }),
    openSecond() {
      const path = file();
      return path === undefined ? undefined : nodeSqliteBridge(new (handle.constructor as Constructor)(path), driver);
    },
    registerFunction(name, fn) {
      // Generated columns and indexes on expressions accept deterministic functions only.
      handle.function(name, { varargs: true, deterministic: true, useBigIntArguments: true }, toRegistered(fn));
    },
    close: () => handle.close(),
  };
}
