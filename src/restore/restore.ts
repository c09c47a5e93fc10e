import { clock, type Op } from '../bridge/index.ts';
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
 * Makes the database what it was at a backup, in place, under SQLite's own locks and in one transaction of SQLite's:
 * a death at any moment leaves it as it was or as it is in the backup. Other connections may stay open.
 *
 * The attempts since, and this one, are written into a copy of the backup before; so the log is never set back. The
 * present state is backed up first. A commit of another process between that backup and the restore is noticed, and
 * the backup made anew, but for one in the very last instant: SQLite's backup API can only take its lock itself.
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
        // A death may have left it behind when the database was written in place.
        yield* cleanUp(replacementOf(location));
        return yield* overwriteDatabase(locked, location, work);
      }),
    );
    return { plan: shown, ...done, bytes: work.manifest.bytes, flaws: flawNotes(work.manifest) };
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

/** How a recovery ended: with the backup that was restored, or why the database stays as it is. */
export type Recovery = { readonly restored: string } | { readonly reason: string };

/** A change of the journal mode, or of the size of the pages, looks like somebody else's commit. */
const foreign = 'another program may have written to the database since';

/**
 * Restores a run's own backup, because something went wrong that a rollback cannot undo. Only if nobody else has
 * committed since `PRAGMA data_version` was this: else their rows would be lost, and a person has to decide. The state
 * that is given up is backed up, like before any restore.
 */
export function* recover(context: RunContext, id: string, dataVersion: number): Op<Recovery> {
  return yield* withExclusiveLock(context, function* (locked) {
    const location = yield* requireBackupLocation(locked);
    const backup = yield* findBackup(location, id);
    const { result } = yield* withRestoredCopy(locked, location, backup, (work) =>
      overwriteDatabase(locked, location, work, dataVersion),
    );
    return result === undefined ? { reason: foreign } : { restored: id };
  });
}
