import { emit, type Op } from '../bridge/index.ts';
import { retentionNote, type Backup, type StoredBackup } from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import {
  applyRetentionAfter,
  backUp,
  holdsNothing,
  withWriteLock,
  prune,
  requireBackupLocation,
  withSettings,
  type RunContext,
} from '../lock/index.ts';

/** Makes a backup on request. Errors: `BACKUP_IMPOSSIBLE`, `BACKUP_FAILED` and the others of backups. */
export function* backUpNow(context: RunContext): Op<Backup> {
  const location = yield* requireBackupLocation(context);
  const backup = yield* withSettings(context, () =>
    withWriteLock(context, function* () {
      if (yield* holdsNothing())
        throw dunlinError('BACKUP_IMPOSSIBLE', { database: context.database, reason: 'it is empty' });
      return yield* backUp(context, location, { kind: 'manual' });
    }),
  );
  yield* applyRetentionAfter(context, location, backup.bytes);
  return backup;
}

/** `prune` on request. Returns the removed backups; an event reports those that could not be removed. */
export function* pruneNow(context: RunContext): Op<readonly StoredBackup[]> {
  const location = yield* requireBackupLocation(context);
  const { removed, refusal } = yield* prune(context, location);
  const note = retentionNote(location, refusal);
  if (note !== undefined) yield* emit({ type: 'backup:note', note });
  return removed;
}
