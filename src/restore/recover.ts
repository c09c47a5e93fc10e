import type { Op } from '../bridge/index.ts';
import { findBackup } from '../backup/index.ts';
import { withExclusiveLock, type RunContext, requireBackupLocation } from '../lock/index.ts';
import { overwriteDatabase } from './overwrite.ts';
import { withRestoredCopy } from './restored-copy.ts';

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
  return yield* withExclusiveLock(context, function* (lone) {
    const place = yield* requireBackupLocation(lone);
    const backup = yield* findBackup(place, id);
    const { result } = yield* withRestoredCopy(lone, place, backup, (work) =>
      overwriteDatabase(lone, place, work, dataVersion),
    );
    return result === undefined ? { reason: foreign } : { restored: id };
  });
}
