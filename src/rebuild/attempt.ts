import { isSqlError, type Op, type SqlError } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RebuildLocation } from './changes.ts';

/** How a rebuild has checked the copy of a table. */
export interface RebuildCheck {
  /** Whether its primary key was given another definition by name. */
  readonly keyIsRewritten: boolean;
  /** The columns whose values are the same, because they were compared or because nothing could convert them. */
  readonly same: readonly string[];
  /** Whether values had to be compared. */
  readonly isCompared: boolean;
}

/** What a rebuild is given by the run it is a part of. */
export interface RebuildHost {
  /** Runs a statement, which the loss detector sees. */
  run(sql: string): Op<void>;
  /** Shows the loss detector a statement whose effect the rebuild has by other means. */
  declare(sql: string): Op<void>;
  /** A table's copy was checked: it will not be compared again. */
  checked(table: string, check: RebuildCheck): void;
  /** Whether every value is compared, and not only those that a new type may convert. */
  readonly compareAll: boolean;
  /** Whether foreign keys are enforced meanwhile. */
  readonly foreignKeys: boolean;
  readonly ownTables: readonly string[];
}

/** Whether SQLite refused what it was asked for; a full disk says nothing about that. */
export function isRefusal(error: unknown): error is SqlError {
  return isSqlError(error) && ['SQLITE_ERROR', 'SQLITE_CONSTRAINT', 'SQLITE_MISMATCH'].includes(error.primary);
}

/** Does a part of a rebuild; what SQLite has against it comes with what was being done. */
export function* attempt<T>(doing: string, place: RebuildLocation, work: () => Op<T>, created?: string): Op<T> {
  try {
    return yield* work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The new table has another name until the end, which tells the reader nothing.
    const reason = created === undefined ? error.message : error.message.replaceAll(created, place.table);
    throw dunlinError('REBUILD_FAILED', { ...place, doing, reason }, { cause: error });
  }
}
