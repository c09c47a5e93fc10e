import type { RunResult, UpOptions } from '../options.ts';
import { checkMigrateOptions, MigrationRunner, type MigrateOptions } from './create-runner.ts';

export * from '../index.ts';
export { BackupManager } from './backup-manager.ts';
export type { BackupManagerOptions, RestoreOptions } from './backup-manager.ts';
export type { BackupInfo } from '../backup/index.ts';
export type { RestorePlan, RestoreResult } from '../operations/index.ts';
export { MigrationRunner } from './create-runner.ts';
export type { MigrateOptions } from './create-runner.ts';
export { MigrationService, RollbackManager, VersionTracker } from './services.ts';
export type { MigrationServiceOptions } from './services.ts';
export { readSchemaFile } from './schema-file.ts';
export type { SchemaFileOptions } from './schema-file.ts';
export { openDatabase } from './open-database.ts';
export type { OpenDatabaseOptions, OpenedDatabase } from './open-database.ts';
export { defineConfig } from './config.ts';
export type { Config, DatabaseConfig, ManyConfig, SingleConfig } from './config.ts';
export type { DriverName } from './driver.ts';
export { directorySource } from './directory-source.ts';
export { nodeHost } from './host.ts';

/**
 * Applies every pending migration, or those up to `to`, or `steps` of them. With nothing pending it writes nothing.
 *
 * A path is opened on a connection of its own and closed again; a connection that is given stays open and gets its
 * settings back. A failing migration is rolled back, those before it stay, and the DunlinError thrown says how far it
 * got. Two processes may call it at the same moment: each migration runs once, and both succeed.
 *
 * ```ts
 * import { migrate } from 'dunlin';
 *
 * await migrate({ database: 'data/app.db', migrations: 'migrations' });
 * ```
 */
export async function migrate(options: MigrateOptions & UpOptions): Promise<RunResult> {
  checkMigrateOptions(options);
  const { to, steps, ...rest } = options;
  const runner = new MigrationRunner(rest);
  try {
    return await runner.up({ to, steps });
  } finally {
    await runner.close();
  }
}

/**
 * `migrate` for an application's start on a synchronous driver: it returns the result, and a migration's function
 * must not be async. Errors besides those of `migrate`: `BRIDGE_NOT_SYNC`, `ASYNC_IN_SYNC`.
 *
 * ```ts
 * import Database from 'better-sqlite3';
 * import { migrateSync } from 'dunlin';
 *
 * const db = new Database('app.db');
 * migrateSync({ database: db, migrations: 'migrations' });
 * ```
 */
export function migrateSync(options: MigrateOptions & UpOptions): RunResult {
  checkMigrateOptions(options);
  const { to, steps, ...rest } = options;
  const runner = new MigrationRunner(rest);
  try {
    return runner.upSync({ to, steps });
  } finally {
    runner.closeSync();
  }
}
