import {
  describeError,
  LOCAL,
  type DatabaseBridge,
  type DriverErrorInfo,
  type Row,
  type Value,
} from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { splitStatements } from '../sql/index.ts';
import { decodeText, toBound, toNamedRows, toRegistered } from './driver-values.ts';
import { replaceParameters, requireParameters, type Expression } from './parameters.ts';
import { compileError, requireSingle } from './statement-cache.ts';

/** The used part of `oo1.DB` of @sqlite.org/sqlite-wasm, and of its `OpfsDb`. */
export interface SqliteWasmHandle {
  isOpen(): boolean;
  prepare(sql: string): SqliteWasmStatement;
  exec(sql: string): unknown;
  createFunction(options: object): unknown;
  selectArrays(sql: string): unknown;
  selectValue(sql: string): unknown;
  dbVfsName(): unknown;
  close(): void;
}

export interface SqliteWasmStatement {
  readonly columnCount: number;
  bind(index: number, value: unknown): unknown;
  step(): boolean;
  get(index: number, type?: number): unknown;
  getColumnName(index: number): string;
  finalize(): unknown;
}

/**
 * The VFSs of OPFS, and the version of SQLite 3 since which they let SQLite roll back a hot journal. Before, their
 * xCheckReservedLock always reports that another connection writes (sqlite.org/atomiccommit.html, section 4.2).
 */
const recoversSince: Readonly<Record<string, number>> = { opfs: 47, 'opfs-sahpool': 54 };

/** SQLITE_BLOB: `get` reads a text up to its first NUL, a blob whole (sqlite.org/c3ref/c_blob.html). */
const BLOB = 4;

/**
 * The bridge to an open database of @sqlite.org/sqlite-wasm: `oo1.DB`, or `oo1.OpfsDb` in a worker.
 *
 * ```ts
 * await migrate({ database: sqliteWasmBridge(new sqlite3.oo1.OpfsDb('/app.db', 'c')), migrations });
 * ```
 *
 * Errors: `VFS_UNSAFE`.
 */
export function sqliteWasmBridge(handle: SqliteWasmHandle): DatabaseBridge {
  requireRecovery(handle);

  function query(sql: string, params: readonly Value[]): readonly Row[] {
    requireSingle(sql);
    requireParameters(sql, params.length);
    const { sql: text, values } = replaceParameters(sql, params, asQuotient);
    const statement = prepare(text);
    try {
      values.forEach((value, i) => statement.bind(i + 1, toBound(value)));
      const names = Array.from({ length: statement.columnCount }, (_, i) => statement.getColumnName(i));
      const rows: Value[][] = [];
      while (statement.step()) rows.push(names.map((_, i) => read(statement, i)));
      return toNamedRows(names, rows);
    } finally {
      statement.finalize();
    }
  }

  function prepare(sql: string): SqliteWasmStatement {
    try {
      return handle.prepare(sql);
    } catch (error) {
      throw compileError(error, sql);
    }
  }

  return {
    driver: 'sqlite-wasm',
    sync: true,
    engine: { ...LOCAL, snapshot: 'none' },
    query,
    script(sql) {
      // exec() refuses a text without a statement.
      if (splitStatements(sql).length > 0) handle.exec(sql);
    },
    describeError: describe,
    registerFunction(name, fn) {
      const body = toRegistered(fn);
      // Generated columns and indexes on expressions accept deterministic functions only. The first argument is SQLite's
      // context.
      const xFunc = (_: unknown, ...args: Value[]): Value => body(...args);
      handle.createFunction({ name, xFunc, arity: -1, deterministic: true });
    },
    close: () => handle.close(),
  };
}

function read(statement: SqliteWasmStatement, i: number): Value {
  const value = statement.get(i) as Value;
  return typeof value === 'string' ? decodeText(statement.get(i, BLOB) as Uint8Array) : value;
}

/**
 * `bind` takes a whole number for an integer of 64 bits, and 1e300 would be stored as 0. These three values are fractions,
 * which it binds as REAL; a division by a power of two is exact.
 */
function asQuotient(value: Value): Expression | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return undefined;
  const exponent = Math.floor(Math.log2(Math.abs(value))) + 2;
  // In two steps: beyond 2 ** 1023 there is no power of two.
  const half = Math.floor(exponent / 2);
  const values = [value * 2 ** -half * 2 ** (half - exponent), 2 ** -half, 2 ** (half - exponent)];
  return { sql: '(? / ? / ?)', values };
}

/** The code is at the beginning of the message; older versions have 1 in `resultCode`, whatever it is. */
function describe(error: unknown): DriverErrorInfo {
  const described = describeError(error);
  const found = /^(?:SQLITE_\w+: )?sqlite3 result code (\d+): ([^]*)$/.exec(described.message);
  if (found === null) return described;
  return describeError(Object.assign(new Error(found[2]), { errcode: Number(found[1]) }));
}

function requireRecovery(handle: SqliteWasmHandle): void {
  const vfs = String(handle.dbVfsName());
  const since = recoversSince[vfs];
  if (since === undefined) return;
  const version = String(handle.selectValue('SELECT sqlite_version()'));
  if (Number(version.split('.')[1]) < since) throw dunlinError('VFS_UNSAFE', { vfs, version, since: `3.${since}` });
}
