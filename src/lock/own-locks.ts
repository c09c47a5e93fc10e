import { file, isTransactionOpen, type Op } from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { Step } from '../plan/index.ts';
import type { RunContext } from './run-context.ts';

/**
 * The files of the database on which this process has a lock, before code of a migration runs. POSIX takes all locks of a
 * process on a file away when it closes any descriptor of it (sqlite.org/howtocorrupt.html, section 2.2), and SQLite does
 * not notice: a connection of the same process asks SQLite's own list. Only Linux shows what is really there, so that
 * elsewhere this is empty. SQL cannot do it: call this for code alone.
 */
export function* readHeldLocks(context: RunContext): Op<readonly string[]> {
  const path = context.canBackUp ? context.file() : undefined;
  // In WAL mode the lock of the writer is on the memory that is shared beside the log.
  return path === undefined ? [] : ((yield* file('heldLocks', [path, `${path}-shm`])) ?? []);
}

/** Fails where one of those locks is gone: another process may have written since. Errors: `LOCKS_LOST`. */
export function* refuseLostLocks(step: Step, before: readonly string[]): Op<void> {
  const error = yield* findLostLocks(step, before);
  if (error !== undefined) throw error;
}

/** `LOCKS_LOST` in place of the error that the code ended with. */
export function* preferLostLocksError(step: Step, before: readonly string[], error: unknown): Op<unknown> {
  return (yield* findLostLocks(step, before)) ?? error;
}

function* findLostLocks(step: Step, before: readonly string[]): Op<DunlinError | undefined> {
  // With the transaction SQLite gives the locks back itself.
  if (before.length === 0 || !(yield* isTransactionOpen())) return undefined;
  const now = (yield* file('heldLocks', before)) ?? before;
  const lost = before.find((path) => !now.includes(path));
  if (lost === undefined) return undefined;
  const { id, direction, version, name } = step;
  return dunlinError(
    'LOCKS_LOST',
    { id, direction, file: lost.slice(lost.search(/[^\\/]*$/)) },
    { migration: { version, name } },
  );
}
