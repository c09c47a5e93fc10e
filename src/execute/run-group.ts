import { emit, nested, type Op } from '../bridge/index.ts';
import { isOutdated } from '../backup/index.ts';
import { isDunlinError, recoveryTexts, type DunlinError } from '../errors/index.ts';
import { isLedgerTable, isMarked, markRun, readContent, readLedger, type LedgerState } from '../ledger/index.ts';
import type { MigrationOutcome } from '../options.ts';
import type { Step, StepGroup } from '../plan/index.ts';
import { isEmpty, type Inventory } from '../schema/index.ts';
import type { RunContext } from './context.ts';
import { findUnseenChange, readBaseline } from './guards/baseline.ts';
import { refuseHidden } from './guards/hidden.ts';
import type { RunBackups } from './back-up.ts';
import { LateRecords } from './late-records.ts';
import { recordFailure } from './record-failure.ts';
import { recordSchema } from './record-schema.ts';
import { isMachine, runStep } from './run-step.ts';
import { committedError } from './statement-error.ts';
import { setForeignKeys } from './settings.ts';
import { settle, type End } from './settle.ts';
import { begin, commit, rollback, transaction } from './transaction.ts';
import { checkIntegrity } from './verification.ts';

/** What a group is told about the run it belongs to. */
export interface GroupFrame {
  readonly runId: string;
  /** How many steps of the run came before this group, and how many there are. */
  readonly done: number;
  readonly total: number;
  /** How many of the steps before were this run's own doing. */
  readonly ran: number;
  /** The group's COMMIT ends the run. */
  readonly last: boolean;
  /** The steps of this group and of those after it that are still due; throws if the plan no longer fits. */
  readonly due: (state: LedgerState) => readonly Step[];
  readonly backups: RunBackups;
  /** The step under way; what failed, when the group throws. */
  readonly attempt: { step: Step | undefined };
}

/** How a group ended. What is in `outcomes` is committed. */
export interface GroupResult {
  readonly outcomes: readonly MigrationOutcome[];
  readonly failure: DunlinError | undefined;
  readonly aborted: boolean;
  /** Whether the end of the run is recorded already. */
  readonly settled: boolean;
  /** The schema before the group, where it ran. */
  readonly before?: Inventory | undefined;
  /** What the steps have not done. */
  readonly notes?: readonly string[];
}

/** A failure that the transaction survived: its own migration is undone, and it can be recorded. */
interface Failure {
  readonly step: Step;
  readonly error: DunlinError;
}

/**
 * Runs a group of migrations in one transaction under the database's write lock, each in a savepoint. A failing one
 * is rolled back and the ones before it are committed. When a statement ends the transaction from inside, SQLite has
 * taken back those before it as well: they are run once more, without it. When that something was a COMMIT, there is
 * nothing to go back to: the run stops and says so.
 */
export function* runGroup(group: StepGroup, context: RunContext, frame: GroupFrame): Op<GroupResult> {
  let steps = group.steps;
  let failure: Failure | undefined;
  for (;;) {
    yield* setForeignKeys(context, group.foreignKeys);
    yield* begin(context);
    const outcomes: MigrationOutcome[] = [];
    const late = new LateRecords(context, frame.runId, position(frame));
    try {
      return yield* runInside(steps, failure, outcomes, late, context, frame);
    } catch (error) {
      yield* rollback();
      // The lock was let go of for the backup, and somebody has committed: what was read before counts no more.
      if (isOutdated(error)) continue;
      const { step } = frame.attempt;
      if (step === undefined || !isDunlinError(error) || error.code !== 'TRANSACTION_LOST') throw error;
      if (yield* isMarked(context.ledger.tables.attempts, frame.runId, position(frame))) {
        yield* transaction(context, () => late.write());
        const committed = committedError(step, error);
        yield* emitFailure(step, committed);
        return { outcomes, failure: committed, aborted: false, settled: false };
      }
      if (context.options.atomic === 'run') {
        yield* emitFailure(step, error);
        throw together(error, group.steps.slice(0, group.steps.indexOf(step)));
      }
      failure = { step, error };
      steps = steps.slice(0, steps.indexOf(step));
    }
  }
}

function* runInside(
  planned: readonly Step[],
  known: Failure | undefined,
  outcomes: MigrationOutcome[],
  late: LateRecords,
  context: RunContext,
  frame: GroupFrame,
): Op<GroupResult> {
  // Another process may have been here between our look and our lock: only what is read under the lock counts.
  const state = yield* readLedger(context.ledger);
  const due = new Set(frame.due(state));
  const applied = new Map(state.applied.map((row) => [row.version, row]));
  const steps = planned.filter((step) => due.has(step));
  const baseline = yield* readBaseline((table) => isLedgerTable(context.ledger, table));
  refuseHidden(baseline);
  const wasEmpty = isEmpty(baseline.inventory);
  if (!wasEmpty) yield* frame.backups.take(context, frame.runId, steps, new Set(applied.keys()), frame.ran);
  yield* markRun(context.ledger.tables.attempts, frame.runId, position(frame), frame.backups.made?.id ?? null);
  yield* late.begin(applied, steps, baseline);
  const notes: string[] = [];
  let failure = known;
  let aborted = false;
  for (const [index, step] of steps.entries()) {
    if (context.options.signal?.aborted === true) {
      aborted = true;
      break;
    }
    frame.attempt.step = step;
    try {
      outcomes.push(
        yield* nested(
          runStep(step, baseline, context, {
            runId: frame.runId,
            index: frame.done + index + 1,
            total: frame.total,
            applied,
            late,
            notes,
          }),
        ),
      );
    } catch (error) {
      if (!isDunlinError(error) || error.code === 'TRANSACTION_LOST') throw error;
      yield* emitFailure(step, error);
      if (context.options.atomic === 'run') throw together(error, steps.slice(0, index));
      if (isMachine(error)) throw error;
      failure = { step, error };
      break;
    }
  }
  frame.attempt.step = undefined;
  yield* nested(late.write());
  if (known !== undefined) yield* emitFailure(known.step, known.error);
  const after = yield* readContent(context.ledger);
  const unseen = findUnseenChange(baseline, after);
  if (unseen !== undefined) throw unseen;
  if (outcomes.length > 0) {
    yield* checkIntegrity(context, wasEmpty);
    yield* recordSchema(context, frame.runId, steps.slice(0, outcomes.length), baseline.inventory, after);
  }
  if (failure !== undefined) yield* recordFailure(context, frame.runId, failure.step, failure.error);
  const settled = failure !== undefined || (outcomes.length > 0 && (frame.last || aborted));
  if (settled) yield* settle(context, frame.runId, endOf(failure, aborted), frame.backups.made?.id);
  yield* commit(context);
  return {
    outcomes,
    failure: failure?.error,
    aborted,
    settled,
    before: baseline.inventory,
    notes,
  };
}

/** A failure that takes back the steps before it too. */
function together(error: DunlinError, before: readonly Step[]): DunlinError {
  if (before.length === 0) return error;
  const ids = (direction: Step['direction']): string[] =>
    before.filter((step) => step.direction === direction).map((step) => step.id);
  return error.with({ hint: recoveryTexts.together({ hint: error.hint, up: ids('up'), down: ids('down') }) });
}

function endOf(failure: Failure | undefined, aborted: boolean): End {
  if (failure !== undefined) return { status: 'failed', error: failure.error };
  return { status: aborted ? 'interrupted' : 'ok' };
}

/** What marks the group's transaction: another group of the same run begins at another step. */
function position(frame: GroupFrame): number {
  return frame.done + 1;
}

function* emitFailure(step: Step, error: DunlinError): Op<void> {
  const migration = { version: step.version, name: step.name };
  yield* emit({
    type: 'migration:failed',
    migration,
    direction: step.direction,
    code: error.code,
    message: error.message,
  });
}
