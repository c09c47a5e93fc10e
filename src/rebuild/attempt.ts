import { isSqlError, type Op, type SqlError } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RebuildPlace } from './changes.ts';

/** What a rebuild is given by the run it is a part of. */
export interface RebuildHost {
  /** Tells the guard that a table is about to be changed. */
  begin(table: string): Op<void>;
  /** Runs a statement under the eyes of the run's guard. */
  run(sql: string): Op<void>;
  /** Tells the guard of a statement whose effect the rebuild has by other means. */
  say(sql: string): Op<void>;
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
export function* attempt<T>(doing: string, place: RebuildPlace, work: () => Op<T>, created?: string): Op<T> {
  try {
    return yield* work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The new table has another name until the end, which tells the reader nothing.
    const reason = created === undefined ? error.message : error.message.replaceAll(created, place.table);
    throw dunlinError('REBUILD_FAILED', { ...place, doing, reason }, { cause: error });
  }
}
