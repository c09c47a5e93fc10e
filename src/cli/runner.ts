import type { BackupManager } from '../node/backup-manager.ts';
import type { RunnerRequest } from '../node/create-runner.ts';
import type { MigrationRunner } from '../runner/runner.ts';

export type { RunnerRequest };

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

export type OpenRunner = (request: RunnerRequest) => Promise<CliRunner>;
