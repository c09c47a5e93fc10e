import { file, isTransactionOpen, type Op } from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { Step } from '../plan/index.ts';
import type { RunContext } from './run-context.ts';

/**
 * The files of the database that this process has locked, before code of a migration runs. POSIX releases all locks of a
 * process on a file when it closes any descriptor of it (sqlite.org/howtocorrupt.html, section 2.2), and SQLite does not
 * notice, because it looks them up in its own list. Only Linux shows the real locks, so that this is empty elsewhere. SQL
 * cannot close a descriptor: call this for code only.
 */
export function* readHeldLocks(context: RunContext): Op<readonly string[]> {
  const path = context.canBackUp ? context.file() : undefined;
  // In WAL mode the writer's lock is on the shared-memory file.
  return path === undefined ? [] : ((yield* file('heldLocks', [path, `${path}-shm`])) ?? []);
}

/** Fails if one of those locks is gone: another process may have written since. Errors: `LOCKS_LOST`. */
export function* refuseLostLocks(step: Step, before: readonly string[]): Op<void> {
  const error = yield* findLostLocks(step, before);
  if (error !== undefined) throw error;
}

/** `LOCKS_LOST` if locks are gone, else the error that the code ended with. */
export function* preferLostLocksError(step: Step, before: readonly string[], error: unknown): Op<unknown> {
  return (yield* findLostLocks(step, before)) ?? error;
}

function* findLostLocks(step: Step, before: readonly string[]): Op<DunlinError | undefined> {
  // SQLite releases the locks itself when a transaction ends.
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
