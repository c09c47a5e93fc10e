import { MigrationRunner as CoreRunner } from '../runner/index.ts';
import type { MigrationSource } from '../migration/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { BackupManager, managerOptions } from './backup-manager.ts';
import type { DatabaseLocation } from './database-url.ts';
import type { FolderOptions } from './format-options.ts';
import { commandLineHost } from './node-host.ts';
import { openSession, type MigrateOptions } from './open-session.ts';

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

export interface RunnerRequest extends RunOptions, FolderOptions {
  readonly database: DatabaseLocation;
  readonly migrations: string | MigrationSource;
  readonly seeds?: string | readonly string[];
  readonly driver?: string;
}

/** A runner for the command line, with the manager of the database's backups. */
export type RunnerWithBackups = CoreRunner & { backups(): BackupManager };

export function createRunner(request: RunnerRequest): RunnerWithBackups {
  const backups = (): BackupManager => new BackupManager(managerOptions(request));
  return Object.assign(new CoreRunner(openSession(request, {}, commandLineHost)), { backups });
}
