import { emit, isSqlError, type Op } from '../bridge/index.ts';
import { isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import type { MigrationOutcome } from '../lock/run-options.ts';
import type { RunBackup } from '../backup/options.ts';
import { groupSteps, type Step } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { verifyCommit } from './recover/verify-commit.ts';
import { withExclusiveLock, transaction, untilStopped } from '../lock/index.ts';
import { RunBackups } from './run-backups.ts';
import { CommitPace } from './commit-pace.ts';
import type { RunContext } from '../lock/run-context.ts';
import { compareNow } from './prepare/read-state.ts';
import { beginRun } from './record/begin-run.ts';
import { stepsDue, type PlannedRun } from './prepare/planned-run.ts';
import { recordFailure } from './record/record-failure.ts';
import { runGroup, type GroupFrame, type GroupResult } from './run-group.ts';
import { runNonTransactional } from './run-non-transactional.ts';
import { finishAttempt } from './record/finish-attempt.ts';
import { toDunlinError } from './statement-error.ts';

/** What running the steps came to. */
export interface Ran {
  readonly outcomes: readonly MigrationOutcome[];
  readonly aborted: boolean;
  /** Whether there was anything left to do under the lock. */
  readonly started: boolean;
  readonly backups: RunBackups;
  readonly note: string | undefined;
  /** What the steps have not done. */
  readonly notes?: readonly string[];
  /** The schema before the first of them; undefined where none ran. */
  readonly before?: Inventory | undefined;
}

/**
 * Takes the write lock, looks again, and runs what is still due of the planned steps, group by group. Each group looks
 * again, because between two of them another process may have the lock. Throws a DunlinError that says how far it got.
 */
export function* runSteps(context: RunContext, planned: PlannedRun, from: number): Op<Ran> {
  const runId = context.newRunId();
  // Between its transactions a run with steps outside of one must not be taken for dead by another.
  if (planned.steps.some((step) => !step.transaction))
    return yield* withExclusiveLock(context, (lone) => runOpened(lone, planned, from, runId));
  return yield* runOpened(context, planned, from, runId);
}

function* runOpened(context: RunContext, planned: PlannedRun, from: number, runId: string): Op<Ran> {
  const steps = yield* transaction(untilStopped(context), () => beginRun(context, planned, runId));
  const opened: PlannedRun = { ...planned, steps };
  const [first] = steps;
  const backups = new RunBackups();
  // Another process did it all while this one waited.
  if (first === undefined) return { outcomes: [], aborted: false, started: false, backups, note: undefined };
  yield* emit({ type: 'run:start', direction: first.direction, from, pending: steps.map(refOf) });
  const outcomes: MigrationOutcome[] = [];
  const notes: string[] = [];
  const attempt: { step: Step | undefined } = { step: undefined };
  let settled = false;
  let before: Inventory | undefined;
  try {
    const groups = [...groupSteps(steps)];
    const pace = yield* CommitPace.start(context.options);
    let done = 0;
    let left: GroupFrame['left'];
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      if (context.options.signal?.aborted === true)
        return { ...(yield* stop(context, runId, outcomes, backups)), before, notes };
      const earlier = done;
      const frame: GroupFrame = {
        runId,
        done: earlier,
        due: (state) => stepsDue(context, opened, compareNow(context, state), earlier),
        ran: outcomes.length,
        total: steps.length,
        last: groups.length === 0,
        pace,
        left,
        attempt,
        backups,
      };
      const [only] = group.steps;
      const result: GroupResult =
        group.transaction || only === undefined
          ? yield* runGroup(group, context, frame)
          : yield* runNonTransactional(only, context, frame);
      outcomes.push(...result.outcomes);
      notes.push(...(result.notes ?? []));
      before ??= result.before;
      settled = result.settled;
      if (result.failure !== undefined) throw result.failure;
      if (result.aborted)
        return settled
          ? { outcomes, aborted: true, started: true, backups, note: undefined, before, notes }
          : { ...(yield* stop(context, runId, outcomes, backups)), before, notes };
      done += group.steps.length - result.rest.length;
      left = result.left;
      if (result.rest.length > 0) groups.unshift({ ...group, steps: result.rest });
    }
    if (!settled)
      yield* transaction(context, () =>
        finishAttempt(context, runId, outcomes.length === 0 ? undefined : { status: 'ok' }, backups.made?.id),
      );
    settled = false;
    const note = outcomes.length === 0 ? undefined : yield* verifyCommit(context, backups, outcomes);
    return { outcomes, aborted: false, started: true, backups, note, before, notes };
  } catch (error) {
    const failure = toDunlinError(error, context.database);
    if (!isDunlinError(failure)) throw failure;
    // A run that was refused before it did anything leaves no trace, just as one that found nothing left to do.
    const refused = failure.code === 'PLAN_CHANGED' && attempt.step === undefined && outcomes.length === 0;
    // Nothing more is written into a file that is damaged, or that nobody will look into.
    const isLost = failure.code === 'DATABASE_CORRUPT' || failure.code === 'DATABASE_REPLACED';
    if (!settled && !isLost) yield* recordEnd(context, runId, failure, attempt.step, backups, refused);
    if (failure.code !== 'DATABASE_REPLACED') yield* backups.applyRetention(context);
    throw withProgress(failure, steps, outcomes, backups.made);
  }
}

function* stop(
  context: RunContext,
  runId: string,
  outcomes: readonly MigrationOutcome[],
  backups: RunBackups,
): Op<Ran> {
  yield* transaction(context, () => finishAttempt(context, runId, { status: 'interrupted' }, backups.made?.id));
  return { outcomes, aborted: true, started: true, backups, note: undefined };
}

/** Records a failure on its own, after everything was rolled back. The failure itself matters more than its record. */
function* recordEnd(
  context: RunContext,
  runId: string,
  error: DunlinError,
  step: Step | undefined,
  backups: RunBackups,
  refused: boolean,
): Op<void> {
  // Who has waited for a lock in vain does not wait for it once more to write that down.
  const patience = error.code === 'LOCKED' ? { ...context, lockTimeoutMs: 0 } : context;
  try {
    yield* transaction(patience, function* () {
      if (step !== undefined) yield* recordFailure(context, runId, step, error);
      yield* finishAttempt(context, runId, refused ? undefined : { status: 'failed', error }, backups.made?.id);
    });
  } catch (second) {
    // The row stays `running`; the next run marks it `interrupted`.
    if (!isSqlError(second) && !isDunlinError(second)) throw second;
  }
}

/** The failure with how far the run got. */
function withProgress(
  failure: DunlinError,
  steps: readonly Step[],
  outcomes: readonly MigrationOutcome[],
  made: RunBackup | undefined,
): DunlinError {
  const failed = failure.migration;
  const pending = steps.slice(outcomes.length).filter((step) => step.version !== failed?.version);
  return failure.with({
    applied: outcomes.map(refOf),
    pending: pending.map(refOf),
    ...(failed === undefined ? {} : { failed }),
    ...(made === undefined ? {} : { backup: { id: made.id, file: made.file, bytes: made.bytes } }),
  });
}
