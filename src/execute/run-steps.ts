import { emit, isSqlError, type Op } from '../bridge/index.ts';
import { isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { toRunBackup, type Backup } from '../backup/index.ts';
import { groupSteps, isExpected, type Step, type StepGroup } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { verifyCommit, type CommitCheck } from './recover/verify-commit.ts';
import { withExclusiveLock, transaction, untilStopped, type RunContext, type MigrationOutcome } from '../lock/index.ts';
import { RunBackups } from './run-backups.ts';
import { CommitPace } from './commit-pace.ts';
import { compareNow } from './prepare/read-state.ts';
import { beginRun, recordFailure, finishAttempt } from './record/run-attempt.ts';
import type { AppliedRows } from './record/record-step.ts';
import { isRepeatable } from '../migration/index.ts';
import { versioned } from './prepare/prepare.ts';
import { stepsDue, type PlannedRun } from './prepare/planned-run.ts';
import { emptyResult, runGroup, type GroupFailure, type GroupFrame, type GroupResult } from './run-group.ts';
import { runNonTransactional } from './run-non-transactional.ts';
import { toDunlinError } from './statement-error.ts';

/** How far the steps of a run came. */
export interface StepsResult {
  readonly outcomes: readonly MigrationOutcome[];
  readonly aborted: boolean;
  /** Whether there was anything left to do under the lock. */
  readonly started: boolean;
  readonly backups: RunBackups;
  /** What the steps did not do. */
  readonly notes: readonly string[];
  /** Why what was committed could not be read again. */
  readonly commitNote: string | undefined;
  /** The schema before the first step; undefined if none ran. */
  readonly before: Inventory | undefined;
  /** What was applied at the run's last COMMIT, if that is known. */
  readonly applied: AppliedRows | undefined;
}

/** A run whose row is in the attempt log. */
interface OpenRun {
  readonly context: RunContext;
  readonly runId: string;
  /** With the steps that were due when it began. */
  readonly planned: PlannedRun;
  readonly backups: RunBackups;
}

/** What the groups of a run have done. */
interface Progress extends Pick<StepsResult, 'outcomes' | 'aborted' | 'notes' | 'before' | 'applied'> {
  readonly failure: GroupFailure | undefined;
  /** Whether the end of the run is recorded already. */
  readonly isRecorded: boolean;
}

/**
 * Takes the write lock, reads the tracking table again, and runs the planned steps that are still due, group by group.
 * Each group reads it again, because between two of them another process may have the lock. `from` is the highest applied
 * version before the run. Throws a DunlinError that says how far it came.
 */
export function* runSteps(context: RunContext, planned: PlannedRun, from: number): Op<StepsResult> {
  // A step without a transaction holds no write lock: without the other lock a second run would take this one for dead.
  return planned.steps.some((step) => !step.transaction)
    ? yield* withExclusiveLock(context, (locked) => runLocked(locked, planned, from))
    : yield* runLocked(context, planned, from);
}

function* runLocked(context: RunContext, planned: PlannedRun, from: number): Op<StepsResult> {
  const runId = context.newRunId();
  const steps = yield* transaction(untilStopped(context), () => beginRun(context, planned, runId));
  const run: OpenRun = { context, runId, planned: { ...planned, steps }, backups: new RunBackups() };
  const [first] = steps;
  // Another process did it all while this one waited.
  if (first === undefined) return { ...nothingDone, started: false, backups: run.backups, commitNote: undefined };
  const known = steps.filter(isExpected);
  const back = known.filter(({ direction }) => direction === 'down').length;
  const pending = known.map(refOf);
  yield* emit({ type: 'run:start', direction: first.direction, from, pending, back, later: planned.later });
  const progress = yield* runGroups(run);
  if (progress.failure !== undefined) return yield* failRun(run, progress, progress.failure);
  const { note, failure, kept } = yield* endRun(run, progress);
  const outcomes = progress.outcomes.slice(0, kept);
  if (failure !== undefined)
    return yield* failRun(run, { outcomes, isRecorded: false }, { step: undefined, error: failure });
  const { aborted, notes, before, applied } = progress;
  return { outcomes, aborted, started: true, backups: run.backups, notes, commitNote: note, before, applied };
}

const nothingDone: Progress = {
  outcomes: [],
  notes: [],
  before: undefined,
  applied: undefined,
  failure: undefined,
  aborted: false,
  isRecorded: false,
};

/** Runs the groups until one fails or is stopped. */
function* runGroups(run: OpenRun): Op<Progress> {
  const { context, planned } = run;
  const groups = [...groupSteps(planned.steps)];
  const pace = yield* CommitPace.start(context.options);
  let progress = nothingDone;
  let done = 0;
  let carried: GroupFrame['carried'];
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    if (context.options.signal?.aborted === true) return { ...progress, aborted: true, isRecorded: false };
    const result = yield* runOne(run, group, {
      runId: run.runId,
      done,
      due: dueFrom(run, done),
      ran: progress.outcomes.length,
      total: planned.steps.filter(isExpected).length,
      last: groups.length === 0,
      pace,
      carried,
      backups: run.backups,
    });
    const { failure, aborted, isRecorded, rest } = result;
    progress = {
      outcomes: [...progress.outcomes, ...result.outcomes],
      notes: [...progress.notes, ...result.notes],
      before: progress.before ?? result.before,
      applied: result.applied,
      failure,
      aborted,
      isRecorded,
    };
    if (failure !== undefined || aborted) return progress;
    done += group.steps.length - rest.length;
    carried = result.carried;
    if (rest.length > 0) groups.unshift({ ...group, steps: rest });
  }
  return progress;
}

function* runOne({ context }: OpenRun, group: StepGroup, frame: GroupFrame): Op<GroupResult> {
  const [only] = group.steps;
  try {
    return group.transaction || only === undefined
      ? yield* runGroup(group, context, frame)
      : yield* runNonTransactional(only, context, frame);
  } catch (error) {
    return emptyResult({ step: undefined, error: requireDunlinError(error, context) });
  }
}

/** Tells which of the steps are due after the first `done`, by what was read under the lock. */
function dueFrom({ context, planned }: OpenRun, done: number): GroupFrame['due'] {
  return (state) => stepsDue(context, planned, compareNow(context, state), done);
}

/** Records how a run ended, and reads again what it committed. */
function* endRun({ context, runId, backups }: OpenRun, progress: Progress): Op<CommitCheck> {
  const { outcomes, aborted, isRecorded } = progress;
  const done = outcomes.length;
  const end = aborted ? 'interrupted' : done === 0 ? undefined : 'ok';
  try {
    if (!isRecorded)
      yield* transaction(context, () =>
        // Without an end the row is deleted: nothing was left to do.
        finishAttempt(context, runId, end === undefined ? undefined : { status: end }, backups.made?.id),
      );
    if (end === 'ok') return yield* verifyCommit(context, backups, done);
    return { note: undefined, failure: undefined, kept: done };
  } catch (error) {
    return { note: undefined, failure: requireDunlinError(error, context), kept: done };
  }
}

/** Any other error than the database's is a bug in Dunlin, and is thrown as it is. */
function requireDunlinError(error: unknown, context: RunContext): DunlinError {
  const failure = toDunlinError(error, context.database);
  if (!isDunlinError(failure)) throw failure;
  return failure;
}

/** Records a failure, unless it is recorded already, and throws it. */
function* failRun(
  run: OpenRun,
  { outcomes, isRecorded }: Pick<Progress, 'outcomes' | 'isRecorded'>,
  { step, error }: GroupFailure,
): Op<never> {
  const { context, planned, backups } = run;
  // A run that was refused before it did anything leaves no trace, just as one that found nothing left to do.
  const isRefused = error.code === 'PLAN_CHANGED' && step === undefined && outcomes.length === 0;
  // Write nothing more into a file that is damaged, moved, deleted or replaced.
  const isLost = error.code === 'DATABASE_CORRUPT' || error.code === 'DATABASE_REPLACED';
  if (!isRecorded && !isLost) yield* recordEnd(run, { step, error }, isRefused);
  if (error.code !== 'DATABASE_REPLACED') yield* backups.applyRetention(context);
  throw withProgress(error, planned.steps, outcomes, backups.made);
}

/** Records a failure after everything was rolled back. If that fails, the first failure still is what is reported. */
function* recordEnd({ context, runId, backups }: OpenRun, { step, error }: GroupFailure, isRefused: boolean): Op<void> {
  // We just timed out on this lock; don't wait again only to record the failure.
  const noWait = error.code === 'LOCKED' ? { ...context, lockTimeoutMs: 0 } : context;
  try {
    yield* transaction(noWait, function* () {
      if (step !== undefined) yield* recordFailure(context, runId, step, error);
      yield* finishAttempt(context, runId, isRefused ? undefined : { status: 'failed', error }, backups.made?.id);
    });
  } catch (second) {
    // The row stays `running`; the next run marks it `interrupted`.
    if (!isSqlError(second) && !isDunlinError(second)) throw second;
  }
}

/** The failure with how far the run came. */
function withProgress(
  failure: DunlinError,
  steps: readonly Step[],
  outcomes: readonly MigrationOutcome[],
  made: Backup | undefined,
): DunlinError {
  const failed = failure.migration;
  const isFailed = ({ version, name }: Step): boolean =>
    version === failed?.version && (!isRepeatable({ version }) || name === failed.name);
  const ran = outcomes.filter((one) => !isRepeatable(one)).length;
  const pending = [
    ...versioned(steps).slice(ran),
    ...steps.filter(
      (step) =>
        step.repeatable !== undefined &&
        isExpected(step) &&
        !outcomes.some(({ version, name }) => isRepeatable({ version }) && name === step.name),
    ),
  ].filter((step) => !isFailed(step));
  return failure.with({
    applied: outcomes.map(refOf),
    pending: pending.map(refOf),
    ...(failed === undefined ? {} : { failed }),
    ...(made === undefined ? {} : { backup: toRunBackup(made) }),
  });
}
