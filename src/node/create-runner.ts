import { checkRunOptions, MigrationRunner as CoreRunner } from '../runner/index.ts';
import { upChecks } from '../operations/index.ts';
import type { Checks } from '../errors/check-options.ts';
import type { DatabaseHandle } from '../drivers/index.ts';
import type { MigrationSource } from '../migration/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import type { MigrationsGiven } from '../source/index.ts';
import { BackupManager, managerOptions } from './backup-manager.ts';
import type { DriverName } from './driver.ts';
import { databaseCheck, migrationsCheck } from './given-checks.ts';
import { partsOf } from './runner-parts.ts';

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
  /** Its name for logs: bundlers rename one of two classes with the same name, and it extends one. */
  static override readonly name: string = 'MigrationRunner';

  constructor(options: MigrateOptions) {
    checkRunOptions(options, migrateChecks, ['database', 'migrations']);
    const { database: _database, migrations: _migrations, driver: _driver, ...run } = options;
    super(partsOf(options), run);
  }
}

/** What `migrate` may be given: the runner's options and those of `up`. Errors: `OPTION_INVALID`. */
export function checkMigrateOptions(options: unknown): void {
  checkRunOptions(options, { ...migrateChecks, ...upChecks }, ['database', 'migrations']);
}

const migrateChecks: Checks = {
  database: databaseCheck,
  migrations: migrationsCheck,
  // Drivers have an error of their own, which lists those that there are.
  driver: () => undefined,
};

/** What the command line asks for. */
export interface RunnerRequest extends RunOptions {
  readonly database: string;
  readonly migrations: string | MigrationSource;
  readonly driver?: string;
}

/** A runner for a path, and the name that messages call the database by. */
export function createRunner(
  request: RunnerRequest,
): MigrationRunner & { readonly databaseName: string; backups(): BackupManager } {
  const { driver, ...rest } = request;
  const options = { ...rest, ...(driver === undefined ? {} : { driver: driver as DriverName }) };
  const runner = new MigrationRunner(options);
  const backups = (): BackupManager => new BackupManager(managerOptions(options));
  return Object.assign(runner, { databaseName: runner.database, backups });
}
