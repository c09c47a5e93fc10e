import { isSqlError, type Op, type SqlError } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RebuildLocation } from './changes.ts';

/** How a rebuild has checked the copy of a table. */
export interface RebuildCheck {
  /** Whether a change defines the primary key anew. */
  readonly keyIsRewritten: boolean;
  /** The columns whose values are the same, because they were compared or because nothing could convert them. */
  readonly unchanged: readonly string[];
  /** Whether values had to be compared. */
  readonly isCompared: boolean;
}

/** What the run provides for a rebuild. */
export interface RebuildHost {
  /** Runs a statement, which the loss detector sees. */
  run(sql: string): Op<void>;
  /** Reports a statement to the loss detector without running it: the rebuild has the same effect. */
  reportStatement(sql: string): Op<void>;
  /** Reports that the copy of a table was checked, so that it is not compared again. */
  reportCheck(table: string, check: RebuildCheck): void;
  /** Whether every value is compared, and not only those that a new type may convert. */
  readonly compareAll: boolean;
  /** Whether foreign keys are enforced during the rebuild. */
  readonly foreignKeys: boolean;
  /** Whether they are because the engine cannot turn them off. */
  readonly alwaysOn: boolean;
  readonly ownTables: readonly string[];
}

/** Whether SQLite refused the statement itself. A full disk is no refusal. */
export function isRefusal(error: unknown): error is SqlError {
  return isSqlError(error) && ['SQLITE_ERROR', 'SQLITE_CONSTRAINT', 'SQLITE_MISMATCH'].includes(error.primary);
}

/** Runs a part of a rebuild. If SQLite refuses it, the error says what was being done. */
export function* runPart<T>(doing: string, location: RebuildLocation, work: () => Op<T>, created?: string): Op<T> {
  try {
    return yield* work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The user doesn't know the temporary name of the new table.
    const reason = created === undefined ? error.message : error.message.replaceAll(created, location.table);
    throw dunlinError('REBUILD_FAILED', { ...location, doing, reason }, { cause: error });
  }
}
