import { databaseBytes, locateBackups, type BackupLocation } from '../../backup/index.ts';
import { file, type Op, call } from '../../bridge/index.ts';
import { hasNoContent } from '../../ledger/index.ts';
import {
  toPlan,
  highest,
  isExpected,
  type Goal,
  type Plan,
  type PlanFrame,
  type PlannedBackup,
  type Step,
} from '../../plan/index.ts';
import { needsBackup } from '../../backup/index.ts';
import { forecastRebuilds } from './forecast.ts';
import type { State } from './read-state.ts';
import type { Prepared } from './prepare.ts';
import { dunlinError, plural } from '../../errors/index.ts';
import type { Confirm, RunContext } from '../../lock/index.ts';

/** A prepared run, with notes on it. */
export interface NotedRun extends Prepared {
  readonly notes: readonly string[];
}

/** What a run would do, as plain data. Writes nothing. */
export function* planOfRun(context: RunContext, goal: Goal, seen: State, prepared: NotedRun): Op<Plan> {
  const { moves, problems, notes, mirror, mirrorNotes } = prepared;
  const steps = prepared.steps.filter(isExpected);
  const { comparison } = seen;
  const from = highest(comparison.applied.keys());
  const labels = new Map([...comparison.applied].map(([version, row]) => [version, row.schemaVersion ?? undefined]));
  for (const move of moves) {
    if (move.direction === 'up') labels.set(move.version, steps.find((step) => step.version === move.version)?.label);
    else labels.delete(move.version);
  }
  const foreseen = problems.length === 0 ? yield* forecastRebuilds(context, steps) : undefined;
  const backup = problems.length === 0 ? yield* plannedBackup(context, steps) : undefined;
  const frame: PlanFrame = {
    direction: moves[0]?.direction ?? (goal.kind === 'down' ? 'down' : 'up'),
    from,
    to: highest(labels.keys()),
    fromLabel: comparison.label,
    toLabel: moves.length === 0 ? comparison.label : newestLabel(labels),
    problems,
    notes: [...comparison.notes, ...repeatableNotes(steps), ...mirrorNotes, ...notes, ...(foreseen?.notes ?? [])],
    guards: context.options.guards ?? 'values',
  };
  return { ...toPlan(steps, frame, foreseen?.rebuilds), backup, ...(mirror === undefined ? {} : { mirror }) };
}

/** Why each repeatable migration runs. For one that has never run there is nothing to say. */
function repeatableNotes(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(({ id, repeatable }) =>
    repeatable?.why === undefined ? [] : [`${id} runs: ${repeatable.why}`],
  );
}

/** The backup that the run would create first. */
function* plannedBackup(context: RunContext, steps: readonly Step[]): Op<PlannedBackup | undefined> {
  if (steps.length === 0 || !needsBackup(context, steps)) return undefined;
  const location = yield* locateBackups(context);
  if (location === undefined) return undefined;
  const { ledger } = context;
  if (yield* hasNoContent(ledger)) return undefined;
  return { folder: location.folder, bytes: yield* databaseBytes(), freeBytes: yield* freeBytes(location) };
}

/** The folder may not exist yet. Beside the database it will be on the same file system. */
function* freeBytes({ folder, file: path }: BackupLocation): Op<number | undefined> {
  for (const one of [folder, folder.startsWith(path) ? path : undefined])
    if (one !== undefined && (yield* file('stat', one)) !== undefined) return yield* file('freeBytes', one);
  return undefined;
}

function newestLabel(labels: ReadonlyMap<number, string | undefined>): string | undefined {
  return [...labels].toSorted(([a], [b]) => b - a).find(([, label]) => label !== undefined)?.[1];
}

/**
 * Asks whether to execute a plan. Nothing is locked meanwhile, so that others can work however long the answer takes.
 * `stepsDue` notices under the lock what they change. Errors: `DECLINED`, and what the function throws.
 */
export function* confirmPlan({ database }: RunContext, confirm: Confirm, plan: Plan): Op<void> {
  if ((yield* call('confirm()', () => confirm(plan))) === true) return;
  const back = plan.steps.filter((step) => step.direction === 'down').length;
  const [verb, count] = back > 0 ? (['Rolling back', back] as const) : (['Applying', plan.steps.length] as const);
  throw dunlinError('DECLINED', { what: `${verb} ${plural(count, 'migration')} on ${database}` });
}
