import type { Op } from '../bridge/index.ts';
import { findBackup } from '../backup/index.ts';
import { alone, type Recovery, type RunContext } from '../execute/index.ts';
import { placeOfRun } from './back-up.ts';
import { overwrite } from './overwrite.ts';
import { withCopy } from './restore-work.ts';

/** A change of the journal mode, or of the size of the pages, looks like somebody else's commit. */
const foreign = 'another program may have written to the database since';

/**
 * Restores a run's own backup, because something went wrong that a rollback cannot undo. Only if nobody else has
 * committed since `PRAGMA data_version` was this: else their rows would be lost, and a person has to decide. The state
 * that is given up is backed up, like before any restore.
 */
export function* recover(context: RunContext, id: string, dataVersion: number): Op<Recovery> {
  return yield* alone(context, function* (lone) {
    const place = yield* placeOfRun(lone);
    const backup = yield* findBackup(place, id);
    const { result } = yield* withCopy(lone, place, backup, (work) => overwrite(lone, place, work, dataVersion));
    return result === undefined ? { reason: foreign } : { restored: id };
  });
}
