import { clock, file, type Op } from '../bridge/index.ts';
import { closeLock, openLock, takeLockAs } from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';
import { busyError, lockFileOf, ifLockable } from './exclusive-holder.ts';
import { retryBusy, untilStopped } from './wait.ts';

/**
 * Runs an operation that releases the database's write lock in between, while no other run may begin: one with steps
 * outside a transaction, or a restore. It holds the lock of a file beside the database; every other run checks that after
 * taking the write lock. Other programs are not kept out.
 *
 * A driver that opens no second connection has no such lock. `other` is the database's file if the connection is to
 * something else. Errors: `DATABASE_READONLY`.
 */
export function* withExclusiveLock<T>(
  context: RunContext,
  operation: (context: RunContext) => Op<T>,
  other?: string,
): Op<T> {
  if (context.hasExclusiveLock || !context.canBackUp) return yield* operation(context);
  const database = other ?? context.file();
  if (database === undefined) return yield* operation(context);
  if (other === undefined) yield* refuseReadOnly(context, database);
  const path = lockFileOf(database);
  const lock = yield* retryBusy(context, 'have it alone', () =>
    ifLockable(context, path, () => openLock(path, database)),
  );
  if (lock === undefined) return yield* operation(context);
  try {
    yield* retryBusy(untilStopped(context), 'have it alone', function* () {
      const since = new Date(yield* clock()).toISOString();
      const { tool, pid, host } = context;
      if (!(yield* ifLockable(context, path, () => takeLockAs(lock, { tool, pid, host, since })))) throw busyError();
    });
    return yield* operation({ ...context, hasExclusiveLock: true });
  } finally {
    yield* closeLock(lock);
  }
}

/** A lock file of a user who may not write the database would keep out those who may. */
function* refuseReadOnly({ database }: RunContext, path: string): Op<void> {
  let mayWrite: boolean;
  try {
    mayWrite = (yield* file('stat', path)) === undefined || (yield* file('mayWrite', path));
  } catch {
    // Try it: SQLite says why it cannot be written.
    return;
  }
  if (mayWrite) return;
  throw dunlinError('DATABASE_READONLY', { database, code: 'SQLITE_READONLY' });
}
