import type { Confirm } from '../lock/run-options.ts';
import type { Arguments } from './arguments.ts';
import { confirm } from './confirm.ts';
import type { Context } from './context.ts';
import { lossesOf } from './losses.ts';
import type { CliRunner } from './runner.ts';

/**
 * The question before a run that rolls migrations back: the run itself asks it, about the plan that it then carries out
 * or refuses. A run that only applies is not asked about. `verb` is what the question begins with.
 */
export function planQuestion(context: Context, args: Arguments, runner: CliRunner, verb = 'Roll back'): Confirm {
  return async (plan) => {
    if (plan.steps.every((step) => step.direction === 'up')) return true;
    const { what, losses } = lossesOf(plan, runner.databaseName);
    await confirm(context, args, { what: `Rolling back ${what}`, question: `${verb} ${what}?`, details: losses });
    return true;
  };
}
