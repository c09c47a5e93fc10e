import type { Op } from '../../bridge/index.ts';
import { recoveryTexts, type DunlinError } from '../../errors/index.ts';
import type { Step, StepStatement } from '../../plan/index.ts';
import type { RunBackups } from '../run-backups.ts';
import type { RunContext } from '../../lock/run-context.ts';
import { readMode, setMode } from '../../lock/index.ts';
import { restoreRunBackup } from './restore-run-backup.ts';

/** A step outside a transaction that failed after some of its statements. */
interface HalfDone {
  readonly step: Step;
  readonly ran: readonly StepStatement[];
  /** The journal mode from before. */
  readonly mode: string;
}

/**
 * Undoes what a step did outside a transaction, as far as that is safe. Returns its failure with what became of the
 * database. A changed journal mode is set back. Anything else takes the backup, and the proof that nobody else has
 * committed since; a change of the journal mode takes that proof away, as `PRAGMA data_version` counts it too.
 */
export function* undoNonTransactional(
  half: HalfDone,
  failure: DunlinError,
  context: RunContext,
  backups: RunBackups,
): Op<DunlinError> {
  const { id } = half.step;
  const { newest } = backups;
  const rest = half.ran.filter((entry) => !changesJournalMode(entry));
  const switched = (yield* readMode()) !== half.mode;
  const obstacle = yield* setMode(context, half.mode);
  const setBack = switched && obstacle === undefined;
  if (rest.length === 0 && obstacle === undefined) return failure.with({ hint: recoveryTexts.setBack({ id }) });
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
