import process from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  betterSqlite3Bridge,
  bunSqliteBridge,
  isNodeSqlite,
  nodeSqliteBridge,
  nodeSqliteOptions,
  openBunSqlite,
  prepareBetterSqlite3,
  prepareBunSqlite,
  prepareNodeSqlite,
  type BetterSqlite3Handle,
  type BunSqliteHandle,
  type NodeSqliteBackup,
  type NodeSqliteHandle,
} from '../drivers/index.ts';
import { dunlinError } from '../errors/index.ts';
import { runtime } from './runtime.ts';
import { loadFailure, requirePackage, requireQuietly } from './load-package.ts';
import { type ConnectionSetup, type DatabaseBridge, extensionParts, type Extension } from '../bridge/index.ts';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The drivers that can open a database by its path, in the order of preference. */
export type DriverName =
  | 'node:sqlite'
  | 'better-sqlite3'
  | '@photostructure/sqlite'
  | 'better-sqlite3-multiple-ciphers'
  | 'bun:sqlite';

interface OpenFileOptions {
  /** False: only if it exists. */
  readonly create: boolean;
  /** Nothing can be written through it. */
  readonly readOnly?: boolean;
  /** Prepares this connection, and those that it opens, before they read. */
  readonly setup?: ConnectionSetup;
  /** Skips `setup` for this connection itself: it replaces a missing database, so there is nothing to read. */
  readonly bare?: boolean;
}

/** Opens a file, or `:memory:`. */
export type OpenFile = (file: string, options: OpenFileOptions) => DatabaseBridge;

interface NodeSqliteModule {
  readonly DatabaseSync: new (file: string, options?: object) => NodeSqliteHandle;
  /** In node:sqlite since Node 22.16. */
  readonly backup?: NodeSqliteBackup;
}

interface BunSqliteModule {
  readonly Database: new (file: string, options: object) => BunSqliteHandle;
}

type BetterSqlite3Module = new (file: string, options?: object) => BetterSqlite3Handle;

const loaders: Readonly<Record<DriverName, () => OpenFile>> = {
  'node:sqlite': loadNodeSqlite,
  // Before @photostructure/sqlite: an application that has it most likely opens the same file with it, and one SQLite
  // library per file and process is the rule. The other one, besides, keeps a closed file open until its statements
  // are collected; closing it then drops the locks of a second library (https://sqlite.org/howtocorrupt.html, 2.2.1).
  'better-sqlite3': () => loadBetterSqlite3('better-sqlite3'),
  '@photostructure/sqlite': () =>
    opener(requirePackage('@photostructure/sqlite') as NodeSqliteModule, '@photostructure/sqlite'),
  // For encrypted databases. The others read the rest just as well.
  'better-sqlite3-multiple-ciphers': () => loadBetterSqlite3('better-sqlite3-multiple-ciphers'),
  // The last: Bun has node:sqlite too, whose connections can also restore a backup.
  'bun:sqlite': loadBunSqlite,
};

const known = Object.keys(loaders) as DriverName[];
const loaded = new Map<DriverName, OpenFile>();

/**
 * Loads a driver on first use: the requested one, else the first that works and can do what `setup` needs.
 *
 * Errors: `DRIVER_UNKNOWN`, `DRIVER_UNUSABLE` for a requested driver; `NO_DRIVER` when none works;
 * `DOUBLE_QUOTES_UNSUPPORTED` when none that works has `doubleQuotedStrings`.
 */
export function loadDriver(requested?: DriverName, setup: ConnectionSetup = {}): OpenFile {
  if (requested === undefined) return setup.doubleQuotedStrings === true ? loadWithStrings() : loadFirst();
  if (!known.includes(requested)) throw dunlinError('DRIVER_UNKNOWN', { driver: requested, known });
  try {
    return load(requested);
  } catch (error) {
    const facts = { driver: requested, reason: loadFailure(error), remedy: remedy(requested) };
    throw dunlinError('DRIVER_UNUSABLE', facts, { cause: error });
  }
}

function loadFirst(): OpenFile {
  const tried: string[] = [];
  for (const driver of known) {
    if (driver === 'bun:sqlite' && !isBun()) continue;
    try {
      return load(driver);
    } catch (error) {
      tried.push(`${driver} is unusable (${loadFailure(error)})`);
    }
  }
  throw dunlinError('NO_DRIVER', {
    runtime,
    tried,
    install: installName(hasModernNapi() ? 'better-sqlite3' : '@photostructure/sqlite'),
  });
}

/** The first driver that can read text in double quotes as a string. */
function loadWithStrings(): OpenFile {
  for (const driver of ['node:sqlite', '@photostructure/sqlite'] as const) {
    try {
      return load(driver);
    } catch {
      // The next one, or the error below.
    }
  }
  throw dunlinError('DOUBLE_QUOTES_UNSUPPORTED', { driver: undefined });
}

function load(driver: DriverName): OpenFile {
  let open = loaded.get(driver);
  if (open === undefined) {
    open = loaders[driver]();
    loaded.set(driver, open);
  }
  return open;
}

function loadNodeSqlite(): OpenFile {
  const sqlite = requireQuietly('node:sqlite', 'SQLite') as NodeSqliteModule;
  const probe = new sqlite.DatabaseSync(':memory:');
  // Before Node 22.16 it cannot say whether a transaction is open. The properties are the object's, not the class's.
  const canTell = probe.isTransaction !== undefined;
  probe.close();
  if (!canTell) throw new Error(`too old in ${runtime}`);
  return opener(sqlite, 'node:sqlite');
}

function opener({ DatabaseSync, backup }: NodeSqliteModule, driver: DriverName): OpenFile {
  return (file, { create, readOnly = false, setup = {}, bare }) => {
    const { name, options } = create ? { name: file, options: {} } : existing(file, readOnly);
    if (bare === true) return nodeSqliteBridge(new DatabaseSync(name, options), driver, backup, setup);
    const handle = new DatabaseSync(name, { ...options, ...nodeSqliteOptions(setup) });
    return nodeSqliteBridge(prepareNodeSqlite(handle, setup, file), driver, backup, setup);
  };
}

/** There is no option for "only if it exists"; SQLite's own URI form has one. */
function existing(file: string, readOnly: boolean): { readonly name: string; readonly options: object } {
  if (process.versions['deno'] === undefined)
    return { name: `${pathToFileURL(file).href}?mode=${readOnly ? 'ro' : 'rw'}`, options: {} };
  // Deno takes a URI for a path unless it has all permissions.
  if (!existsSync(file)) throw Object.assign(new Error('unable to open database file'), { code: 'SQLITE_CANTOPEN' });
  return { name: file, options: { readOnly } };
}

/**
 * better-sqlite3 13 needs N-API 10 and does not look: on Node 20, and on 22 before 22.14, opening a database ends the
 * process with a segmentation fault (WiseLibs/better-sqlite3#1514). So look before it is loaded.
 */
function loadBetterSqlite3(name: 'better-sqlite3' | 'better-sqlite3-multiple-ciphers'): OpenFile {
  const { version } = requirePackage(`${name}/package.json`) as { readonly version: string };
  if (Number.parseInt(version, 10) >= 13 && !hasModernNapi()) {
    throw new Error(`version ${version} would crash ${runtime}, which has no N-API 10`);
  }
  const Database = requirePackage(name) as BetterSqlite3Module;
  // Its native part is loaded by the first connection; only that shows whether it was built for this Node.
  new Database(':memory:').close();
  return (file, { create, readOnly = false, setup = {}, bare }) => {
    const handle = new Database(file, { fileMustExist: !create, readonly: readOnly, timeout: 0 });
    const ready = bare === true ? handle : prepareBetterSqlite3(handle, setup, file);
    return betterSqlite3Bridge(ready, name, setup);
  };
}

function loadBunSqlite(): OpenFile {
  if (!isBun()) throw new Error(`not a part of ${runtime}`);
  const { Database } = requireQuietly('bun:sqlite', 'SQLite') as BunSqliteModule;
  return (file, { create, readOnly = false, setup = {}, bare }) => {
    const handle = openBunSqlite(Database, file, { create, readOnly });
    return bunSqliteBridge(bare === true ? handle : prepareBunSqlite(handle, setup, file), setup);
  };
}

function isBun(): boolean {
  return process.versions['bun'] !== undefined;
}

function hasModernNapi(): boolean {
  return Number(process.versions['napi'] ?? 0) >= 10;
}

/** The argument of `npm install` for a driver: the newest version that Dunlin knows and that runs on this Node. */
export function installName(driver: Exclude<DriverName, 'node:sqlite' | 'bun:sqlite'>): string {
  if (driver === '@photostructure/sqlite') return `${driver}@1`;
  // Version 13 needs Node 22.14 (N-API 10).
  return hasModernNapi() ? driver : `${driver}@12`;
}

function remedy(driver: DriverName): string {
  if (driver === 'node:sqlite') return 'Use Node 22.18 or later';
  if (driver === 'bun:sqlite') return 'Use Bun';
  const install = `Type \`npm install ${installName(driver)}\``;
  // What was built for another Node may be of a version that this one cannot run at all.
  return hasModernNapi() || driver === '@photostructure/sqlite'
    ? `${install}, or \`npm rebuild ${driver}\` after a change of Node`
    : install;
}

/**
 * Makes an extension's path absolute, because the process may change its folder before the next connection opens. A bare
 * name without such a file is left to the system, which searches its library folders.
 */
export function locateExtension(base: string, extension: Extension): Extension {
  const { path, ...rest } = extensionParts(extension);
  const found = resolve(base, path);
  const located = /[\\/]/.test(path) || existsSync(found) ? found : path;
  return Object.keys(rest).length === 0 ? located : { path: located, ...rest };
}

/** node:sqlite's `backup` function, for a connection of that module; connections have no such method. */
export function nativeBackup(handle: unknown): NodeSqliteBackup | undefined {
  // Without this, a Node that has no node:sqlite would take milliseconds to say so.
  if (!isNodeSqlite(handle)) return undefined;
  try {
    const module = requireQuietly('node:sqlite', 'SQLite') as NodeSqliteModule;
    return handle instanceof (module.DatabaseSync as new () => object) ? module.backup : undefined;
  } catch {
    // This Node has no node:sqlite, so the connection is another driver's.
    return undefined;
  }
}
