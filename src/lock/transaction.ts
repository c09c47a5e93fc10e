import { isOutdated, whyUnreadable } from '../backup/index.ts';
import {
  connect,
  disconnect,
  engineFacts,
  inTransaction,
  isBusy,
  isSqlError,
  queryOne,
  script,
  type DatabaseBridge,
  type Op,
} from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';
import { keepJournal } from './journal-mode.ts';
import { refuseReplaced, refuseReplacedBefore } from './replaced-file.ts';
import { busyError, isLockedExclusively } from './exclusive-holder.ts';
import { retryBusy } from './wait.ts';

/**
 * How long SQLite itself waits inside a transaction, when it writes a full page cache while others still read. Outside,
 * `retryBusy` waits.
 */
const busyTimeoutInsideMs = 5000;

/**
 * Takes the database's write lock. A deferred BEGIN would take it at the first write and then fail at once if anybody
 * had written since the first read (SQLITE_BUSY_SNAPSHOT), whatever the timeout.
 */
export function* begin(context: RunContext): Op<void> {
  yield* waitInside(context, 0);
  yield* retryBusy(context, 'take its write lock', () => takeWriteLock(context));
  try {
    yield* waitInside(context, Math.min(busyTimeoutInsideMs, context.lockTimeoutMs));
  } catch (error) {
    yield* rollback();
    throw error;
  }
}

/** How long SQLite itself waits for a lock, where that can be said. */
function* waitInside({ engine }: RunContext, ms: number): Op<void> {
  if (engine.settings.includes('busy_timeout')) yield* script(`PRAGMA busy_timeout = ${ms}`);
}

function* takeWriteLock(context: RunContext): Op<void> {
  const mode = yield* keepJournal(context);
  yield* script('BEGIN IMMEDIATE');
  try {
    if (yield* isLockedExclusively(context)) throw busyError();
    yield* refuseReplacedBefore(context, mode === 'wal');
  } catch (error) {
    yield* rollback();
    throw error;
  }
}

/**
 * COMMIT. In rollback mode a reader can block it; the transaction then stays open and COMMIT is tried again
 * (sqlite.org/lang_transaction.html, section 2.1). After the timeout everything is rolled back. Errors:
 * `DATABASE_REPLACED`, before and after; `LOCKED`; `DISK_ERROR`. The last is returned, not thrown, if the transaction is
 * committed nevertheless, by `isCommitted` on a new connection or on the run's own.
 */
export function* commit(context: RunContext, isCommitted?: IsCommitted): Op<DunlinError | undefined> {
  try {
    yield* refuseReplaced(context, 'before');
    // From here on `retryBusy` waits: SQLite would block the thread, and longer than the timeout.
    yield* waitInside(context, 0);
    yield* retryBusy(context, 'commit', () => script('COMMIT'));
  } catch (error) {
    yield* rollback();
    if (!isSqlError(error) || error.primary !== 'SQLITE_IOERR') throw error;
    const outcome = yield* outcomeOf(context, isCommitted);
    const failure = dunlinError(
      'DISK_ERROR',
      { database: context.database, code: error.code, outcome },
      { cause: error },
    );
    if (outcome !== 'committed') throw failure;
    return failure;
  }
  yield* refuseReplaced(context, 'after');
  return undefined;
}

/** Whether a connection (undefined: the run's own) reads what a transaction wrote. */
type IsCommitted = (on: DatabaseBridge | undefined) => Op<boolean>;

/**
 * Whether a transaction is committed whose COMMIT failed with a disk error. SQLite commits by removing the journal
 * (sqlite.org/atomiccommit.html, section 3.11), which fails if somebody else has removed it.
 */
function* outcomeOf(context: RunContext, isCommitted: IsCommitted | undefined): Op<'committed' | 'undone' | 'unknown'> {
  if (isCommitted === undefined) return 'unknown';
  try {
    return (yield* isCommittedAnew(context, isCommitted)) ? 'committed' : 'undone';
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return 'unknown';
  }
}

/** Reads through a new connection, which has no cache, if the driver opens one. */
function* isCommittedAnew(context: RunContext, isCommitted: IsCommitted): Op<boolean> {
  const fresh = context.delayedClose ? undefined : yield* connect();
  if (fresh === undefined) return yield* isCommitted(undefined);
  try {
    if ((yield* whyUnreadable(fresh)) === undefined) return yield* isCommitted(fresh);
  } finally {
    yield* disconnect(fresh);
  }
  return yield* isCommitted(undefined);
}

/** ROLLBACK, unless SQLite did it already: after some errors it has (sqlite.org/lang_transaction.html, section 3). */
export function* rollback(): Op<void> {
  if ((yield* inTransaction()) === false) return;
  try {
    yield* script('ROLLBACK');
  } catch (error) {
    if (!isSqlError(error) || isBusy(error)) throw error;
  }
}

/** Runs an operation under the write lock, which keeps all other writers out. The operation writes nothing. */
function* withWriteLockOnce<T>(context: RunContext, operation: () => Op<T>): Op<T> {
  yield* begin(context);
  try {
    return yield* operation();
  } finally {
    yield* rollback();
  }
}

/** Runs an operation in a transaction of its own under the write lock. */
export function* transaction<T>(context: RunContext, operation: () => Op<T>): Op<T> {
  yield* begin(context);
  let result: T;
  try {
    result = yield* operation();
  } catch (error) {
    yield* rollback();
    throw error;
  }
  const failure = yield* commit(context);
  if (failure !== undefined) throw failure;
  return result;
}

/** `withWriteLockOnce`, and again from the start if somebody has committed while a backup had to release the lock. */
export function* withWriteLock<T>(context: RunContext, operation: () => Op<T>): Op<T> {
  for (;;) {
    try {
      return yield* withWriteLockOnce(context, operation);
    } catch (error) {
      if (!isOutdated(error)) throw error;
    }
  }
}

/**
 * Changes with every commit of another connection, and with a change of the journal mode. NaN, which equals nothing, where
 * the engine does not count.
 */
export function* dataVersion(): Op<number> {
  if (!(yield* engineFacts()).dataVersion) return NaN;
  return (yield* queryOne<{ data_version: number }>('PRAGMA data_version'))!.data_version;
}
