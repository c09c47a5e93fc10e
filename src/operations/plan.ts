import type { Op } from '../bridge/index.ts';
import { checkOptions, isBoolean, oneOf, type Checks } from '../errors/index.ts';
import { checkDrift, engineNotes, findMalformed, planOfRun, prepare, readState } from '../execute/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { isExpected, type Goal, type Plan } from '../plan/index.ts';
import { downGoal, type DownOptions } from './down.ts';
import { upChecks, upGoal, type UpOptions } from './up.ts';

/** Which run a plan is of: `up` by default, with the options of `up` or `down`. */
export interface PlanOptions extends UpOptions, Omit<DownOptions, 'confirm'> {
  readonly direction?: 'up' | 'down';
}

const planChecks: Checks = { ...upChecks, all: isBoolean, direction: oneOf('up', 'down') };

/** What a run would do, and everything that prevents it. Writes nothing. */
export function plan(options: PlanOptions): Operation<Plan> {
  checkOptions(options, planChecks);
  const goal = options.direction === 'down' ? downGoal(options) : upGoal(options);
  return (context) => readPlan(context, goal);
}

function* readPlan(context: RunContext, goal: Goal): Op<Plan> {
  const seen = yield* readState(context);
  const prepared = yield* prepare(context, goal, seen);
  const drift = yield* checkDrift(context, seen.state);
  const malformed = yield* findMalformed(prepared.steps.filter(isExpected));
  return yield* planOfRun(context, goal, seen, {
    ...prepared,
    problems: [...prepared.problems, ...malformed, ...drift.problems],
    notes: [...drift.notes, ...engineNotes(context, prepared.steps)],
  });
}
