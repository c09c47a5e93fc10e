/** One applied migration in the tracking table. Columns that a layout lacks are null. */
export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
  readonly checksum: string | null;
  readonly executionTimeMs: number | null;
  readonly schemaVersion: string | null;
  readonly textHash: string | null;
  readonly downText: string | null;
  readonly upText: string | null;
  /** No file has its identity, and its number is not above all files here: its file was deleted. Where versions are positions. */
  readonly isGone?: boolean;
}

export type AttemptDirection = 'up' | 'down' | 'restore' | 'adopt' | 'baseline' | 'repair' | 'reset' | 'seed';
export type AttemptStatus = 'running' | 'ok' | 'failed' | 'interrupted';

/** One attempt and how it ended: of a whole run (`version` null) or of one migration. */
export interface Attempt {
  readonly id: number;
  readonly runId: string;
  readonly version: number | null;
  readonly name: string | null;
  readonly direction: AttemptDirection;
  readonly status: AttemptStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** The failing statement's number, from 1. */
  readonly statement: number | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  /** The backup made before it; for a restore, the restored backup. */
  readonly backup: string | null;
  readonly host: string | null;
  readonly pid: number | null;
  readonly tool: string | null;
}

/** The names of Dunlin's own tables. */
export interface TableNames {
  readonly migrations: string;
  readonly attempts: string;
}

export type LayoutName = 'standard' | 'filename' | 'semver';
