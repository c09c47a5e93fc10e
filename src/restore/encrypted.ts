import {
  connectPlain,
  disconnect,
  file,
  isSqlError,
  script,
  type FileStat,
  type Op,
  type Row,
  type SqlError,
} from '../bridge/index.ts';
import { findBackup, manifestOf, whyUnreadable, type Backup } from '../backup/index.ts';
import {
  lockedAfresh,
  rememberFile,
  retryBusy,
  withSettings,
  type RunContext,
  backUp,
  holdsNothing,
  requireBackupLocation,
} from '../lock/index.ts';
import { readAttemptRows } from '../ledger/index.ts';
import { planRestore, type RestorePlan } from './restore-plan.ts';
import { confirmRestore, type RestoreRequest } from './restored-copy.ts';

/** What is known of an encrypted database whose file is about to be replaced. */
export interface PreparedReplacement {
  readonly plan: RestorePlan;
  /** None of a database that holds nothing. */
  readonly safety: Backup | undefined;
  readonly attempts: readonly Row[];
  /** Of the file, under the lock: another time or size later means that somebody has written. */
  readonly facts: FileStat | undefined;
}

/**
 * What SQLite says of a copy that is encrypted to a connection without a key; undefined for any other. SQLite's backup API opens its target without
 * one, so it cannot write into such a database.
 */
export function* whyEncrypted(copy: string): Op<SqlError | undefined> {
  const plain = yield* connectPlain(copy);
  if (plain === undefined) return undefined;
  try {
    return yield* whyUnreadable(plain);
  } catch (error) {
    // Whatever else is wrong is no matter of a key.
    if (!isSqlError(error)) throw error;
    return undefined;
  } finally {
    yield* disconnect(plain);
  }
}

/**
 * The first half of restoring an encrypted database, on its connection: asks, and keeps what is there. The second half
 * is `replace`, when the connection is closed. The journal mode is one without files beside the database, so that its
 * file is all there is of it.
 */
export function* prepareReplacement(context: RunContext, order: RestoreRequest): Op<PreparedReplacement> {
  yield* rememberFile(context);
  const place = yield* requireBackupLocation(context);
  const backup = yield* findBackup(place, order.backup);
  const plan = yield* retryBusy(context, 'read', () => planRestore(context, backup, manifestOf(backup)));
  yield* confirmRestore(context, order, plan);
  return yield* withSettings(context, function* () {
    yield* retryBusy(context, 'leave WAL mode', () => script('PRAGMA main.journal_mode = DELETE'));
    return yield* lockedAfresh(context, function* () {
      const safety = (yield* holdsNothing()) ? undefined : yield* backUp(context, place, { kind: 'before-restore' });
      const attempts = yield* readAttemptRows(context.ledger.tables.attempts);
      return { plan, safety, attempts, facts: yield* file('stat', place.file) };
    });
  });
}
