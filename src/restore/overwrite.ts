import {
  clock,
  connect,
  copyInto,
  disconnect,
  isSqlError,
  script,
  type DatabaseBridge,
  type Op,
  type Row,
} from '../bridge/index.ts';
import {
  examine,
  takeSnapshot,
  pragma,
  removeBackup,
  type Backup,
  type BackupLocation,
  type Examination,
  type Snapshot,
  type Reading,
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
  backUp,
  holdsNothing,
} from '../lock/index.ts';
import { finishRun, hasRun, readAttemptRows, copyAttempts } from '../ledger/index.ts';
import { readIntegrityErrors, newIntegrityErrors } from '../schema/index.ts';
import { type RestoredCopy, restoreImpossible } from './restored-copy.ts';

/** The present state: a backup of it, its attempt log, and when that was. */
interface PresentState {
  /** None of a database that holds nothing. */
  readonly safety: Backup | undefined;
  readonly attempts: readonly Row[];
  readonly dataVersion: number;
}

/** How it went: with the backup of what was there. */
export interface Overwritten {
  readonly safety: Backup | undefined;
  readonly notes: readonly string[];
}

/**
 * Writes a proven copy over the live database, after a backup of what is there, and proves the result. With `since`
 * only if nobody else has committed since `PRAGMA data_version` was that; else undefined, and nothing is done.
 */
export function overwriteDatabase(context: RunContext, location: BackupLocation, work: RestoredCopy): Op<Overwritten>;
export function overwriteDatabase(
  context: RunContext,
  location: BackupLocation,
  work: RestoredCopy,
  since: number,
): Op<Overwritten | undefined>;
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
      const present = yield* withWriteLock(context, () => backUpPresent(context, location, since));
      if (present === undefined) return undefined;
      yield* copyAttempts(source, context.ledger.tables.attempts, present.attempts, work.attempt);
      const reading: Reading = { on: source, schema: 'main' };
      const expected = { ...(yield* takeSnapshot(reading)), flaws: yield* readIntegrityErrors('quick_check', source) };
      if (yield* copyUnchanged(context, location, work, source, present)) {
        const since = yield* transaction(context, () => verifyAndFinish(context, work, expected, present.safety));
        const mode = yield* setWal(context, work.manifest.journalMode === 'wal');
        return { safety: present.safety, notes: [since, mode].filter((note) => note !== undefined) };
      }
      // Somebody has committed since that backup: it is not of the state that would be lost.
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

function* backUpPresent(
  context: RunContext,
  location: BackupLocation,
  since: number | undefined,
): Op<PresentState | undefined> {
  if (since !== undefined && (yield* dataVersion()) !== since) return undefined;
  const safety = (yield* holdsNothing()) ? undefined : yield* backUp(context, location, { kind: 'before-restore' });
  const attempts = yield* readAttemptRows(context.ledger.tables.attempts);
  return { safety, attempts, dataVersion: yield* dataVersion() };
}

/**
 * The copy itself; false if another connection has committed since the present state was kept. The run's row in the
 * database, which comes with the copy, is what tells that it happened: drivers report success for a locked target.
 * Others would try again without end, so the lock is waited for here, and let go of for the backup API to take it.
 */
function* copyUnchanged(
  context: RunContext,
  location: BackupLocation,
  { attempt }: RestoredCopy,
  source: DatabaseBridge,
  present: PresentState,
): Op<boolean> {
  return yield* retryBusy(context, 'restore', function* () {
    yield* script('BEGIN EXCLUSIVE');
    let unchanged: boolean;
    try {
      // The backup API opens what lies at the path.
      yield* refuseReplaced(context, 'before');
      unchanged = (yield* dataVersion()) === present.dataVersion;
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
 * Reads what is there on a connection that has seen nothing before, and writes when it was done. That commit, with
 * `synchronous` EXTRA, is also what puts the restored state on the disk for good.
 *
 * The backup API commits and lets go of its lock in one step, so a program that waited for the lock may have committed
 * before this one got it. The run's row came in the same transaction as every page of the copy; so what is different now
 * is that program's commit, and stays. Returns a note of it. Errors: `RESTORE_UNPROVEN` for what no commit explains.
 */
function* verifyAndFinish(
  context: RunContext,
  { attempt }: RestoredCopy,
  expected: Snapshot,
  safety: Backup | undefined,
): Op<string | undefined> {
  const fresh = yield* connect();
  let since: readonly string[];
  try {
    const { damage, differences, flaws } = yield* examineRestored({ on: fresh, schema: 'main' }, expected);
    if (damage.length > 0)
      throw dunlinError('RESTORE_UNPROVEN', { database: context.database, findings: damage, before: safety?.id });
    since = [...differences, ...(yield* newIntegrityErrors(expected.flaws ?? [], flaws))];
  } finally {
    if (fresh !== undefined) yield* disconnect(fresh);
  }
  const finishedAt = new Date(yield* clock()).toISOString();
  const { runId, status, backup = null } = attempt;
  yield* finishRun(context.ledger.tables.attempts, runId, { status, finishedAt, backup });
  if (since.length === 0) return undefined;
  return `another program has committed right after the restore: ${since.slice(0, 3).join('; ')}`;
}

/** `examine`, where an error of SQLite's about the file is one more thing that it shows. */
function* examineRestored(reading: Reading, expected: Snapshot): Op<Examination> {
  try {
    return yield* examine(reading, expected);
  } catch (error) {
    if (!isSqlError(error) || !/^SQLITE_(?:CORRUPT|NOTADB)$/.test(error.primary)) throw error;
    return { damage: [error.message], differences: [], flaws: [] };
  }
}

/**
 * In WAL mode SQLite keeps the size of the pages, and says that the database is read-only. Leaving it takes a database
 * that nobody else has open; some drivers keep closed connections open for a while, so it comes before the first one.
 */
function* allowPageSize(context: RunContext, pageSize: number): Op<void> {
  if (Number(yield* pragma(undefined, 'page_size')) === pageSize) return;
  yield* retryBusy(context, 'change its page size', () => script('PRAGMA main.journal_mode = DELETE'));
}
