import { isBatchBridge } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { BatchRunner, type BatchMigrateOptions } from './batch-runner.ts';
import type { RunResult } from '../lock/run-options.ts';
import { upChecks, upWithChecked, type UpOptions } from '../operations/index.ts';
import type { Session } from '../runner/index.ts';
import { parseDatabase } from './database-url.ts';
import { openSession, type MigrateOptions } from './open-session.ts';

export * from '../index.ts';
export { BackupManager, type BackupManagerOptions, type RestoreOptions } from './backup-manager.ts';
export type { BackupInfo } from '../backup/index.ts';
export type { RestorePlan, RestoreResult } from '../restore/index.ts';
export { BatchRunner, type BatchMigrateOptions } from './batch-runner.ts';
export { MigrationRunner } from './create-runner.ts';
export type { MigrateOptions } from './open-session.ts';
export { MigrationService, RollbackManager, VersionTracker, type MigrationServiceOptions } from './services.ts';
export { readSchemaFile, type SchemaFileOptions } from './schema-file.ts';
export { openDatabase, type OpenDatabaseOptions, type OpenedDatabase } from './open-database.ts';
export { defineConfig, type Config, type DatabaseConfig, type ManyConfig, type SingleConfig } from './config.ts';
export type { DriverName } from './driver.ts';
export { directorySource } from './directory-source.ts';
export { nodeHost } from './node-host.ts';

/**
 * Applies every pending migration, or those up to `to`, or `steps` of them. With nothing pending it writes nothing.
 *
 * A path is opened on a connection of its own and closed again; a connection that is given stays open and gets its
 * settings back. A failing migration is rolled back, those before it stay, and the DunlinError thrown says how far it
 * got. Two processes may call it at the same moment: each migration runs once, and both succeed.
 * A path that means memory is `DATABASE_IN_MEMORY`: the result would be gone.
 *
 * ```ts
 * import { migrate } from 'dunlin';
 *
 * await migrate({ database: 'data/app.db', migrations: 'migrations' });
 * ```
 */
export async function migrate(options: (MigrateOptions | BatchMigrateOptions) & UpOptions): Promise<RunResult> {
  if (isBatch(options)) {
    const { to, steps, ...rest } = options;
    return await new BatchRunner(rest).up({ ...(to !== undefined && { to }), ...(steps !== undefined && { steps }) });
  }
  const session = openMigrated(options);
  try {
    return await session.write(upWithChecked(options));
  } finally {
    await session.close();
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
  const session = openMigrated(options);
  try {
    return session.writeSync(upWithChecked(options));
  } finally {
    session.closeSync();
  }
}

function isBatch(options: { readonly database: unknown }): options is BatchMigrateOptions & UpOptions {
  return isBatchBridge((options as typeof options | undefined)?.database);
}

/** Errors: those of `openSession`; `DATABASE_IN_MEMORY`. */
function openMigrated(options: MigrateOptions & UpOptions): Session {
  const session = openSession(options, upChecks);
  const { database } = options;
  if (typeof database === 'string' && parseDatabase(database).path === undefined)
    throw dunlinError('DATABASE_IN_MEMORY', { given: database });
  return session;
}
