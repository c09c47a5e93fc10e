import {
  connect,
  disconnect,
  file,
  isBusy,
  isSqlError,
  queryOn,
  type DatabaseBridge,
  type Op,
} from '../bridge/index.ts';
import type { BackupPlace } from './create.ts';

/**
 * Runs an operation while no other process does the same to a folder; undefined: one is at it. The lock is SQLite's on
 * an empty file that is never removed: it ends with its process, whatever becomes of that.
 */
export function* whileAlone<T>({ folder, file: like }: BackupPlace, operation: () => Op<T>): Op<T | undefined> {
  const path = `${folder}/housekeeping.lock`;
  if ((yield* file('stat', path)) === undefined) yield* createOnce(path, like);
  const lock = yield* connect(path);
  if (lock === undefined) return undefined;
  try {
    yield* queryOn(lock, 'BEGIN IMMEDIATE');
    return yield* operation();
  } catch (error) {
    if (isSqlError(error) && isBusy(error)) return undefined;
    throw error;
  } finally {
    yield* release(lock);
  }
}

/** Closing alone does not end a transaction in every driver. Without one, ROLLBACK is an error that means nothing. */
function* release(lock: DatabaseBridge): Op<void> {
  try {
    yield* queryOn(lock, 'ROLLBACK');
  } catch (error) {
    if (!isSqlError(error)) throw error;
  } finally {
    yield* disconnect(lock);
  }
}

function* createOnce(path: string, like: string): Op<void> {
  try {
    yield* file('create', path, like);
  } catch (error) {
    // Another process may have been faster.
    if ((yield* file('stat', path)) === undefined) throw error;
  }
}
