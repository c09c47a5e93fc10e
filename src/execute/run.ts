import { clock, emit, inTransaction, isSqlError, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError, type MigrationRef } from '../errors/index.ts';
import type { MigrationOutcome, RunBackup, RunResult } from '../options.ts';
import { groupSteps, highest, type Goal, type Step } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { proveCommitted } from './after-commit.ts';
import { judgeDrift } from './drift.ts';
import { alone } from './alone.ts';
import { look, prepare, throwProblems, type Look } from './look.ts';
import { RunBackups } from './back-up.ts';
import { openRun } from './open-run.ts';
import { recordFailure } from './record-failure.ts';
import { runGroup, type GroupResult } from './run-group.ts';
import { runOutside } from './run-outside.ts';
import { toDunlinError } from './statement-error.ts';
import { withSettings } from './settings.ts';
import { settle } from './settle.ts';
import { transaction } from './transaction.ts';
import { retryBusy } from './wait.ts';

/**
 * Reaches a goal: looks without a lock, and with nothing to do returns having written nothing; else takes the write
 * lock, looks again, and runs what is still due. Throws a DunlinError that says how far it got.
 */
export function* run(context: RunContext, goal: Goal): Op<RunResult> {
  const started = yield* clock();
  try {
    // Also with nothing to do: else it would be found out by the first release that has a migration.
    if ((yield* inTransaction()) === true) throw dunlinError('TRANSACTION_OPEN', { database: context.database });
    const seen = yield* retryBusy(context, 'read', () => look(context));
    const { steps, problems } = yield* retryBusy(context, 'read', () => prepare(context, goal, seen));
    const drift = yield* retryBusy(context, 'read', () => judgeDrift(context, seen.state));
    throwProblems([...problems, ...drift.problems]);
    refuseSplit(context, steps);
    if (drift.differences.length > 0) yield* emit({ type: 'schema:drift', differences: drift.differences });
    const from = { version: highest(seen.comparison.applied.keys()), label: seen.comparison.label };
    const ran =
      steps.length === 0 ? nothing : yield* withSettings(context, () => runSteps(context, goal, steps, from.version));
    const result = yield* conclude(context, seen, ran, drift.notes, from, (yield* clock()) - started);
    if (ran.started)
      yield* emit({ type: 'run:done', applied: result.applied.map(ref), to: result.to, durationMs: result.durationMs });
    return result;
  } catch (error) {
    throw toDunlinError(error, context.database);
  }
}

interface Ran {
  readonly outcomes: readonly MigrationOutcome[];
  readonly aborted: boolean;
  /** Whether there was anything left to do under the lock. */
  readonly started: boolean;
  readonly backups: RunBackups;
  readonly note: string | undefined;
}

const nothing: Ran = {
  outcomes: [],
  aborted: false,
  started: false,
  backups: new RunBackups(),
  note: undefined,
};

function* runSteps(context: RunContext, goal: Goal, planned: readonly Step[], from: number): Op<Ran> {
  const runId = context.newRunId();
  // Between its transactions a run with steps outside of one must not be taken for dead by another.
  if (planned.some((step) => !step.transaction))
    return yield* alone(context, (lone) => runOpened(lone, goal, planned, from, runId));
  return yield* runOpened(context, goal, planned, from, runId);
}

function* runOpened(context: RunContext, goal: Goal, planned: readonly Step[], from: number, runId: string): Op<Ran> {
  const steps = yield* transaction(context, () => openRun(context, goal, planned, runId));
  // Another process did it all while this one waited: where the database stands now has to be looked up.
  const [first] = steps;
  if (first === undefined) return { ...nothing };
  yield* emit({ type: 'run:start', direction: first.direction, from, pending: steps.map(ref) });
  const outcomes: MigrationOutcome[] = [];
  const attempt: { step: Step | undefined } = { step: undefined };
  const backups = new RunBackups();
  let settled = false;
  try {
    const groups = groupSteps(steps);
    let done = 0;
    for (const [index, group] of groups.entries()) {
      if (context.options.signal?.aborted === true) return yield* stop(context, runId, outcomes, backups);
      const frame = {
        runId,
        done,
        ran: outcomes.length,
        total: steps.length,
        last: index === groups.length - 1,
        attempt,
        backups,
      };
      const [only] = group.steps;
      const result: GroupResult =
        group.transaction || only === undefined
          ? yield* runGroup(group, context, frame)
          : yield* runOutside(only, context, frame);
      outcomes.push(...result.outcomes);
      settled = result.settled;
      if (result.failure !== undefined) throw result.failure;
      if (result.aborted)
        return settled
          ? { outcomes, aborted: true, started: true, backups, note: undefined }
          : yield* stop(context, runId, outcomes, backups);
      done += group.steps.length;
    }
    if (!settled)
      yield* transaction(context, () =>
        settle(context, runId, outcomes.length === 0 ? undefined : { status: 'ok' }, backups.made?.id),
      );
    settled = false;
    const note = outcomes.length === 0 ? undefined : yield* proveCommitted(context, backups, outcomes);
    return { outcomes, aborted: false, started: true, backups, note };
  } catch (error) {
    const failure = toDunlinError(error, context.database);
    if (!isDunlinError(failure)) throw failure;
    if (!settled) yield* recordEnd(context, runId, failure, attempt.step, backups);
    yield* backups.keepHouse(context);
    throw withProgress(failure, steps, outcomes, backups.made);
  }
}

/** `atomic: 'run'` needs one transaction, which a step apart from the others would split. */
function refuseSplit(context: RunContext, steps: readonly Step[]): void {
  if (context.options.atomic !== 'run') return;
  const groups = groupSteps(steps);
  if (groups.length < 2) return;
  const ids = groups
    .filter((group) => !group.transaction || group.foreignKeys)
    .flatMap((group) => group.steps.map((step) => step.id));
  throw dunlinError('ATOMIC_RUN_SPLIT', { ids });
}

function* stop(
  context: RunContext,
  runId: string,
  outcomes: readonly MigrationOutcome[],
  backups: RunBackups,
): Op<Ran> {
  yield* transaction(context, () => settle(context, runId, { status: 'interrupted' }, backups.made?.id));
  return { outcomes, aborted: true, started: true, backups, note: undefined };
}

/** Records a failure on its own, after everything was rolled back. The failure itself matters more than its record. */
function* recordEnd(
  context: RunContext,
  runId: string,
  error: DunlinError,
  step: Step | undefined,
  backups: RunBackups,
): Op<void> {
  // Who has waited for a lock in vain does not wait for it once more to write that down.
  const patience = error.code === 'LOCKED' ? { ...context, lockTimeoutMs: 0 } : context;
  try {
    yield* transaction(patience, function* () {
      if (step !== undefined) yield* recordFailure(context, runId, step, error);
      yield* settle(context, runId, { status: 'failed', error }, backups.made?.id);
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
    applied: outcomes.map(ref),
    pending: pending.map(ref),
    ...(failed === undefined ? {} : { failed }),
    ...(made === undefined ? {} : { backup: { id: made.id, file: made.file, bytes: made.bytes } }),
  });
}

/** The result, with where the database stands now. */
function* conclude(
  context: RunContext,
  seen: Look,
  ran: Ran,
  told: readonly string[],
  from: { version: number; label: string | undefined },
  durationMs: number,
): Op<RunResult> {
  const { comparison } = ran === nothing ? seen : yield* retryBusy(context, 'read', () => look(context));
  const { made, note } = ran.backups;
  const untidy = yield* ran.backups.keepHouse(context);
  return {
    from: from.version,
    to: highest(comparison.applied.keys()),
    fromLabel: from.label,
    toLabel: comparison.label,
    applied: ran.outcomes,
    pending: comparison.pending.map(ref),
    notes: [
      ...comparison.notes,
      ...nothingHere(context),
      ...told,
      ...ran.outcomes.flatMap((outcome) => idleNote(context, outcome)),
      ...[note, ran.note, untidy].filter((text) => text !== undefined),
    ],
    backup: made === undefined ? undefined : { id: made.id, file: made.file, bytes: made.bytes },
    aborted: ran.aborted,
    durationMs: Math.round(durationMs),
  };
}

/** Where every file is passed over an application would go on without a schema; a file beside migrations is none. */
function nothingHere({ registry }: RunContext): readonly string[] {
  if (registry.migrations.length > 0) return [];
  return registry.ignored.map(({ file, reason }) => `${file} is ignored: ${reason}`);
}

/** Most often a template that nobody filled in; once it is recorded, filling it in is an edit of an applied migration. */
function idleNote(context: RunContext, { direction, statements, version }: MigrationOutcome): readonly string[] {
  const file = context.registry.get(version)?.file;
  return direction === 'down' || statements > 0 || file === undefined
    ? []
    : [`${file} has no statements: it is recorded as applied, and nothing was changed`];
}

function ref(migration: MigrationRef): MigrationRef {
  return { version: migration.version, name: migration.name };
}
