import { clock, emit, inTransaction, type Op } from '../bridge/index.ts';
import { dunlinError, refOf } from '../errors/index.ts';
import type { Confirm, MigrationOutcome, RunResult } from '../lock/run-options.ts';
import { groupSteps, highest, type Goal, type Step } from '../plan/index.ts';
import { confirmPlan } from './prepare/confirm-plan.ts';
import { formatIntegrityErrors } from '../schema/index.ts';
import type { RunContext } from '../lock/run-context.ts';
import { planOfRun } from './prepare/describe-run.ts';
import { checkDrift } from './prepare/drift.ts';
import { invalidNotes } from './invalid-objects.ts';
import { readState, type State } from './prepare/read-state.ts';
import { prepare, throwProblems } from './prepare/prepare.ts';
import { plannedRun } from './prepare/planned-run.ts';
import { rememberFile, withSettings, retryBusy, untilStopped } from '../lock/index.ts';
import { runSteps, type Ran } from './run-steps.ts';
import { toDunlinError } from './statement-error.ts';
import { findOldFlaws } from './verification.ts';

/**
 * Reaches a goal: looks without a lock, and with nothing to do returns having written nothing; else takes the write
 * lock, looks again, and runs what is still due. `confirm` is asked with the plan before the lock is taken. Throws a
 * DunlinError that says how far it got.
 */
export function* run(context: RunContext, goal: Goal, confirm?: Confirm): Op<RunResult> {
  const started = yield* clock();
  try {
    // Also with nothing to do: else it would be found out by the first release that has a migration.
    yield* refuseOpenTransaction(context);
    const seen = yield* retryBusy(untilStopped(context), 'read', () => readState(context));
    const { moves, steps, sets, problems } = yield* retryBusy(context, 'read', () => prepare(context, goal, seen));
    const drift = yield* retryBusy(context, 'read', () => checkDrift(context, seen.state));
    throwProblems([...problems, ...drift.problems]);
    refuseSplit(context, steps);
    if (drift.differences.length > 0) yield* emit({ type: 'schema:drift', differences: drift.differences });
    const from = { version: highest(seen.comparison.applied.keys()), label: seen.comparison.label };
    const flaws = steps.length === 0 ? undefined : yield* retryBusy(context, 'read', () => findOldFlaws(context));
    const known = flaws === undefined ? context : { ...context, flaws };
    let ran: Ran | undefined;
    let invalid: readonly string[] = [];
    if (steps.length > 0) {
      yield* rememberFile(context);
      if (confirm !== undefined) {
        const found = { moves, steps, sets, problems: [], notes: drift.notes };
        const plan = yield* retryBusy(context, 'read', () => planOfRun(context, goal, seen, found));
        yield* confirmPlan(context, confirm, plan);
        // The application may have used its connection meanwhile.
        yield* refuseOpenTransaction(context);
      }
      const planned = plannedRun(context, goal, { steps, sets }, seen.comparison);
      ran = yield* withSettings(known, function* () {
        const done = yield* runSteps(known, planned, from.version);
        const { before } = done;
        if (done.outcomes.length > 0 && before !== undefined && !context.scratch)
          invalid = yield* retryBusy(context, 'read', () => invalidNotes(context, before));
        return done;
      });
    }
    const result = yield* conclude(
      context,
      seen,
      ran,
      { drift: [...drift.notes, ...flawNotes(flaws)], invalid },
      from,
      (yield* clock()) - started,
    );
    if (ran?.started === true)
      yield* emit({
        type: 'run:done',
        applied: result.applied.map(refOf),
        to: result.to,
        durationMs: result.durationMs,
      });
    return result;
  } catch (error) {
    throw toDunlinError(error, context.database);
  }
}

function* refuseOpenTransaction({ database }: RunContext): Op<void> {
  if ((yield* inTransaction()) === true) throw dunlinError('TRANSACTION_OPEN', { database });
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

/** The result, with where the database stands now. */
function* conclude(
  context: RunContext,
  seen: State,
  ran: Ran | undefined,
  told: { readonly drift: readonly string[]; readonly invalid: readonly string[] },
  from: { version: number; label: string | undefined },
  durationMs: number,
): Op<RunResult> {
  const { comparison } = ran === undefined ? seen : yield* retryBusy(context, 'read', () => readState(context));
  const outcomes = ran?.outcomes ?? [];
  const made = ran?.backups.made;
  const untidy = ran === undefined ? undefined : yield* ran.backups.applyRetention(context);
  return {
    from: from.version,
    to: highest(comparison.applied.keys()),
    fromLabel: from.label,
    toLabel: comparison.label,
    applied: outcomes,
    pending: comparison.pending.map(refOf),
    notes: [
      ...comparison.notes,
      ...told.drift,
      ...outcomes.flatMap((outcome) => idleNote(context, outcome)),
      ...(ran?.notes ?? []),
      ...told.invalid,
      ...[ran?.backups.note, ran?.note, untidy].filter((text) => text !== undefined),
    ],
    backup: made === undefined ? undefined : { id: made.id, file: made.file, bytes: made.bytes },
    aborted: ran?.aborted === true,
    durationMs: Math.round(durationMs),
  };
}

/** What was wrong before the run, and is none of its doing. */
function flawNotes(flaws: readonly string[] | undefined): readonly string[] {
  if (flaws === undefined || flaws.length === 0) return [];
  return formatIntegrityErrors(flaws).map((flaw) => `before this run the integrity check found: ${flaw}`);
}

/** Most often a template that nobody filled in; once it is recorded, filling it in is an edit of an applied migration. */
function idleNote(context: RunContext, { direction, statements, version }: MigrationOutcome): readonly string[] {
  const file = context.registry.get(version)?.file;
  return direction === 'down' || statements > 0 || file === undefined
    ? []
    : [`${file} has no statements: it is recorded as applied, and nothing was changed`];
}
