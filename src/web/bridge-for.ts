import type { DatabaseBridge } from '../bridge/index.ts';
import {
  sqliteWasmBridge,
  sqlJsBridge,
  waSqliteBridge,
  type SqliteWasmHandle,
  type SqlJsHandle,
  type WaSqliteApi,
} from '../drivers/index.ts';
import { dunlinError } from '../errors/index.ts';

/** The API of wa-sqlite, and a connection that its `open_v2` returned. */
export interface WaSqliteHandle {
  readonly sqlite3: WaSqliteApi;
  readonly db: number;
}

/** An open database of a known WebAssembly build of SQLite, or a bridge. */
export type WebDatabase = SqliteWasmHandle | SqlJsHandle | WaSqliteHandle | DatabaseBridge;

/** Makes a bridge for an open database; returns a bridge unchanged. Errors: `HANDLE_CLOSED`, `HANDLE_UNKNOWN`. */
export function bridgeFor(handle: unknown): DatabaseBridge {
  if (isBridge(handle)) return handle;
  if (isSqliteWasm(handle)) {
    if (!handle.isOpen()) throw dunlinError('HANDLE_CLOSED', { driver: 'sqlite-wasm' });
    return sqliteWasmBridge(handle);
  }
  if (isSqlJs(handle)) return sqlJsBridge(handle);
  if (isWaSqlite(handle)) return waSqliteBridge(handle.sqlite3, handle.db);
  throw dunlinError('HANDLE_UNKNOWN', { given: named(handle), advice: adviceOf(handle), accepted });
}

function isBridge(handle: unknown): handle is DatabaseBridge {
  return has(handle, 'query', 'script') && typeof handle['driver'] === 'string' && typeof handle['sync'] === 'boolean';
}

function isSqliteWasm(handle: unknown): handle is SqliteWasmHandle {
  return has(handle, 'prepare', 'exec', 'createFunction', 'selectArrays', 'dbVfsName', 'isOpen', 'close');
}

function isSqlJs(handle: unknown): handle is SqlJsHandle {
  return has(handle, 'prepare', 'run', 'export', 'getRowsModified', 'close');
}

function isWaSqlite(handle: unknown): handle is WaSqliteHandle {
  const { sqlite3, db } = (handle ?? {}) as Readonly<Record<string, unknown>>;
  return typeof db === 'number' && has(sqlite3, 'prepare_v2', 'step', 'column_type');
}

function has(handle: unknown, ...methods: string[]): handle is Record<string, unknown> {
  if (typeof handle !== 'object' || handle === null) return false;
  return methods.every((method) => typeof (handle as Record<string, unknown>)[method] === 'function');
}

function named(handle: unknown): string {
  if (typeof handle === 'object' && handle !== null) return 'An object';
  return handle === null ? 'null' : `A value of type ${typeof handle}`;
}

const accepted = 'an open DB of @sqlite.org/sqlite-wasm, a Database of sql.js, `{ sqlite3, db }` of wa-sqlite';

function adviceOf(handle: unknown): string | undefined {
  if (has(handle, 'then')) return 'Await the promise first.';
  return typeof handle === 'string' ? 'Open the database first: a browser has no paths.' : undefined;
}
