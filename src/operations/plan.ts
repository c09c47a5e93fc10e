import type { Op } from '../bridge/index.ts';
import { look, prepare, type RunContext } from '../execute/index.ts';
import { describePlan, highest, labelOf, type Goal, type Plan } from '../plan/index.ts';

/** What a run would do, and everything that stands in its way. Writes nothing. */
export function* readPlan(context: RunContext, goal: Goal): Op<Plan> {
  const seen = yield* look(context);
  const { moves, steps, problems } = yield* prepare(context, goal, seen);
  const applied = new Set(seen.comparison.applied.keys());
  const from = highest(applied);
  for (const move of moves) {
    if (move.direction === 'up') applied.add(move.version);
    else applied.delete(move.version);
  }
  return describePlan(steps, {
    direction: moves[0]?.direction ?? (goal.kind === 'down' ? 'down' : 'up'),
    from,
    to: highest(applied),
    fromLabel: labelOf(seen.comparison.applied),
    problems,
    notes: seen.comparison.notes,
  });
}
