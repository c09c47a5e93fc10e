import { file, type Op } from '../bridge/index.ts';
import type { BackupLocation } from './create-backup.ts';
import { closeLock, openLock, takeLock } from './lock-file.ts';

const lockOf = ({ folder }: BackupLocation): string => `${folder}/housekeeping.lock`;

/**
 * Why this user cannot take the lock: another user made it, and lets nobody write it. SQLite would take that for success,
 * because a lock for writing a file that cannot be written is only one for reading it.
 */
export function* whyOutside(place: BackupLocation): Op<string | undefined> {
  const lock = lockOf(place);
  if ((yield* file('stat', lock)) === undefined || (yield* file('mayWrite', lock))) return undefined;
  return `this user may not write ${lock}`;
}

/** Runs an operation while no other process does the same to a folder; undefined: one is at it. */
export function* withRetentionLock<T>(place: BackupLocation, operation: () => Op<T>): Op<T | undefined> {
  const lock = yield* openLock(lockOf(place), place.file);
  if (lock === undefined) return undefined;
  try {
    return (yield* takeLock(lock)) ? yield* operation() : undefined;
  } finally {
    yield* closeLock(lock);
  }
}
