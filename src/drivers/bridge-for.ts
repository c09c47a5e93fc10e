import type { ConnectionSetup, DatabaseBridge } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { betterSqlite3Bridge, type BetterSqlite3Handle } from './better-sqlite3.ts';
import { nodeSqliteBridge, type NodeSqliteBackup, type NodeSqliteHandle } from './node-sqlite.ts';
import { describeHandle } from './describe-handle.ts';

/** An open connection that can be given as the database: of a driver that is known by its shape, or a bridge. */
export type DatabaseHandle = BetterSqlite3Handle | NodeSqliteHandle | DatabaseBridge;

/**
 * The bridge to an open connection. The same handle gives a new bridge each time; a bridge is returned as it is. A
 * restore through a handle of node:sqlite needs the module's own `backup` as well. `setup` is what further connections
 * to the database are given before they read it; a bridge sees to that itself.
 *
 * Errors: `HANDLE_CLOSED`; `HANDLE_UNKNOWN`, which says what was given and what is accepted.
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
  throw dunlinError('HANDLE_UNKNOWN', describeHandle(handle));
}

function isBridge(handle: unknown): handle is DatabaseBridge {
  return has(handle, 'query', 'script') && typeof handle['driver'] === 'string' && typeof handle['sync'] === 'boolean';
}

/** `open` is a property of better-sqlite3 and a method of node:sqlite. */
function isBetterSqlite3(handle: unknown): handle is BetterSqlite3Handle {
  return has(handle, 'prepare', 'exec', 'pragma', 'function', 'close') && typeof handle['open'] === 'boolean';
}

function isNodeSqlite(handle: unknown): handle is NodeSqliteHandle {
  return has(handle, 'prepare', 'exec', 'open', 'function', 'close');
}

function has(handle: unknown, ...methods: string[]): handle is Record<string, unknown> {
  if (typeof handle !== 'object' || handle === null) return false;
  return methods.every((method) => typeof (handle as Record<string, unknown>)[method] === 'function');
}
