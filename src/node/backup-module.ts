import type { NodeSqliteBackup } from '../drivers/index.ts';
import { requireQuietly } from './load-package.ts';

interface NodeSqliteModule {
  readonly DatabaseSync: new () => object;
  /** Since Node 22.16. */
  readonly backup?: NodeSqliteBackup;
}

/** The `backup` of the module that a connection of node:sqlite is from: the connection itself has none. */
export function backupOf(handle: unknown): NodeSqliteBackup | undefined {
  try {
    const module = requireQuietly('node:sqlite', 'SQLite') as NodeSqliteModule;
    return handle instanceof module.DatabaseSync ? module.backup : undefined;
  } catch {
    // A Node without the module: the connection is from elsewhere.
    return undefined;
  }
}
