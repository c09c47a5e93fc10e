import type { Op } from '../bridge/index.ts';
import type { BackupPlace } from './create.ts';
import { closeLock, openLock, takeLock } from './lock-file.ts';

/** Runs an operation while no other process does the same to a folder; undefined: one is at it. */
export function* whileAlone<T>({ folder, file: like }: BackupPlace, operation: () => Op<T>): Op<T | undefined> {
  const lock = yield* openLock(`${folder}/housekeeping.lock`, like);
  if (lock === undefined) return undefined;
  try {
    return (yield* takeLock(lock)) ? yield* operation() : undefined;
  } finally {
    yield* closeLock(lock);
  }
}
