import { emit, isSqlError, type Op } from '../../bridge/index.ts';
import {
  isDunlinError,
  thrownReason,
  recoveryTexts,
  type DunlinError,
  type RecoveryOutcome,
} from '../../errors/index.ts';
import type { RunBackups } from '../run-backups.ts';
import { type RunContext, readMode, setMode } from '../../lock/index.ts';
import { recover } from '../../restore/index.ts';
import { toDunlinError } from '../statement-error.ts';
import type { Step, StepStatement } from '../../plan/index.ts';

/**
 * Restores the newest backup of the run, to undo what a rollback cannot. If that fails, returns the reason why the
 * database stays as it is. Undefined: the run has no backup.
 */
export function* restoreRunBackup(context: RunContext, backups: RunBackups): Op<RecoveryOutcome | undefined> {
  const { newest } = backups;
  if (newest === undefined) return undefined;
  // SQLite's backup API is asynchronous in every driver.
  if (context.sync) return { reason: 'a synchronous run cannot do that' };
  yield* emit({ type: 'restore:start', backup: newest.id });
  try {
    const recovery = yield* recover(context, newest.id, newest.dataVersion);
    if ('restored' in recovery) yield* emit({ type: 'restore:done', backup: newest.id });
    return recovery;
  } catch (error) {
    // An error of the file system is a reason like any other.
    if ((error as { syscall?: unknown }).syscall !== undefined) return { reason: thrownReason(error) };
    // The database is neither as before nor as in the backup.
    if (isDunlinError(error) && error.code === 'RESTORE_UNPROVEN') throw error;
    if (!isSqlError(error) && !isDunlinError(error)) throw error;
    return { reason: (toDunlinError(error, context.database) as Error).message.replace(/\.$/, '') };
  }
}

/** A step outside a transaction that failed after some of its statements. */
interface PartialStep {
  readonly step: Step;
  readonly ran: readonly StepStatement[];
  /** The journal mode from before. */
  readonly mode: string | undefined;
}

/**
 * Undoes what a step did outside a transaction, as far as that is safe. Returns its failure with the state of the
 * database. Sets a changed journal mode back. Anything else needs the backup, and the proof that nobody else has
 * committed since. A change of the journal mode destroys that proof, because `PRAGMA data_version` counts it too.
 */
export function* undoNonTransactional(
  partial: PartialStep,
  failure: DunlinError,
  context: RunContext,
  backups: RunBackups,
): Op<DunlinError> {
  const { id } = partial.step;
  const { newest } = backups;
  const written = partial.ran.filter((entry) => !changesJournalMode(entry));
  const switched = (yield* readMode()) !== partial.mode;
  const obstacle = yield* setMode(context, partial.mode);
  const setBack = switched && obstacle === undefined;
  if (written.length === 0 && obstacle === undefined) return failure.with({ hint: recoveryTexts.setBack({ id }) });
  const recovery = yield* restoreRunBackup(context, backups);
  const { keptButMode, restored, stays } = recoveryTexts;
  if (newest === undefined || recovery === undefined)
    return setBack ? failure.with({ hint: keptButMode({ id }) }) : failure;
  const facts = { id, backup: newest.id };
  return failure.with({ hint: 'restored' in recovery ? restored(facts) : stays({ ...facts, ...recovery, setBack }) });
}

function changesJournalMode({ facts }: StepStatement): boolean {
  return facts.verb === 'pragma' && facts.name === 'journal_mode';
}
