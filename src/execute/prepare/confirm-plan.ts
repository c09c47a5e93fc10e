import { call, type Op } from '../../bridge/index.ts';
import { dunlinError, plural } from '../../errors/index.ts';
import type { Confirm } from '../../lock/run-options.ts';
import type { Plan } from '../../plan/index.ts';
import type { RunContext } from '../../lock/run-context.ts';

/**
 * Asks whether a plan is to be carried out. Nothing is locked meanwhile, so that others can work however long the answer
 * takes; what they change is noticed under the lock (see `stepsDue`). Errors: `DECLINED`, and what the function throws.
 */
export function* confirmPlan({ database }: RunContext, confirm: Confirm, plan: Plan): Op<void> {
  if ((yield* call('confirm()', () => confirm(plan))) === true) return;
  const back = plan.steps.filter((step) => step.direction === 'down').length;
  const [verb, count] = back > 0 ? (['Rolling back', back] as const) : (['Applying', plan.steps.length] as const);
  throw dunlinError('DECLINED', { what: `${verb} ${plural(count, 'migration')} on ${database}` });
}
