import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import type { SqlJsHandle } from '../../src/drivers/sql-js.ts';
import type { SqliteWasmHandle } from '../../src/drivers/sqlite-wasm.ts';
import type { WaSqliteApi } from '../../src/drivers/wa-sqlite.ts';
import type { WaSqliteHandle } from '../../src/web/bridge-for.ts';

// SQLite as WebAssembly, in memory, as it is in a browser. Each module is loaded once.

const require = createRequire(import.meta.url);

const silent = (): void => undefined;
let sqliteWasm: ReturnType<typeof sqlite3InitModule> | undefined;

export async function openSqliteWasm(): Promise<SqliteWasmHandle> {
  sqliteWasm ??= sqlite3InitModule({ print: silent, printErr: silent });
  const { oo1 } = await sqliteWasm;
  return new oo1.DB(':memory:');
}

interface SqlJs {
  readonly Database: new (bytes?: Uint8Array) => SqlJsHandle;
}

// It brings no declarations.
const initSqlJs = require('sql.js') as () => Promise<SqlJs>;
let sqlJs: Promise<SqlJs> | undefined;

export async function openSqlJs(bytes?: Uint8Array): Promise<SqlJsHandle> {
  sqlJs ??= initSqlJs();
  const { Database } = await sqlJs;
  return new Database(bytes);
}

type OpenableApi = WaSqliteApi & { open_v2(file: string): Promise<number> };

let waSqlite: Promise<OpenableApi> | undefined;

export async function openWaSqlite(): Promise<WaSqliteHandle> {
  waSqlite ??= initWaSqlite();
  const sqlite3 = await waSqlite;
  return { sqlite3, db: await sqlite3.open_v2(':memory:') };
}

async function initWaSqlite(): Promise<OpenableApi> {
  const wasmBinary = readFileSync(require.resolve('wa-sqlite/dist/wa-sqlite.wasm'));
  const { default: factory } = await import('wa-sqlite/dist/wa-sqlite.mjs');
  const { Factory } = await import('wa-sqlite');
  return Factory(await factory({ wasmBinary }));
}
