import {
  clock,
  connect,
  copyInto,
  disconnect,
  script,
  type DatabaseBridge,
  type Op,
  type Row,
} from '../bridge/index.ts';
import {
  examine,
  portray,
  pragma,
  removeBackup,
  type Backup,
  type BackupPlace,
  type Portrait,
  type Reading,
} from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import {
  busyError,
  dataVersion,
  isWal,
  lockedAnew,
  retryBusy,
  rollback,
  setWal,
  transaction,
  type RunContext,
} from '../execute/index.ts';
import { carryAttempts, finishRun, hasRun, readAttemptRows } from '../ledger/index.ts';
import { findFlaws, newFlaws } from '../schema/index.ts';
import { backUp, holdsNothing } from './back-up.ts';
import { impossible, type RestoreWork } from './restore-work.ts';

/** The present state: a backup of it, its attempt log, and when that was. */
interface Present {
  /** None of a database that holds nothing. */
  readonly safety: Backup | undefined;
  readonly attempts: readonly Row[];
  readonly dataVersion: number;
}

/** How it went: with the backup of what was there. */
export interface Overwritten {
  readonly safety: Backup | undefined;
  readonly note: string | undefined;
}

/**
 * Writes a proven copy over the live database, after a backup of what is there, and proves the result. With `since`
 * only if nobody else has committed since `PRAGMA data_version` was that; else undefined, and nothing is done.
 */
export function overwrite(context: RunContext, place: BackupPlace, work: RestoreWork): Op<Overwritten>;
export function overwrite(
  context: RunContext,
  place: BackupPlace,
  work: RestoreWork,
  since: number,
): Op<Overwritten | undefined>;
export function* overwrite(
  context: RunContext,
  place: BackupPlace,
  work: RestoreWork,
  since?: number,
): Op<Overwritten | undefined> {
  const source = yield* connect(work.copy);
  if (source === undefined) throw impossible(context);
  const wasWal = yield* isWal();
  try {
    if (wasWal) yield* allowPageSize(context, work.manifest.portrait.pageSize);
    for (;;) {
      const present = yield* lockedAnew(context, () => keepPresent(context, place, since));
      if (present === undefined) return undefined;
      yield* carryAttempts(source, context.ledger.tables.attempts, present.attempts, work.attempt);
      const reading: Reading = { on: source, schema: 'main' };
      const expected = { ...(yield* portray(reading)), flaws: yield* findFlaws('quick_check', source) };
      if (yield* copyUnchanged(context, place, work, source, present)) {
        yield* transaction(context, () => settle(context, work, expected, present.safety));
        return { safety: present.safety, note: yield* setWal(context, work.manifest.journalMode === 'wal') };
      }
      // Somebody has committed since that backup: it is not of the state that would be lost.
      if (present.safety !== undefined) yield* removeBackup(place, present.safety);
      if (since !== undefined) return undefined;
    }
  } catch (error) {
    if (wasWal) yield* setWal({ ...context, lockTimeoutMs: 0 }, true);
    throw error;
  } finally {
    yield* disconnect(source);
  }
}

function* keepPresent(context: RunContext, place: BackupPlace, since: number | undefined): Op<Present | undefined> {
  if (since !== undefined && (yield* dataVersion()) !== since) return undefined;
  const safety = (yield* holdsNothing()) ? undefined : yield* backUp(context, place, { kind: 'before-restore' });
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
  place: BackupPlace,
  { attempt }: RestoreWork,
  source: DatabaseBridge,
  present: Present,
): Op<boolean> {
  return yield* retryBusy(context, 'restore', function* () {
    yield* script('BEGIN EXCLUSIVE');
    const unchanged = (yield* dataVersion()) === present.dataVersion;
    yield* rollback();
    if (!unchanged) return false;
    const pages = yield* copyInto(source, place.file);
    if (pages === undefined) throw impossible(context);
    if (yield* hasRun(context.ledger.tables.attempts, attempt.runId)) return true;
    throw busyError();
  });
}

/**
 * Reads what is there on a connection that has seen nothing before, and writes when it was done. That commit, with
 * `synchronous` EXTRA, is also what puts the restored state on the disk for good.
 */
function* settle(
  context: RunContext,
  { attempt }: RestoreWork,
  expected: Portrait,
  safety: Backup | undefined,
): Op<void> {
  const fresh = yield* connect();
  try {
    const { findings: wrong, flaws } = yield* examine({ on: fresh, schema: 'main' }, expected);
    const findings = [...wrong, ...(yield* newFlaws(expected.flaws ?? [], flaws))];
    if (findings.length > 0)
      throw dunlinError('RESTORE_UNPROVEN', { database: context.database, findings, before: safety?.id });
  } finally {
    if (fresh !== undefined) yield* disconnect(fresh);
  }
  const finishedAt = new Date(yield* clock()).toISOString();
  const { runId, status, backup = null } = attempt;
  yield* finishRun(context.ledger.tables.attempts, runId, { status, finishedAt, backup });
}

/**
 * In WAL mode SQLite keeps the size of the pages, and says that the database is read-only. Leaving it takes a database
 * that nobody else has open; some drivers keep closed connections open for a while, so it comes before the first one.
 */
function* allowPageSize(context: RunContext, pageSize: number): Op<void> {
  if (Number(yield* pragma(undefined, 'page_size')) === pageSize) return;
  yield* retryBusy(context, 'change its page size', () => script('PRAGMA main.journal_mode = DELETE'));
}
