import { clock, type Op } from '../bridge/index.ts';
import type { RecoveryOutcome } from '../errors/index.ts';
import { cleanUp, findBackup, toRunBackup } from '../backup/index.ts';
import {
  withExclusiveLock,
  rememberFile,
  retryBusy,
  withSettings,
  type RunContext,
  requireBackupLocation,
  applyRetentionAfter,
} from '../lock/index.ts';
import { overwriteDatabase } from './overwrite.ts';
import { planRestore } from './restore-plan.ts';
import { whyEncrypted } from './replace.ts';
import {
  confirmRestore,
  flawNotes,
  restoreImpossible,
  replacementOf,
  withRestoredCopy,
  type RestoreRequest,
  type RestoreResult,
} from './restored-copy.ts';

/**
 * Restores a backup in place, under SQLite's own locks and in one transaction: after a crash at any moment the database is
 * as before, or as in the backup. Other connections may stay open.
 *
 * The attempt log is never rolled back: the attempts since the backup, and this one, are first written into a copy of
 * the backup. The present state is backed up before. If another process commits between that backup and the restore, the backup is created
 * again. Only a commit in the very last moment escapes: SQLite's backup API takes its lock itself.
 */
export function* restore(context: RunContext, request: RestoreRequest): Op<RestoreResult> {
  const started = yield* clock();
  yield* rememberFile(context);
  const location = yield* requireBackupLocation(context);
  const backup = yield* findBackup(location, request.backup);
  const { result, note: left } = yield* withRestoredCopy(context, location, backup, function* (work) {
    const refusal = yield* whyEncrypted(work.copy);
    if (refusal !== undefined) throw restoreImpossible(context, refusal);
    const shown = yield* retryBusy(context, 'read', () => planRestore(context, backup, work.manifest));
    yield* confirmRestore(context, request, shown);
    const done = yield* withSettings(context, () =>
      withExclusiveLock(context, function* (locked) {
        // Left over if an earlier restore crashed while it was overwriting the database.
        yield* cleanUp(replacementOf(location));
        return yield* overwriteDatabase(locked, location, work);
      }),
    );
    return { plan: shown, ...done!, bytes: work.manifest.bytes, flaws: flawNotes(work.manifest) };
  });
  const { plan, safety, notes, bytes, flaws } = result;
  const unremoved = yield* applyRetentionAfter(context, location, bytes, [backup.id]);
  return {
    plan,
    before: toRunBackup(safety),
    damaged: [],
    notes: [...flaws, ...notes, left, unremoved].filter((text) => text !== undefined),
    durationMs: Math.round((yield* clock()) - started),
  };
}

/** `PRAGMA data_version` also changes with the journal mode and the page size, so this is only possible, not certain. */
const foreign = 'another program may have written to the database since';

/**
 * Restores a run's own backup after a failure that a rollback cannot undo. Only if `PRAGMA data_version` still has this
 * value: otherwise rows that others have committed would be lost, and a person has to decide. The present state is backed
 * up first, as before any restore.
 */
export function* recover(context: RunContext, id: string, dataVersion: number): Op<RecoveryOutcome> {
  return yield* withExclusiveLock(context, function* (locked) {
    const location = yield* requireBackupLocation(locked);
    const backup = yield* findBackup(location, id);
    const { result } = yield* withRestoredCopy(locked, location, backup, (work) =>
      overwriteDatabase(locked, location, work, dataVersion),
    );
    return result === undefined ? { reason: foreign } : { restored: id };
  });
}
