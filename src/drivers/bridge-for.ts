import type { ConnectionSetup, DatabaseBridge } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { betterSqlite3Bridge, type BetterSqlite3Handle } from './better-sqlite3.ts';
import { bunSqliteBridge, type BunSqliteHandle } from './bun-sqlite.ts';
import { nodeSqliteBridge, type NodeSqliteBackup, type NodeSqliteHandle } from './node-sqlite.ts';

/** An open connection of a known driver, or a bridge. */
export type DatabaseHandle = BetterSqlite3Handle | NodeSqliteHandle | BunSqliteHandle | DatabaseBridge;

/**
 * Makes a bridge for an open connection; returns a bridge unchanged. A restore through a handle of node:sqlite also needs
 * the module's `backup`. `setup` prepares further connections to the database before they read it; it does not apply to a
 * bridge.
 *
 * Errors: `HANDLE_CLOSED`; `HANDLE_UNKNOWN`, which names the value and what is accepted.
 */
export function bridgeFor(handle: unknown, backup?: NodeSqliteBackup, setup?: ConnectionSetup): DatabaseBridge {
  if (isBridge(handle)) return handle;
  if (isBetterSqlite3(handle)) {
    if (!handle.open) throw dunlinError('HANDLE_CLOSED', { driver: 'better-sqlite3' });
    return betterSqlite3Bridge(handle, undefined, setup);
  }
  if (isNodeSqlite(handle)) {
    if (handle.isOpen === false) throw dunlinError('HANDLE_CLOSED', { driver: 'node:sqlite' });
    return nodeSqliteBridge(handle, undefined, backup, setup);
  }
  if (isBunSqlite(handle)) {
    if (isClosed(handle)) throw dunlinError('HANDLE_CLOSED', { driver: 'bun:sqlite' });
    return bunSqliteBridge(handle, setup);
  }
  throw dunlinError('HANDLE_UNKNOWN', describeHandle(handle));
}

function isBridge(handle: unknown): handle is DatabaseBridge {
  return has(handle, 'query', 'script') && typeof handle['driver'] === 'string' && typeof handle['sync'] === 'boolean';
}

/** `open` is a property of better-sqlite3 and a method of node:sqlite. */
function isBetterSqlite3(handle: unknown): handle is BetterSqlite3Handle {
  return has(handle, 'prepare', 'exec', 'pragma', 'function', 'close') && typeof handle['open'] === 'boolean';
}

/** Whether a value looks like a connection of node:sqlite, or of a module with its interface. */
export function isNodeSqlite(handle: unknown): handle is NodeSqliteHandle {
  return has(handle, 'prepare', 'exec', 'open', 'function', 'close');
}

/** Whether a value looks like a connection of bun:sqlite. */
export function isBunSqlite(handle: unknown): handle is BunSqliteHandle {
  return has(handle, 'prepare', 'exec', 'query', 'function', 'fileControl', 'close');
}

/** bun:sqlite has no property for it. */
function isClosed(handle: BunSqliteHandle): boolean {
  try {
    return typeof handle.inTransaction !== 'boolean';
  } catch {
    return true;
  }
}

function has(handle: unknown, ...methods: string[]): handle is Record<string, unknown> {
  if (typeof handle !== 'object' || handle === null) return false;
  return methods.every((method) => typeof (handle as Record<string, unknown>)[method] === 'function');
}

/** Values that look like a connection, how to recognise them, and what to pass instead. */
const lookalikes: readonly (readonly [name: string, properties: readonly string[], advice: string])[] = [
  ['A promise', ['then'], 'Await it first.'],
  ['A Drizzle database', ['$client'], 'Give its `$client`.'],
  ['A Knex instance', ['raw', 'schema', 'client'], 'Give the connection below it, or the path of the database.'],
  ['A Sequelize instance', ['getQueryInterface'], 'Give the path of the database.'],
  ['A Kysely instance', ['selectFrom', 'insertInto'], 'Give the connection that its dialect was made with.'],
  ['A TypeORM data source', ['createQueryRunner'], 'Give the path of the database.'],
  ['A Prisma client', ['$queryRawUnsafe'], 'Give the path of the database.'],
  ['A libSQL client', ['executeMultiple', 'batch'], 'Write a bridge for it.'],
  ['A D1 database', ['batch', 'prepare', 'dump'], 'Write a bridge for it.'],
  ['A sql.js database', ['getRowsModified', 'export'], 'Write a bridge for it.'],
  ['An old bun:sqlite database', ['query', 'prepare', 'filename'], 'Dunlin needs Bun 1.4 or later.'],
  ['An sqlite3 database', ['each', 'configure', 'serialize'], 'Write a bridge for it.'],
];

/** Names a wrong handle, and what to pass instead if that is known. */
function describeHandle(handle: unknown): { given: string; advice: string | undefined } {
  if (handle === null) return { given: 'null', advice: undefined };
  if (typeof handle === 'string') {
    return { given: `The text ${JSON.stringify(handle)}`, advice: 'This needs an open connection, not a path.' };
  }
  // Knex is a function with properties.
  if (typeof handle !== 'object' && typeof handle !== 'function')
    return { given: `A value of type ${typeof handle}`, advice: undefined };
  for (const [given, properties, advice] of lookalikes) {
    if (properties.every((property) => property in handle)) return { given, advice };
  }
  if (typeof handle === 'function')
    return { given: 'A function', advice: 'Give an open connection: `new Database(path)`.' };
  const name: unknown = handle.constructor?.name;
  const known = typeof name === 'string' && name !== '' && name !== 'Object';
  return { given: known ? `An object of class ${name}` : 'An object', advice: undefined };
}
