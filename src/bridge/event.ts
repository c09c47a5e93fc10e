import type { ErrorCode, MigrationRef } from '../errors/index.ts';

export type Direction = 'up' | 'down';

/** What a run tells while it works, in order. Unknown types may be added: ignore those you do not know. */
export type DunlinEvent =
  | {
      readonly type: 'run:waiting';
      readonly waitedMs: number;
      readonly timeoutMs: number;
      readonly holder: LockHolder | undefined;
    }
  | {
      /** The schema was changed by other means than migrations; what differs, in words. */
      readonly type: 'schema:drift';
      readonly differences: readonly string[];
    }
  | {
      readonly type: 'run:start';
      readonly direction: Direction;
      readonly from: number;
      readonly pending: readonly MigrationRef[];
    }
  | {
      /** The write lock is held from here on: other writers wait until the run ends. */
      readonly type: 'backup:start';
      readonly file: string;
      /** Of the database. */
      readonly bytes: number;
    }
  | {
      /** The copy is on the disk. Its proof follows, which takes about as long. */
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
      /** Backups that are beyond the limits and could not be removed, those of another user for one. */
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
      /** Rows visited so far, and those that there were at the beginning. */
      readonly done: number;
      readonly total: number;
      readonly elapsedMs: number;
      /** An estimate: what is left at the pace so far. */
      readonly remainingMs: number;
    }
  | {
      /** The migration's verification passed; not told of one that has none. */
      readonly type: 'migration:verified';
      readonly migration: MigrationRef;
      /** How many queries answered true; a verify() function counts as one. */
      readonly queries: number;
    }
  | {
      readonly type: 'migration:note';
      readonly migration: MigrationRef;
      readonly note: string;
      /** What of it `check` warns of; undefined for a note that is nothing to correct. */
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
  /** `check` tries this migration, on a scratch database or a copy: what runs there is told of by no other event. */
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
   * What the new table was checked by: `compared`, its rows or values were held against the old ones; `proven`, the copy
   * took every row as it is, and nothing else wrote either table; `counted`, only the number of rows was looked at,
   * because of `guards: 'count'`, or because nothing was copied that could be compared.
   */
  readonly check: 'compared' | 'proven' | 'counted';
  /** The columns whose values are known to be the same as before, by their old names. Empty if rows were counted. */
  readonly columns: readonly string[];
}

/** Who is migrating now, as the attempt log tells it. */
export interface LockHolder {
  readonly pid: number | undefined;
  readonly host: string | undefined;
  readonly tool: string | undefined;
  readonly since: string;
}
