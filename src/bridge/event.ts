import type { ErrorCode, MigrationRef } from '../errors/index.ts';

export type Direction = 'up' | 'down';

/** An event of a run, in order. New types may be added: ignore types that you do not know. */
export type DunlinEvent =
  | {
      readonly type: 'run:waiting';
      readonly waitedMs: number;
      readonly timeoutMs: number;
      readonly holder: LockHolder | undefined;
    }
  | {
      /** The differences of a schema that was changed outside migrations, as text. */
      readonly type: 'schema:drift';
      readonly differences: readonly string[];
    }
  | {
      readonly type: 'run:start';
      readonly direction: Direction;
      readonly from: number;
      /** What the run executes. */
      readonly pending: readonly MigrationRef[];
      /** How many of these it rolls back. Those that it applies again are in `pending` twice. */
      readonly back: number;
      /** How many pending migrations it leaves, by its goal. */
      readonly later: number;
    }
  | {
      /** From now on the run holds the write lock: other writers wait until it ends. */
      readonly type: 'backup:start';
      readonly file: string;
      /** Of the database. */
      readonly bytes: number;
    }
  | {
      /** The copy is on the disk. Verifying it takes about as long again. */
      readonly type: 'backup:copied';
      readonly file: string;
      readonly copyMs: number;
    }
  | {
      readonly type: 'backup:done';
      readonly file: string;
      readonly bytes: number;
      readonly copyMs: number;
      readonly proofMs: number;
    }
  | {
      /** Backups beyond the limits that could not be removed, for example another user's. */
      readonly type: 'backup:note';
      readonly note: string;
    }
  | {
      readonly type: 'migration:start';
      readonly migration: MigrationRef;
      readonly direction: Direction;
      readonly index: number;
      readonly total: number;
    }
  | {
      readonly type: 'migration:statement';
      readonly migration: MigrationRef;
      readonly statement: number;
      readonly statements: number;
    }
  | {
      /** A batch of rows is done: `-- dunlin: batch`, or `db.batch()`. */
      readonly type: 'migration:batch';
      readonly migration: MigrationRef;
      /** The statement's number; undefined for code. */
      readonly statement: number | undefined;
      /** Rows visited so far, and rows at the beginning. */
      readonly done: number;
      readonly total: number;
      readonly elapsedMs: number;
      /** The estimated time left. */
      readonly remainingMs: number;
    }
  | {
      /** The migration's verification passed. Not emitted without a verification. */
      readonly type: 'migration:verified';
      readonly migration: MigrationRef;
      /** How many queries answered true; a verify() function counts as one. */
      readonly queries: number;
    }
  | {
      readonly type: 'migration:note';
      readonly migration: MigrationRef;
      readonly note: string;
      /** The warning of `check`; undefined for a note that needs no correction. */
      readonly warning?: string | undefined;
    }
  | ({
      /** A table with rows was rebuilt, and none was lost. Not emitted for a table without rows. */
      readonly type: 'migration:rebuilt';
      readonly migration: MigrationRef;
    } & RebuiltTable)
  | {
      readonly type: 'migration:done';
      readonly migration: MigrationRef;
      readonly direction: Direction;
      readonly executionTimeMs: number;
      readonly statements: number;
    }
  | {
      readonly type: 'migration:failed';
      readonly migration: MigrationRef;
      readonly direction: Direction;
      readonly code: ErrorCode;
      readonly message: string;
    }
  /** `check` or `rehearse` tries this migration on a scratch database or a copy. No other event reports what runs there. */
  | {
      readonly type: 'check:round';
      readonly migration: MigrationRef;
      readonly index: number;
      readonly total: number;
    }
  /** A failure that a rollback cannot undo: the run's backup is being restored. */
  | { readonly type: 'restore:start'; readonly backup: string }
  | { readonly type: 'restore:done'; readonly backup: string }
  | {
      readonly type: 'run:done';
      readonly applied: readonly MigrationRef[];
      readonly to: number;
      readonly durationMs: number;
    };

/** A table with rows that a migration rebuilt without losing any. */
export interface RebuiltTable {
  /** Its name after the migration. */
  readonly table: string;
  /** How many rows it had when the old table was dropped. */
  readonly rows: number;
  /**
   * How the new table was checked. `compared`: its rows or values were compared with the old ones. `proven`: the copy took
   * every row unchanged, and nothing else wrote either table. `counted`: only the number of rows was compared, because of
   * `guards: 'count'` or because nothing comparable was copied.
   */
  readonly check: 'compared' | 'proven' | 'counted';
  /** The columns whose values are certainly unchanged, by their old names. Empty if rows were only counted. */
  readonly columns: readonly string[];
  /** The columns whose values the migration computed anew, and that were not compared, by their old names. */
  readonly transformed: readonly string[];
  /** What its statements leave out and `rebuilds: 'keep'` has kept, in words: `COLLATE NOCASE of email`. */
  readonly kept: readonly string[];
}

/** The process that is migrating now, according to the attempt log. */
export interface LockHolder {
  readonly pid: number | undefined;
  readonly host: string | undefined;
  readonly tool: string | undefined;
  readonly since: string;
}
