import { MigrationRunner as CoreRunner } from '../runner/index.ts';
import type { DatabaseHandle } from '../drivers/index.ts';
import type { MigrationSource } from '../migration/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import type { MigrationsGiven } from '../source/index.ts';
import { BackupManager, managerOptions } from './backup-manager.ts';
import type { DatabaseLocation } from './database-url.ts';
import type { DriverName } from './driver.ts';
import { openSession } from './open-session.ts';

/** What a runner is made from: where the database is, where its migrations are, and how to run them. */
export interface MigrateOptions extends RunOptions {
  /**
   * A path, a `sqlite:` or `file:` URL, an open better-sqlite3 or node:sqlite connection, or a `DatabaseBridge`.
   * A path is opened on a connection of its own: give the application's connection instead if it has the file open.
   */
  readonly database: string | DatabaseHandle;
  /** A directory (a path, or a `file:` URL object), a record of file name to text or module (what a bundler's glob import gives), or a list of definitions. */
  readonly migrations: string | URL | MigrationsGiven;
  /** Which driver opens a path. Default: the first that works of node:sqlite, better-sqlite3, @photostructure/sqlite. */
  readonly driver?: DriverName;
}

/**
 * Migrates one database; opens a path on first use. Close it when done: `await runner.close()`. What only reads
 * (`status`, `plan`, `check`, `history`, `dump`, `try`) creates no file: a missing one counts as an empty database.
 *
 * ```ts
 * const runner = new MigrationRunner({ database: 'app.db', migrations: 'migrations' });
 * const { applied } = await runner.up();
 * await runner.close();
 * ```
 */
export class MigrationRunner extends CoreRunner {
  /** Set for logs: bundlers rename one of two classes that have the same name. */
  static override readonly name: string = 'MigrationRunner';

  constructor(options: MigrateOptions) {
    super(openSession(options));
  }
}

/** How the command line opens a database. */
export interface RunnerRequest extends RunOptions {
  readonly database: DatabaseLocation;
  readonly migrations: string | MigrationSource;
  readonly driver?: string;
}

/** A runner for the command line, with the manager of the database's backups. */
export function createRunner(
  request: RunnerRequest,
): CoreRunner & { readonly databaseName: string; backups(): BackupManager } {
  const runner = new CoreRunner(openSession(request));
  const backups = (): BackupManager => new BackupManager(managerOptions(request));
  return Object.assign(runner, { databaseName: runner.database, backups });
}
