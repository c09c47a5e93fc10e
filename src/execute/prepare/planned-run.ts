import { dunlinError, type DunlinError, type MoveRef } from '../../errors/index.ts';
import {
  commandOf,
  migrationOf,
  remainingGoal,
  dueRepeatables,
  selectAgain,
  type Comparison,
  type Goal,
  type MigrationSet,
  type Move,
  type Step,
} from '../../plan/index.ts';
import { throwProblems, versioned } from './prepare.ts';
import type { RunContext } from '../../lock/index.ts';

/** A run as planned, without a lock. */
export interface PlannedRun {
  readonly goal: Goal;
  readonly steps: readonly Step[];
  readonly sets: readonly MigrationSet[];
  /** By version, a hash of the recorded text that a rollback runs instead of a file. */
  readonly texts: ReadonlyMap<number, string>;
  /** How many pending migrations are not among the steps. */
  readonly later: number;
}

export function plannedRun(
  context: RunContext,
  goal: Goal,
  { steps, sets }: Pick<PlannedRun, 'steps' | 'sets'>,
  comparison: Comparison,
): PlannedRun {
  const due = new Set(versioned(steps).map(({ version }) => version));
  const later = comparison.pending.filter(({ version }) => !due.has(version)).length;
  return { goal, steps, sets, texts: recordedTexts(context, steps, comparison), later };
}

/**
 * The steps of a planned run that are still due after the first `done`. `comparison` must come from a read under the
 * write lock, which the run holds until the steps are done. Errors: `PLAN_CHANGED`, and the problems of `select`.
 */
export function stepsDue(
  context: RunContext,
  run: PlannedRun,
  comparison: Comparison,
  done: number = 0,
): readonly Step[] {
  const goal = remainingGoal(run.goal, done);
  const rest = run.steps.slice(done);
  const planned = versioned(rest);
  const { due, now, changed, rollsBack, problems } = selectAgain(goal, planned, context.registry, comparison, run.sets);
  // For a run that only applies, the problems say why the plan changed: for example, a newer release has migrated.
  if (!rollsBack) throwProblems(problems);
  const texts = recordedTexts(context, planned, comparison);
  const reapplied = changed
    ? []
    : planned.filter(({ version, direction }) => direction === 'down' && texts.get(version) !== run.texts.get(version));
  if (changed || reapplied.length > 0) throw planChanged(context, run, { comparison, done, now, reapplied });
  throwProblems(problems);
  const repeatable = rest.filter((step) => step.repeatable !== undefined);
  // Which of them run is decided after the others.
  const mayRun = due.length > 0 || done > 0 || dueRepeatables(comparison).length > 0;
  return mayRun ? [...due, ...repeatable] : due;
}

/**
 * Hashes of the migrations that are rolled back with their recorded text, because their file is missing, edited or another
 * migration's. They change if another process applies one again in between.
 */
function recordedTexts(
  { registry }: RunContext,
  moves: readonly Move[],
  { applied, changed }: Comparison,
): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (const { version, direction } of moves) {
    const row = applied.get(version);
    if (direction === 'up' || row === undefined) continue;
    if (changed.has(version) || registry.get(version) === undefined)
      texts.set(version, row.textHash ?? row.checksum ?? row.appliedAt);
  }
  return texts;
}

function planChanged(
  context: RunContext,
  run: PlannedRun,
  found: {
    readonly comparison: Comparison;
    readonly done: number;
    readonly now: readonly Move[];
    readonly reapplied: readonly Step[];
  },
): DunlinError {
  const { comparison, done, now, reapplied } = found;
  const name = (version: number): string =>
    context.registry.get(version)?.name ?? comparison.applied.get(version)?.name ?? '';
  const planned = versioned(run.steps.slice(done));
  const id = (version: number): string => context.registry.get(version)?.id ?? `${version} ${name(version)}`.trim();
  const goal = remainingGoal(run.goal, done);
  return dunlinError(
    'PLAN_CHANGED',
    {
      database: context.database,
      planned: planned.map((step) => ({ id: step.id, direction: step.direction })),
      now: now.map((move) => ({
        id: migrationOf(context.registry, move)?.id ?? id(move.version),
        direction: move.direction,
      })),
      reapplied: reapplied.map((step) => step.id),
      done: run.steps.slice(0, done).map((step) => step.id),
      plan: planCommand(goal, now.length > 0 ? now : planned),
      command: commandOf(goal),
    },
    {
      planned: planned.map(({ version, name, direction }): MoveRef => ({ version, name, direction })),
      now: now.map(({ version, direction }): MoveRef => ({ version, name: name(version), direction })),
    },
  );
}

/** The command that shows what the goal needs now. */
function planCommand(goal: Goal, moves: readonly Move[]): string {
  const to = goal.kind === 'to' ? goal.version : 'to' in goal ? goal.to : undefined;
  const steps = 'steps' in goal ? goal.steps : undefined;
  return [
    'plan',
    ...(moves.some(({ direction }) => direction === 'down') ? ['--down'] : []),
    ...(to === undefined ? [] : ['--to', to]),
    ...(steps === undefined ? [] : ['--steps', steps]),
  ].join(' ');
}
