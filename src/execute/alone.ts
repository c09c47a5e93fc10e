import { clock, type Op } from '../bridge/index.ts';
import { closeLock, openLock, takeLockAs } from '../backup/index.ts';
import type { RunContext } from './context.ts';
import { busyError, lockFileOf, usable } from './run-lock.ts';
import { retryBusy, untilStopped } from './wait.ts';

/**
 * Runs an operation that lets go of the database's write lock in between and must have no other run begin meanwhile:
 * one with steps outside a transaction, or a restore. It holds the lock of a file beside the database; every other run
 * looks at that before it goes on with the write lock. Programs that are no run of Dunlin's are not kept out.
 *
 * Without a driver that opens a second connection there is no such lock.
 */
export function* alone<T>(
  context: RunContext,
  operation: (context: RunContext) => Op<T>,
  database: string | undefined = context.file(),
): Op<T> {
  if (context.alone || !context.hasFiles || database === undefined) return yield* operation(context);
  const path = lockFileOf(database);
  const lock = yield* retryBusy(context, 'have it alone', () => usable(context, path, () => openLock(path, database)));
  if (lock === undefined) return yield* operation(context);
  try {
    yield* retryBusy(untilStopped(context), 'have it alone', function* () {
      const since = new Date(yield* clock()).toISOString();
      const { tool, pid, host } = context;
      if (!(yield* usable(context, path, () => takeLockAs(lock, { tool, pid, host, since })))) throw busyError();
    });
    return yield* operation({ ...context, alone: true });
  } finally {
    yield* closeLock(lock);
  }
}
