import { clock, type Op } from '../bridge/index.ts';
import { cleanUp, findBackup } from '../backup/index.ts';
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
import { whyEncrypted } from './encrypted.ts';
import {
  confirmRestore,
  flawsOf,
  impossible,
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
export function* restore(context: RunContext, order: RestoreRequest): Op<RestoreResult> {
  const started = yield* clock();
  yield* rememberFile(context);
  const place = yield* requireBackupLocation(context);
  const backup = yield* findBackup(place, order.backup);
  const { result, note: left } = yield* withRestoredCopy(context, place, backup, function* (work) {
    const refusal = yield* whyEncrypted(work.copy);
    if (refusal !== undefined) throw impossible(context, refusal);
    const shown = yield* retryBusy(context, 'read', () => planRestore(context, backup, work.manifest));
    yield* confirmRestore(context, order, shown);
    const done = yield* withSettings(context, () =>
      withExclusiveLock(context, function* (lone) {
        // A death may have left it behind when the database was written in place.
        yield* cleanUp(replacementOf(place));
        return yield* overwriteDatabase(lone, place, work);
      }),
    );
    return { plan: shown, ...done, bytes: work.manifest.bytes, flaws: flawsOf(work.manifest) };
  });
  const { plan, safety, notes, bytes, flaws } = result;
  const untidy = yield* applyRetentionAfter(context, place, bytes, [backup.id]);
  return {
    plan,
    before: safety === undefined ? undefined : { id: safety.id, file: safety.file, bytes: safety.bytes },
    damaged: [],
    notes: [...flaws, ...notes, left, untidy].filter((text) => text !== undefined),
    durationMs: Math.round((yield* clock()) - started),
  };
}
