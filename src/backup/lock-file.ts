import {
  connectPlain,
  disconnect,
  file,
  isBusy,
  isSqlError,
  queryOn,
  type DatabaseBridge,
  type LockHolder,
  type Op,
} from '../bridge/index.ts';

/**
 * Opens a lock between processes: SQLite's write lock on a small file of its own. The file is never removed: a process
 * that has it open would keep a lock that no other process sees. The operating system releases the lock when the process
 * ends in any way.
 */
export function* openLock(path: string, like: string): Op<DatabaseBridge | undefined> {
  if ((yield* file('stat', path)) === undefined) yield* createOnce(path, like);
  return yield* connectPlain(path);
}

function* createOnce(path: string, like: string): Op<void> {
  try {
    yield* file('create', path, like);
  } catch (error) {
    // Another process may have created it meanwhile.
    if ((yield* file('stat', path)) === undefined) throw error;
  }
}

/** Takes the lock; false: another process has it. */
export function* takeLock(lock: DatabaseBridge): Op<boolean> {
  try {
    yield* queryOn(lock, 'BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (isSqlError(error) && isBusy(error)) return false;
    throw error;
  }
}

/** Releases it. Closing alone does not end a transaction in every driver. */
export function* closeLock(lock: DatabaseBridge): Op<void> {
  try {
    yield* rollbackOn(lock);
  } finally {
    yield* disconnect(lock);
  }
}

/**
 * Takes the lock and writes its holder into the file, for processes that wait; false: another process has it. Between the
 * two the lock is free for a moment. Any statement can find the file locked: also the PRAGMA, which reads the schema
 * first, when another process commits.
 */
export function* takeLockAs(lock: DatabaseBridge, holder: LockHolder): Op<boolean> {
  try {
    // The holder only matters while it runs, but a file that a power cut damaged would block every run.
    yield* queryOn(lock, 'PRAGMA synchronous = FULL');
    yield* queryOn(lock, 'BEGIN IMMEDIATE');
    yield* queryOn(lock, 'CREATE TABLE IF NOT EXISTS holder (tool TEXT, pid INTEGER, host TEXT, since TEXT)');
    yield* queryOn(lock, 'DELETE FROM holder');
    const { tool = null, pid = null, host = null, since } = holder;
    yield* queryOn(lock, 'INSERT INTO holder VALUES (?, ?, ?, ?)', [tool, pid, host, since]);
    yield* queryOn(lock, 'COMMIT');
    yield* queryOn(lock, 'BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    yield* rollbackOn(lock);
    if (isSqlError(error) && isBusy(error)) return false;
    throw error;
  }
}

export function* readHolder(lock: DatabaseBridge): Op<LockHolder | undefined> {
  const [row] = yield* queryOn<{ tool: string | null; pid: number | null; host: string | null; since: string }>(
    lock,
    `SELECT tool, pid, host, since FROM holder`,
  );
  if (row === undefined) return undefined;
  return { tool: row.tool ?? undefined, pid: row.pid ?? undefined, host: row.host ?? undefined, since: row.since };
}

/** Rolls back, also at the second attempt: otherwise the lock would stay held. ROLLBACK fails without a transaction, which is fine. */
function* rollbackOn(lock: DatabaseBridge): Op<void> {
  for (let left = 2; left > 0; left--) {
    try {
      yield* queryOn(lock, 'ROLLBACK');
      return;
    } catch (error) {
      if (!isSqlError(error)) throw error;
      if (error.primary === 'SQLITE_ERROR') return;
    }
  }
}
