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

/** Makes a backup because somebody asks for one. Errors: `BACKUP_IMPOSSIBLE`, `BACKUP_FAILED` and the others of backups. */
export function* backUpNow(context: RunContext): Op<Backup> {
  const location = yield* requireBackupLocation(context);
  const made = yield* withSettings(context, () =>
    withWriteLock(context, function* () {
      if (yield* holdsNothing())
        throw dunlinError('BACKUP_IMPOSSIBLE', { database: context.database, reason: 'it is empty' });
      return yield* backUp(context, location, { kind: 'manual' });
    }),
  );
  yield* applyRetentionAfter(context, location, made.bytes);
  return made;
}

/** `prune` because somebody asks for it. Returns what was removed; an event says what could not be. */
export function* pruneNow(context: RunContext): Op<readonly StoredBackup[]> {
  const location = yield* requireBackupLocation(context);
  const { removed, refusal } = yield* prune(context, location);
  const note = retentionNote(location, refusal);
  if (note !== undefined) yield* emit({ type: 'backup:note', note });
  return removed;
}
