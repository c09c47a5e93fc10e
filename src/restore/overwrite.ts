import {
  clock,
  connect,
  copyInto,
  disconnect,
  isSqlError,
  script,
  type DatabaseBridge,
  type Op,
} from '../bridge/index.ts';
import {
  examine,
  readSummary,
  readPragma,
  removeBackup,
  type Backup,
  type BackupLocation,
  type Examination,
  type DatabaseSummary,
  type DatabaseRef,
} from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import {
  busyError,
  dataVersion,
  isWal,
  withWriteLock,
  refuseReplaced,
  retryBusy,
  rollback,
  setWal,
  transaction,
  type RunContext,
  backUpPresent,
} from '../lock/index.ts';
import { finishRun, hasRun, copyAttempts } from '../ledger/index.ts';
import { readIntegrityErrors, newIntegrityErrors } from '../schema/index.ts';
import { type RestoredCopy, restoreImpossible } from './restored-copy.ts';

export interface Overwritten {
  readonly safety: Backup | undefined;
  readonly notes: readonly string[];
}

/**
 * Writes a verified copy over the live database, after a backup of the present state, and verifies the result. `since`:
 * only if `PRAGMA data_version` still has this value, which the commits of others change; else it does nothing and
 * returns undefined.
 */
export function* overwriteDatabase(
  context: RunContext,
  location: BackupLocation,
  work: RestoredCopy,
  since?: number,
): Op<Overwritten | undefined> {
  const source = yield* connect(work.copy);
  if (source === undefined) throw restoreImpossible(context);
  const wasWal = yield* isWal();
  try {
    if (wasWal) yield* allowPageSize(context, work.manifest.portrait.pageSize);
    for (;;) {
      const present = yield* withWriteLock(context, function* () {
        if (since !== undefined && (yield* dataVersion()) !== since) return undefined;
        return { ...(yield* backUpPresent(context, location)), dataVersion: yield* dataVersion() };
      });
      if (present === undefined) return undefined;
      yield* copyAttempts(source, context.ledger.tables.attempts, present.attempts, work.attempt);
      const database: DatabaseRef = { connection: source, schema: 'main' };
      const expected = { ...(yield* readSummary(database)), flaws: yield* readIntegrityErrors('quick_check', source) };
      if (yield* copyUnchanged(context, location, work, source, present.dataVersion)) {
        const others = yield* transaction(context, () => verifyAndFinish(context, work, expected, present.safety));
        const mode = yield* setWal(context, work.manifest.journalMode === 'wal');
        return { safety: present.safety, notes: [others, mode].filter((note) => note !== undefined) };
      }
      // Somebody has committed since that backup, so that it is not of the present state.
      if (present.safety !== undefined) yield* removeBackup(location, present.safety);
      if (since !== undefined) return undefined;
    }
  } catch (error) {
    if (wasWal) yield* setWal({ ...context, lockTimeoutMs: 0 }, true);
    throw error;
  } finally {
    yield* disconnect(source);
  }
}

/**
 * Copies; false if another connection has committed since the backup of the present state. Drivers report success for a
 * locked target, or try again without end. So this waits for the lock and releases it for the backup API, and then looks
 * for the run's row in the database, which comes with the copy.
 */
function* copyUnchanged(
  context: RunContext,
  location: BackupLocation,
  { attempt }: RestoredCopy,
  source: DatabaseBridge,
  version: number,
): Op<boolean> {
  return yield* retryBusy(context, 'restore', function* () {
    yield* script('BEGIN EXCLUSIVE');
    let unchanged: boolean;
    try {
      // The backup API opens the file at the path.
      yield* refuseReplaced(context, 'before');
      unchanged = (yield* dataVersion()) === version;
    } finally {
      yield* rollback();
    }
    if (!unchanged) return false;
    const pages = yield* copyInto(source, location.file);
    if (pages === undefined) throw restoreImpossible(context);
    if (yield* hasRun(context.ledger.tables.attempts, attempt.runId)) return true;
    throw busyError();
  });
}

/**
 * Reads the result through a new connection, and records when the restore was done. That commit, with `synchronous`
 * EXTRA, also makes the restored state durable.
 *
 * The backup API commits and releases its lock in one step, so a program that waits for the lock may have committed
 * before this run gets it. The run's row came in the same transaction as every page of the copy, so every difference is
 * that program's commit, and stays. Returns a note of it. Errors: `RESTORE_UNPROVEN` for damage, which no commit causes.
 */
function* verifyAndFinish(
  context: RunContext,
  { attempt }: RestoredCopy,
  expected: DatabaseSummary,
  safety: Backup | undefined,
): Op<string | undefined> {
  const fresh = yield* connect();
  let found: readonly string[];
  try {
    const { damage, differences, flaws } = yield* examineRestored({ connection: fresh, schema: 'main' }, expected);
    if (damage.length > 0)
      throw dunlinError('RESTORE_UNPROVEN', { database: context.database, findings: damage, before: safety?.id });
    found = [...differences, ...(yield* newIntegrityErrors(expected.flaws ?? [], flaws))];
  } finally {
    if (fresh !== undefined) yield* disconnect(fresh);
  }
  const finishedAt = new Date(yield* clock()).toISOString();
  const { runId, status, backup = null } = attempt;
  yield* finishRun(context.ledger.tables.attempts, runId, { status, finishedAt, backup });
  if (found.length === 0) return undefined;
  return `another program has committed right after the restore: ${found.slice(0, 3).join('; ')}`;
}

/** `examine`, which reports an error of SQLite about the file as damage. */
function* examineRestored(database: DatabaseRef, expected: DatabaseSummary): Op<Examination> {
  try {
    return yield* examine(database, expected);
  } catch (error) {
    if (!isSqlError(error) || !/^SQLITE_(?:CORRUPT|NOTADB)$/.test(error.primary)) throw error;
    return { damage: [error.message], differences: [], flaws: [] };
  }
}

/**
 * In WAL mode SQLite cannot change the page size: the copy fails with "read-only". Leaving WAL mode needs a database that
 * nobody else has open; some drivers keep closed connections open for a while, so do it before the first one.
 */
function* allowPageSize(context: RunContext, pageSize: number): Op<void> {
  if (Number(yield* readPragma('page_size')) === pageSize) return;
  yield* retryBusy(context, 'change its page size', () => script('PRAGMA main.journal_mode = DELETE'));
}
