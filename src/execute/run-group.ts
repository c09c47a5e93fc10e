import { emit, isUndisturbed, nested, type Op } from '../bridge/index.ts';
import { isOutdated } from '../backup/index.ts';
import { guardTexts, isDunlinError, recoveryTexts, refOf, type DunlinError } from '../errors/index.ts';
import {
  isLedgerTable,
  markProgress,
  readContent,
  readLedger,
  readProgress,
  type LedgerState,
} from '../ledger/index.ts';
import type { MigrationOutcome } from '../lock/run-options.ts';
import { continuesInOrder, atomicUnits, type Step, type StepGroup } from '../plan/index.ts';
import { isEmpty, type Inventory } from '../schema/index.ts';
import type { RunContext } from '../lock/run-context.ts';
import { findUnseenChange, readBaseline, type RunBaseline } from './guards/run-baseline.ts';
import { refuseHidden } from './guards/temporary-hiding.ts';
import { dataVersion, setForeignKeys, begin, commit, rollback, transaction } from '../lock/index.ts';
import type { RunBackups } from './run-backups.ts';
import type { CommitPace } from './commit-pace.ts';
import { DeferredLedgerWrites } from './record/deferred-writes.ts';
import { recordFailure } from './record/record-failure.ts';
import { recordSchema } from './record/record-schema.ts';
import { isLost, isEnvironmentError, runUnit } from './run-step.ts';
import { committedError } from './statement-error.ts';
import { finishAttempt, type AttemptResult } from './record/finish-attempt.ts';
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
  readonly pace: CommitPace;
  /** What the transaction before this one left, if this one goes on with the same group. */
  readonly left: Left | undefined;
}

/** What a transaction leaves to the one that goes on with its group, if nobody else commits in between. */
interface Left {
  /** Of the group: what came before it is what has to be protected, in however many transactions it runs. */
  readonly baseline: RunBaseline;
  readonly wasEmpty: boolean;
  readonly inventory: Inventory;
  /** `PRAGMA data_version`, which changes with every commit of another connection. */
  readonly dataVersion: number;
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
  /** The steps that are still to do, in another transaction; none, if the group is through. */
  readonly rest: readonly Step[];
  readonly left?: Left | undefined;
  /** What the steps have not done. */
  readonly notes?: readonly string[];
}

/** A failure that the transaction survived: its own migration is undone, and it can be recorded. */
interface Failure {
  readonly step: Step;
  readonly error: DunlinError;
}

/**
 * Runs a group of migrations in one transaction under the database's write lock, each, or each set, in a savepoint; or as
 * many of them as the pace allows: what is committed has passed every check, and the rest goes on as if there had been
 * none. A failing one is rolled back and the ones before it are committed. When a statement ends the transaction from
 * inside, SQLite has taken back those before it as well: they are run once more, without it. When that something was a
 * COMMIT, there is nothing to go back to: the run stops and says so.
 */
export function* runGroup(group: StepGroup, context: RunContext, frame: GroupFrame): Op<GroupResult> {
  let steps = group.steps;
  let failure: Failure | undefined;
  let { left } = frame;
  for (;;) {
    yield* setForeignKeys(context, group.foreignKeys);
    yield* begin(context);
    const outcomes: MigrationOutcome[] = [];
    const late = new DeferredLedgerWrites(context, frame.runId, position(frame));
    try {
      return yield* runInside(steps, failure, outcomes, late, context, { ...frame, left });
    } catch (error) {
      yield* rollback();
      // Its baseline knows of migrations that are undone now.
      left = undefined;
      // The lock was let go of for the backup, and somebody has committed: what was read before counts no more.
      if (isOutdated(error)) continue;
      const { step } = frame.attempt;
      if (step === undefined || !isDunlinError(error) || !isLost(error)) throw error;
      if ((yield* readProgress(context.ledger.tables.attempts, frame.runId))?.step === position(frame)) {
        yield* transaction(context, () => late.write());
        const committed = committedError(step, error);
        yield* emitFailure(step, committed);
        return { outcomes, failure: committed, aborted: false, settled: false, rest: [] };
      }
      if (context.options.atomic === 'run') {
        yield* emitFailure(step, error);
        throw together(error, group.steps.slice(0, group.steps.indexOf(step)));
      }
      failure = { step, error };
      steps = steps.slice(0, steps.indexOf(atomicUnits(steps).find((unit) => unit.includes(step))![0]!));
    }
  }
}

function* runInside(
  planned: readonly Step[],
  known: Failure | undefined,
  outcomes: MigrationOutcome[],
  late: DeferredLedgerWrites,
  context: RunContext,
  frame: GroupFrame,
): Op<GroupResult> {
  // Another process may have been here between our look and our lock: only what is read under the lock counts.
  const state = yield* readLedger(context.ledger);
  const due = new Set(frame.due(state));
  const applied = new Map(state.applied.map((row) => [row.version, row]));
  const steps = planned.filter((step) => due.has(step));
  const left = yield* ifUnchanged(frame.left);
  const baseline = left?.baseline ?? (yield* readBaseline((table) => isLedgerTable(context.ledger, table)));
  const before = left?.inventory ?? baseline.inventory;
  const wasEmpty = left?.wasEmpty ?? isEmpty(before);
  if (left === undefined) refuseHidden(baseline);
  if (!wasEmpty) yield* frame.backups.take(context, frame.runId, steps, new Set(applied.keys()), frame.ran);
  yield* markProgress(context.ledger.tables.attempts, frame.runId, position(frame), frame.backups.made?.id ?? null);
  yield* late.begin(applied, steps, { inventory: before, temporary: baseline.temporary });
  const notes: string[] = [];
  let failure = known;
  let aborted = false;
  let rest: readonly Step[] = [];
  yield* frame.pace.begin();
  const undisturbed = yield* isUndisturbed();
  const units = atomicUnits(steps);
  for (const [place, unit] of units.entries()) {
    if (context.options.signal?.aborted === true) {
      aborted = true;
      break;
    }
    const [first] = unit;
    const index = steps.indexOf(first!);
    frame.attempt.step = first;
    try {
      outcomes.push(
        ...(yield* runUnit(unit, baseline, context, {
          runId: frame.runId,
          index: frame.done + index + 1,
          total: frame.total,
          undisturbed,
          applied,
          late,
          attempt: frame.attempt,
          notes,
        })),
      );
    } catch (error) {
      if (!isDunlinError(error) || isLost(error)) throw error;
      const reported = withNext(error, unit, units[place + 1]);
      const step = failedStep(unit, reported, frame.attempt.step);
      frame.attempt.step = step;
      yield* emitFailure(step, reported);
      if (context.options.atomic === 'run') throw together(reported, steps.slice(0, index));
      if (isEnvironmentError(reported)) throw reported;
      failure = { step, error: reported };
      break;
    }
    // Steps that are made once more without a failing one end with its record.
    if (known === undefined && place < units.length - 1 && (yield* frame.pace.isDue())) {
      rest = planned.slice(planned.indexOf(unit.at(-1)!) + 1);
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
    yield* recordSchema(context, frame.runId, steps.slice(0, outcomes.length), before, after);
  }
  if (failure !== undefined) yield* recordFailure(context, frame.runId, failure.step, failure.error);
  const settled = failure !== undefined || (outcomes.length > 0 && ((frame.last && rest.length === 0) || aborted));
  if (settled) yield* finishAttempt(context, frame.runId, endOf(failure, aborted), frame.backups.made?.id);
  const version = rest.length === 0 ? undefined : yield* dataVersion();
  // No other state of the run's row has the progress of this group, or the end of the run.
  const written = yield* readProgress(context.ledger.tables.attempts, frame.runId);
  const unclear = yield* commit(context, function* (on) {
    const found = yield* readProgress(context.ledger.tables.attempts, frame.runId, on);
    return found?.status === written?.status && found?.step === written?.step;
  });
  return {
    outcomes,
    failure: failure?.error ?? unclear,
    aborted,
    settled,
    before,
    rest,
    notes,
    left: version === undefined ? undefined : { baseline, wasEmpty, inventory: after, dataVersion: version },
  };
}

/** What the transaction before left, unless somebody else has committed since. */
function* ifUnchanged(left: Left | undefined): Op<Left | undefined> {
  return left !== undefined && left.dataVersion === (yield* dataVersion()) ? left : undefined;
}

/** What is judged after the last step of a set may have been lost by an earlier one, which the error names. */
function failedStep(unit: readonly Step[], error: DunlinError, last: Step | undefined): Step {
  return unit.find(({ version }) => version === error.migration?.version) ?? last ?? unit[0]!;
}

/** A loss with what would be no loss together with the migrations that come next. */
function withNext(error: DunlinError, unit: readonly Step[], next: readonly Step[] | undefined): DunlinError {
  const following = next?.[0];
  if (following === undefined || !(error.code in guardTexts)) return error;
  const both = [...unit, ...next!];
  const canShare = both.every((step) => step.transaction && !step.foreignKeys && step.direction === 'up');
  if (!canShare || !continuesInOrder(following, unit) || (isOfRows(error) && !next!.some(fills))) return error;
  const versions = new Set(both.flatMap(({ version, set }) => set?.versions ?? [version]));
  return error.with({
    hint: recoveryTexts.continued({ hint: error.hint, next: following.id, versions: [...versions] }),
  });
}

function isOfRows({ code }: DunlinError): boolean {
  return code === 'ROWS_LOST' || code === 'VALUES_CHANGED';
}

/** Whether a step may bring rows or values back: an index or a trigger does not. */
function fills({ statements }: Step): boolean {
  return statements.some(({ facts }) =>
    facts.verb === 'alter'
      ? facts.change.kind === 'rename-table'
      : facts.verb === 'insert' || facts.verb === 'update' || (facts.verb === 'create' && facts.object === 'table'),
  );
}

/** A failure that takes back the steps before it too. */
function together(error: DunlinError, before: readonly Step[]): DunlinError {
  if (before.length === 0) return error;
  const ids = (direction: Step['direction']): string[] =>
    before.filter((step) => step.direction === direction).map((step) => step.id);
  return error.with({
    hint: recoveryTexts.together({ what: 'run', hint: error.hint, up: ids('up'), down: ids('down') }),
  });
}

function endOf(failure: Failure | undefined, aborted: boolean): AttemptResult {
  if (failure !== undefined) return { status: 'failed', error: failure.error };
  return { status: aborted ? 'interrupted' : 'ok' };
}

/** What marks the group's transaction: another group of the same run begins at another step. */
function position(frame: GroupFrame): number {
  return frame.done + 1;
}

function* emitFailure(step: Step, error: DunlinError): Op<void> {
  const migration = refOf(step);
  yield* emit({
    type: 'migration:failed',
    migration,
    direction: step.direction,
    code: error.code,
    message: error.message,
  });
}
