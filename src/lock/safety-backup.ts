import type { Op, Row } from '../bridge/index.ts';
import {
  applyRetention,
  createBackup,
  databaseBytes,
  locateBackups,
  retentionNote,
  type Backup,
  type BackupLocation,
  type BackupReason,
  type RetentionResult,
} from '../backup/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { neededBackups, readAttemptRows, readLedger } from '../ledger/index.ts';
import { isEmpty, readInventory } from '../schema/index.ts';
import type { RunContext } from './run-context.ts';
import { begin } from './transaction.ts';

/** Where the run's backups are. Errors: `BACKUP_IMPOSSIBLE` for a database in memory. */
export function* requireBackupLocation(context: RunContext): Op<BackupLocation> {
  const { database } = context;
  const location = yield* locateBackups(context);
  if (location === undefined) throw dunlinError('BACKUP_IMPOSSIBLE', { database, reason: 'it is in memory only' });
  return location;
}

/** Whether there is neither a table nor a view. */
export function* holdsNothing(): Op<boolean> {
  return isEmpty(yield* readInventory(() => false));
}

/** The present state: a backup of it, and its attempt log. */
export interface PresentState {
  /** None of a database that holds nothing. */
  readonly safety: Backup | undefined;
  readonly attempts: readonly Row[];
}

/** Backs up the present state before a restore. Call it under the write lock. */
export function* backUpPresent(context: RunContext, location: BackupLocation): Op<PresentState> {
  const safety = (yield* holdsNothing()) ? undefined : yield* backUp(context, location, { kind: 'before-restore' });
  return { safety, attempts: yield* readAttemptRows(context.ledger.tables.attempts) };
}

/** Creates a backup. Call it under the write lock. */
export function* backUp(context: RunContext, location: BackupLocation, reason: BackupReason): Op<Backup> {
  const { database, driver, tool } = context;
  const applied = (yield* readLedger(context.ledger)).applied.map((row) => row.version);
  const backup = yield* createBackup(location, {
    reason,
    applied,
    runId: null,
    tool,
    sync: context.sync,
    relock: () => begin(context),
  });
  if (backup === undefined)
    throw dunlinError('BACKUP_IMPOSSIBLE', { database, reason: `${driver} opens no second connection` });
  return backup;
}

/** Removes and compresses older backups. If that fails, returns a note: the work before it has succeeded. */
export function* applyRetentionAfter(
  context: RunContext,
  location: BackupLocation,
  bytes: number,
  inUse: readonly string[] = [],
): Op<string | undefined> {
  try {
    return retentionNote(location, (yield* prune(context, location, bytes, inUse)).refusal);
  } catch (error) {
    return retentionNote(location, isDunlinError(error) ? error.message : thrownReason(error));
  }
}

/** Removes backups beyond the limits, and compresses all but the newest. */
export function* prune(
  context: RunContext,
  location: BackupLocation,
  bytes?: number,
  inUse: readonly string[] = [],
): Op<RetentionResult> {
  const { exists } = yield* readLedger(context.ledger);
  const needed = exists.attempts ? yield* neededBackups(context.ledger.tables.attempts) : [];
  const size = bytes ?? (yield* databaseBytes());
  return yield* applyRetention(location, context.options.backups ?? {}, size, new Set([...needed, ...inUse]));
}
