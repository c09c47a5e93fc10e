import type { Op } from '../bridge/index.ts';
import { look, prepare, type RunContext } from '../execute/index.ts';
import { describePlan, highest, type Goal, type Plan } from '../plan/index.ts';

/** What a run would do, and everything that stands in its way. Writes nothing. */
export function* readPlan(context: RunContext, goal: Goal): Op<Plan> {
  const seen = yield* look(context);
  const { moves, steps, problems } = yield* prepare(context, goal, seen);
  const { comparison } = seen;
  const from = highest(comparison.applied.keys());
  const labels = new Map([...comparison.applied].map(([version, row]) => [version, row.schemaVersion ?? undefined]));
  for (const move of moves) {
    if (move.direction === 'up') labels.set(move.version, steps.find((step) => step.version === move.version)?.label);
    else labels.delete(move.version);
  }
  return describePlan(steps, {
    direction: moves[0]?.direction ?? (goal.kind === 'down' ? 'down' : 'up'),
    from,
    to: highest(labels.keys()),
    fromLabel: comparison.label,
    toLabel: moves.length === 0 ? comparison.label : newestLabel(labels),
    problems,
    notes: comparison.notes,
  });
}

function newestLabel(labels: ReadonlyMap<number, string | undefined>): string | undefined {
  return [...labels].toSorted(([a], [b]) => b - a).find(([, label]) => label !== undefined)?.[1];
}
