import {
  connectPlain,
  file,
  isBusy,
  isSqlError,
  SqlError,
  type DatabaseBridge,
  type LockHolder,
  type Op,
} from '../bridge/index.ts';
import { closeLock, readHolder, takeLock } from '../backup/index.ts';
import { dunlinError, isDunlinError, isSystemError, thrownReason } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';

/** The file of the exclusive lock; see `withExclusiveLock`. */
export function lockFileOf(database: string): string {
  return `${database}-migrate-lock`;
}

/** SQLite's error for a lock of another connection: `retryBusy` waits until it is free. */
export function busyError(): SqlError {
  return new SqlError({ code: 'SQLITE_BUSY', message: 'database is locked' }, undefined, undefined);
}

/** Whether another run has the exclusive lock. Call it under the write lock, which that run needs to begin. */
export function* isLockedExclusively(context: RunContext): Op<boolean> {
  const taken = yield* readLockFile(context, function* (lock) {
    return !(yield* takeLock(lock));
  });
  return taken === true;
}

/** The run that has the exclusive lock, if another one has it. */
export function* findExclusiveHolder(context: RunContext): Op<LockHolder | undefined> {
  return yield* readLockFile(context, function* (lock) {
    return (yield* takeLock(lock)) ? undefined : yield* readHolder(lock);
  });
}

/** Most databases have no such file: then this costs one `stat`. */
function* readLockFile<T>(context: RunContext, question: (lock: DatabaseBridge) => Op<T>): Op<T | undefined> {
  const database = context.canBackUp && !context.hasExclusiveLock ? context.file() : undefined;
  if (database === undefined) return undefined;
  const path = lockFileOf(database);
  return yield* ifLockable(context, path, function* () {
    if ((yield* file('stat', path)) === undefined) return undefined;
    const lock = yield* connectPlain(path);
    if (lock === undefined) return undefined;
    try {
      return yield* question(lock);
    } finally {
      yield* closeLock(lock);
    }
  });
}

/**
 * Reports errors of the lock file as `LOCK_FILE_FAILED`, so that they do not look like errors of the database. BUSY is no
 * error, whichever statement finds it: `retryBusy` waits.
 */
export function* ifLockable<T>({ database }: RunContext, path: string, operation: () => Op<T>): Op<T> {
  try {
    return yield* operation();
  } catch (error) {
    const refused = isSqlError(error) || isSystemError(error);
    if (isDunlinError(error) || !refused || isBusy(error)) throw error;
    const reason = isSqlError(error) ? error.message : thrownReason(error);
    throw dunlinError('LOCK_FILE_FAILED', { database, file: path, reason }, { cause: error });
  }
}
