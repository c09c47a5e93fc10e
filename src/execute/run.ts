import { toRunBackup } from '../backup/index.ts';
import { clock, emit, inTransaction, type Op } from '../bridge/index.ts';
import { dunlinError, refOf } from '../errors/index.ts';
import { isRepeatable, migrationAt, objectsMadeBy } from '../migration/index.ts';
import { groupSteps, highest, isExpected, pendingRefs, type Comparison, type Goal, type Step } from '../plan/index.ts';
import { formatIntegrityErrors, objectKey } from '../schema/index.ts';
import { checkDrift } from './prepare/drift.ts';
import { invalidNotes } from './invalid-objects.ts';
import { compareNow, readState, type State } from './prepare/read-state.ts';
import { prepare, throwProblems } from './prepare/prepare.ts';
import { plannedRun } from './prepare/planned-run.ts';
import {
  rememberFile,
  withSettings,
  retryBusy,
  untilStopped,
  type RunContext,
  type Confirm,
  type MigrationOutcome,
  type RunResult,
} from '../lock/index.ts';
import { runSteps, type StepsResult } from './run-steps.ts';
import { toDunlinError } from './statement-error.ts';
import { findOldFlaws } from './verification.ts';
import { engineNotes } from './prepare/engine-notes.ts';
import { confirmPlan, planOfRun, type NotedRun } from './prepare/plan-run.ts';

/**
 * Reaches a goal: reads the state without a lock, and with nothing to do returns, having written nothing; else takes the
 * write lock, reads again, and runs what is still due. `confirm` is asked with the plan before the lock is taken. Throws
 * a DunlinError that says how far it came.
 */
export function* run(context: RunContext, goal: Goal, confirm?: Confirm): Op<RunResult> {
  const started = yield* clock();
  try {
    // With nothing to do as well: else the first release that has a migration would be the first to fail.
    yield* refuseOpenTransaction(context);
    const seen = yield* retryBusy(untilStopped(context), 'read', () => readState(context));
    const prepared = yield* retryBusy(context, 'read', () => prepare(context, goal, seen));
    const drift = yield* retryBusy(context, 'read', () => checkDrift(context, seen.state));
    throwProblems([...prepared.problems, ...drift.problems]);
    refuseSplit(context, prepared.steps, seen.comparison);
    if (drift.differences.length > 0) yield* emit({ type: 'schema:drift', differences: drift.differences });
    const notes = [...drift.notes, ...engineNotes(context, prepared.steps)];
    const noted = { ...prepared, notes };
    const done = prepared.steps.length === 0 ? undefined : yield* runPrepared(context, goal, seen, noted, confirm);
    const result = yield* toResult(context, seen, notes, done, started);
    const { to, durationMs } = result;
    if (done?.ran.started === true)
      yield* emit({ type: 'run:done', applied: result.applied.map(refOf), to, durationMs });
    return result;
  } catch (error) {
    throw toDunlinError(error, context.database);
  }
}

/** What a run did that had something to do. */
interface Done {
  readonly ran: StepsResult;
  /** What the integrity check found before it. */
  readonly flawNotes: readonly string[];
  /** What it has left that can never work. */
  readonly invalidNotes: readonly string[];
}

function* runPrepared(
  context: RunContext,
  goal: Goal,
  seen: State,
  prepared: NotedRun,
  confirm: Confirm | undefined,
): Op<Done> {
  const flaws = yield* retryBusy(context, 'read', () => findOldFlaws(context));
  const known = flaws === undefined ? context : { ...context, flaws };
  yield* rememberFile(context);
  if (confirm !== undefined) {
    const plan = yield* retryBusy(context, 'read', () => planOfRun(context, goal, seen, prepared));
    yield* confirmPlan(context, confirm, plan);
    // The application may have used its connection meanwhile.
    yield* refuseOpenTransaction(context);
  }
  const planned = plannedRun(context, goal, prepared, seen.comparison);
  return yield* withSettings(known, function* () {
    const ran = yield* runSteps(known, planned, highest(seen.comparison.applied.keys()));
    const { before } = ran;
    const isChecked = ran.outcomes.length > 0 && before !== undefined && !context.scratch;
    return {
      ran,
      flawNotes: formatIntegrityErrors(flaws ?? []).map((flaw) => `before this run the integrity check found: ${flaw}`),
      invalidNotes: isChecked
        ? yield* retryBusy(context, 'read', () => invalidNotes(context, before, madeAnew(context, ran)))
        : [],
    };
  });
}

/** The views and triggers that repeatable migrations of the run have made. */
function madeAnew({ registry }: RunContext, { outcomes }: StepsResult): ReadonlySet<string> {
  const names = new Set(outcomes.filter(isRepeatable).map(({ name }) => name));
  const ran = (registry.repeatables ?? []).filter(({ name }) => names.has(name));
  return new Set(ran.flatMap(objectsMadeBy).map(({ type, name }) => objectKey(type, name)));
}

function* refuseOpenTransaction({ database }: RunContext): Op<void> {
  if ((yield* inTransaction()) === true) throw dunlinError('TRANSACTION_OPEN', { database });
}

/** `atomic: 'run'` needs one transaction, which a step apart from the others would split. */
function refuseSplit(context: RunContext, steps: readonly Step[], { applied }: Comparison): void {
  if (context.options.atomic !== 'run') return;
  const groups = groupSteps(steps.filter(isExpected));
  if (groups.length < 2) return;
  const ids = groups
    .filter((group) => !group.transaction || group.foreignKeys)
    .flatMap((group) => group.steps.map((step) => step.id));
  const back = steps.filter(({ direction }) => direction === 'down').map(({ version }) => version);
  const below = highest([...applied.keys()].filter((version) => version < Math.min(...back)));
  throw dunlinError('ATOMIC_RUN_SPLIT', { ids, below: back.length === 0 ? undefined : below });
}

/** The result, with the present state of the database. */
function* toResult(
  context: RunContext,
  seen: State,
  notes: readonly string[],
  done: Done | undefined,
  started: number,
): Op<RunResult> {
  const ended = yield* clock();
  const comparison = done === undefined ? seen.comparison : yield* comparisonAfter(context, seen, done);
  const outcomes = done?.ran.outcomes ?? [];
  return {
    from: highest(seen.comparison.applied.keys()),
    to: highest(comparison.applied.keys()),
    fromLabel: seen.comparison.label,
    toLabel: comparison.label,
    applied: outcomes,
    pending: pendingRefs(comparison),
    notes: [...comparison.notes, ...notes, ...(done === undefined ? [] : yield* notesOf(context, done))],
    backup: toRunBackup(done?.ran.backups.made),
    aborted: done?.ran.aborted === true,
    durationMs: Math.round(ended - started),
  };
}

/** Compares what the run has committed with the migrations. Reads it again where another table says a part of it. */
function* comparisonAfter(context: RunContext, { state }: State, { ran: { applied } }: Done): Op<Comparison> {
  const { ledger, registry } = context;
  if (applied === undefined || ledger.layout.name !== 'standard' || registry.repeatables !== undefined)
    return (yield* retryBusy(context, 'read', () => readState(context))).comparison;
  const rows = [...applied.values()].toSorted((a, b) => a.version - b.version);
  return compareNow(context, { exists: state.exists, applied: rows, problems: [], schemaVersion: undefined });
}

function* notesOf(context: RunContext, { ran, flawNotes, invalidNotes: invalid }: Done): Op<readonly string[]> {
  const { outcomes, notes, backups, commitNote } = ran;
  const idle = outcomes.flatMap((outcome) => idleNote(context, outcome));
  const single = [backups.note, commitNote, yield* backups.applyRetention(context)];
  return [...flawNotes, ...idle, ...notes, ...invalid, ...single.filter((note) => note !== undefined)];
}

/** Most often a template that nobody has filled in. Filling it in later edits an applied migration. */
function idleNote(context: RunContext, { direction, statements, version }: MigrationOutcome): readonly string[] {
  const migration = migrationAt(context.registry, version);
  // Other tools have files that do nothing in SQLite.
  return direction === 'down' || statements > 0 || migration === undefined || migration.origin !== undefined
    ? []
    : [`${migration.file} has no statements: it is recorded as applied, and nothing was changed`];
}
