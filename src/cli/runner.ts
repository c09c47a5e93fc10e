import type { MigrationSource } from '../migration/index.ts';
import type { BackupManager } from '../node/backup-manager.ts';
import type { RunOptions } from '../lock/run-options.ts';
import type { MigrationRunner } from '../runner/runner.ts';

/** What the commands use of a runner. */
export interface CliRunner extends Pick<
  MigrationRunner,
  | 'up'
  | 'down'
  | 'redo'
  | 'to'
  | 'plan'
  | 'status'
  | 'history'
  | 'check'
  | 'baseline'
  | 'repairs'
  | 'repair'
  | 'acceptSchema'
  | 'schema'
  | 'schemaAt'
  | 'reset'
  | 'try'
  | 'dump'
  | 'rebuildScript'
  | 'close'
> {
  /** What messages call the database: `app.db`. */
  readonly databaseName: string;
  /** The manager of its backups, to be closed by who asked for it. */
  backups(): Pick<BackupManager, 'create' | 'list' | 'verify' | 'restore' | 'prune' | 'close'>;
}

/** How a command wants its database opened. */
export interface RunnerRequest extends RunOptions {
  readonly database: string;
  readonly migrations: string | MigrationSource;
  readonly driver?: string;
}

export type OpenRunner = (request: RunnerRequest) => Promise<CliRunner>;
