import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SqlJsHandle } from '../../src/drivers/sql-js.ts';
import type { SqliteWasmHandle } from '../../src/drivers/sqlite-wasm.ts';
import type { WaSqliteApi } from '../../src/drivers/wa-sqlite.ts';

// SQLite as WebAssembly, in memory, as it is in a browser.

const require = createRequire(import.meta.url);

interface SqliteWasm {
  readonly oo1: { readonly DB: new (file: string) => SqliteWasmHandle };
}

let sqliteWasm: Promise<SqliteWasm> | undefined;

/** The module of @sqlite.org/sqlite-wasm, which looks for a worker's `self`. */
export async function loadSqliteWasm(): Promise<SqliteWasm> {
  sqliteWasm ??= initSqliteWasm();
  return await sqliteWasm;
}

async function initSqliteWasm(): Promise<SqliteWasm> {
  const folder = join(dirname(require.resolve('@sqlite.org/sqlite-wasm/package.json')), 'sqlite-wasm/jswasm');
  const worker = globalThis as { self?: unknown; location?: unknown };
  const before = { ...worker };
  Object.assign(worker, { self: globalThis, location: new URL('http://localhost/') });
  try {
    const { default: init } = (await import('@sqlite.org/sqlite-wasm' as string)) as {
      default: (module: object) => Promise<SqliteWasm>;
    };
    const silent = (): void => undefined;
    return await withoutWarnings(() =>
      init({ wasmBinary: readFileSync(join(folder, 'sqlite3.wasm')), print: silent, printErr: silent }),
    );
  } finally {
    for (const name of ['self', 'location'] as const) if (!(name in before)) delete worker[name];
  }
}

/** It warns that this is no browser. */
async function withoutWarnings<T>(work: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

export async function openSqliteWasm(): Promise<SqliteWasmHandle> {
  const { oo1 } = await loadSqliteWasm();
  return new oo1.DB(':memory:');
}

interface SqlJs {
  readonly Database: new (bytes?: Uint8Array) => SqlJsHandle;
}

let sqlJs: Promise<SqlJs> | undefined;

export async function openSqlJs(bytes?: Uint8Array): Promise<SqlJsHandle> {
  sqlJs ??= initSqlJs();
  const { Database } = await sqlJs;
  return new Database(bytes);
}

async function initSqlJs(): Promise<SqlJs> {
  // It brings no declarations.
  const { default: init } = (await import('sql.js' as string)) as { default: () => Promise<SqlJs> };
  return await init();
}

export interface WaSqlite {
  readonly sqlite3: WaSqliteApi;
  readonly db: number;
}

let waSqlite: Promise<WaSqliteApi & { open_v2(file: string): Promise<number> }> | undefined;

export async function openWaSqlite(): Promise<WaSqlite> {
  waSqlite ??= initWaSqlite();
  const sqlite3 = await waSqlite;
  return { sqlite3, db: await sqlite3.open_v2(':memory:') };
}

async function initWaSqlite(): Promise<WaSqliteApi & { open_v2(file: string): Promise<number> }> {
  const wasmBinary = readFileSync(require.resolve('wa-sqlite/dist/wa-sqlite.wasm'));
  const { default: factory } = await import('wa-sqlite/dist/wa-sqlite.mjs');
  const { Factory } = await import('wa-sqlite');
  return Factory(await factory({ wasmBinary }));
}
