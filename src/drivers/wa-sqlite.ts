import { LOCAL, type DatabaseBridge, type Row, type Value } from '../bridge/index.ts';
import { readableError } from '../errors/index.ts';
import { decodeText, toBound, toNamedRows, toRegistered } from './driver-values.ts';
import { replaceParameters, requireParameters, type Expression } from './parameters.ts';
import { compileError, requireSingle } from './statement-cache.ts';

/** The used part of what `SQLite.Factory(module)` of wa-sqlite returns. */
export interface WaSqliteApi {
  str_new(db: number, text: string): number;
  str_value(text: number): number;
  str_finish(text: number): void;
  prepare_v2(db: number, sql: number): Promise<{ readonly stmt: number | null } | null>;
  bind(statement: number, index: number, value: unknown): number;
  bind_double(statement: number, index: number, value: number): number;
  step(statement: number): Promise<number>;
  column_count(statement: number): number;
  column_name(statement: number, column: number): string;
  column_type(statement: number, column: number): number;
  column_int64(statement: number, column: number): bigint;
  column_double(statement: number, column: number): number;
  column_text(statement: number, column: number): string;
  // TypeScript before 6 does not match the driver's declarations with a narrower type.
  column_blob(statement: number, column: number): unknown;
  /** Resolves to the statement's error, which `step` has thrown already. */
  finalize(statement: number): Promise<number>;
  exec(db: number, sql: string): Promise<number>;
  get_autocommit(db: number): number;
  limit(db: number, which: number, value: number): number;
  // A function's context and values are numbers; wa-sqlite's declarations have other names for them.
  create_function(
    db: number,
    name: string,
    args: number,
    flags: number,
    data: number,
    fn: (context: number, values: Uint32Array) => void,
  ): unknown;
  value(value: number): unknown;
  result(context: number, value: never): void;
  result_text(context: number, value: string): void;
  close(db: number): Promise<number>;
}

// https://sqlite.org/c3ref/constlist.html
const ROW = 100;
const [INTEGER, FLOAT, TEXT, BLOB] = [1, 2, 3, 4];
const UTF8_AND_DETERMINISTIC = 0x801;
const LIMIT_LENGTH = 0;

/**
 * The bridge to a connection of wa-sqlite: the API, and what its `open_v2` returned.
 *
 * ```ts
 * const sqlite3 = SQLite.Factory(module);
 * await migrate({ database: waSqliteBridge(sqlite3, await sqlite3.open_v2('app.db')), migrations });
 * ```
 */
export function waSqliteBridge(sqlite3: WaSqliteApi, db: number): DatabaseBridge {
  let last: Promise<unknown> = Promise.resolve();
  let thrown: { readonly error: unknown } | undefined;
  let isClosed = false;

  /** One after the other: `prepare_v2` has one place in memory for its results. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = last;
    const result = (async () => {
      await before;
      thrown = undefined;
      try {
        return await work();
      } catch (error) {
        throw thrown === undefined ? error : (thrown as { readonly error: unknown }).error;
      }
    })();
    last = result.catch(() => undefined);
    return await result;
  }

  async function query(sql: string, params: readonly Value[]): Promise<readonly Row[]> {
    requireSingle(sql);
    requireParameters(sql, params.length);
    const { sql: text, values } = replaceParameters(sql, params, asLiteral);
    const statement = await prepare(text);
    try {
      values.forEach((value, i) => bind(statement, i + 1, value));
      const names = Array.from({ length: sqlite3.column_count(statement) }, (_, i) =>
        sqlite3.column_name(statement, i),
      );
      const rows: Value[][] = [];
      while ((await sqlite3.step(statement)) === ROW) rows.push(names.map((_, i) => read(statement, i)));
      return toNamedRows(names, rows);
    } finally {
      await sqlite3.finalize(statement);
    }
  }

  /** Its text has to stay until the statement is compiled. */
  async function prepare(sql: string): Promise<number> {
    const text = sqlite3.str_new(db, sql);
    try {
      const prepared = await sqlite3.prepare_v2(db, sqlite3.str_value(text));
      if (prepared?.stmt) return prepared.stmt;
    } catch (error) {
      throw compileError(error, sql);
    } finally {
      sqlite3.str_finish(text);
    }
    throw compileError(undefined, sql);
  }

  /** `bind` takes numbers above 32 bits for REAL, and -0 for an integer; integers are bigints here. */
  function bind(statement: number, index: number, value: Value): void {
    const bound = toBound(value);
    if (typeof bound === 'number') sqlite3.bind_double(statement, index, bound);
    else sqlite3.bind(statement, index, bound);
  }

  function read(statement: number, column: number): Value {
    switch (sqlite3.column_type(statement, column)) {
      case INTEGER:
        return sqlite3.column_int64(statement, column);
      case FLOAT:
        return sqlite3.column_double(statement, column);
      case TEXT:
        // Converts to UTF-8; it returns the text up to its first NUL.
        sqlite3.column_text(statement, column);
        return decodeText(bytes(statement, column));
      case BLOB:
        return bytes(statement, column);
      default:
        return null;
    }
  }

  /** A copy: the driver returns a part of SQLite's memory. */
  function bytes(statement: number, column: number): Uint8Array {
    return Uint8Array.from(sqlite3.column_blob(statement, column) as Uint8Array);
  }

  return {
    driver: 'wa-sqlite',
    sync: false,
    engine: { ...LOCAL, snapshot: 'none', exclusion: 'given' },
    query: (sql, params) => inTurn(() => query(sql, params)),
    script: (sql) => inTurn(async () => void (await sqlite3.exec(db, sql))),
    inTransaction: () => inTurn(async () => sqlite3.get_autocommit(db) === 0),
    registerFunction(name, fn) {
      const body = toRegistered(fn);
      sqlite3.create_function(db, name, -1, UTF8_AND_DETERMINISTIC, 0, (context, values) => {
        try {
          const args = [...values].map((value) => copied(sqlite3.value(value) as Value));
          sqlite3.result(context, body(...args) as never);
        } catch (error) {
          thrown ??= { error: readableError(error) };
          fail(context);
        }
      });
    },
    close: () =>
      inTurn(async () => {
        if (!isClosed) await sqlite3.close(db);
        isClosed = true;
      }),
  };

  /** An exception must not go through SQLite, and there is no `result_error`: a result that is too long is an error. */
  function fail(context: number): void {
    const limit = sqlite3.limit(db, LIMIT_LENGTH, 50);
    sqlite3.result_text(context, 'x'.repeat(100));
    sqlite3.limit(db, LIMIT_LENGTH, limit);
  }
}

function copied(value: Value): Value {
  return value instanceof Uint8Array ? Uint8Array.from(value) : value;
}

/** The driver binds an empty blob as NULL, and a text up to its first NUL. */
function asLiteral(value: Value): Expression | undefined {
  if (value instanceof Uint8Array && value.length === 0) return { sql: `x''`, values: [] };
  if (typeof value !== 'string' || !value.includes('\0')) return undefined;
  const values = value.split('\0');
  return { sql: `(${values.map(() => '?').join(' || char(0) || ')})`, values };
}
