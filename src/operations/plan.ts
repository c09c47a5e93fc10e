import type { Op } from '../bridge/index.ts';
import { describeRun, judgeDrift, look, prepare, type RunContext } from '../execute/index.ts';
import type { Goal, Plan } from '../plan/index.ts';

/** What a run would do, and everything that stands in its way. Writes nothing. */
export function* readPlan(context: RunContext, goal: Goal): Op<Plan> {
  const seen = yield* look(context);
  const prepared = yield* prepare(context, goal, seen);
  const drift = yield* judgeDrift(context, seen.state);
  return yield* describeRun(context, goal, seen, {
    ...prepared,
    problems: [...prepared.problems, ...drift.problems],
    notes: drift.notes,
  });
}
