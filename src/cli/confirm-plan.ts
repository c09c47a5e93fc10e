import type { Confirm } from '../lock/run-options.ts';
import type { Arguments } from './arguments.ts';
import { confirm } from './confirm.ts';
import type { Context } from './context.ts';
import type { CliRunner } from './runner.ts';
import { plural } from '../errors/index.ts';
import type { Plan } from '../plan/types.ts';
import { migrationId } from './output/format.ts';

/**
 * Confirms a run that rolls migrations back. The run itself calls this with the plan that it then executes. A run that
 * only applies needs no confirmation. `verb` is the first word of the question.
 */
export function planQuestion(context: Context, args: Arguments, runner: CliRunner, verb = 'Roll back'): Confirm {
  return async (plan) => {
    if (plan.steps.every((step) => step.direction === 'up')) return true;
    const { what, losses } = lossesOf(plan, runner.databaseName);
    await confirm(context, args, { what: `Rolling back ${what}`, question: `${verb} ${what}?`, details: losses });
    return true;
  };
}

/** What a rollback drops and changes, for its confirmation. */
export function lossesOf(plan: Plan, database: string): { readonly what: string; readonly losses: readonly string[] } {
  const steps = plan.steps.filter((step) => step.direction === 'down');
  const first = steps[0];
  const what =
    steps.length === 1 && first !== undefined
      ? `${migrationId(first)} on ${database}`
      : `${plural(steps.length, 'migration')} on ${database}`;
  const losses = steps.map((step) => {
    const drops = step.touches.drops.length === 0 ? [] : [`drops ${step.touches.drops.join(', ')} with what they hold`];
    const rebuilds = step.touches.rebuilds.length === 0 ? [] : [`rebuilds ${step.touches.rebuilds.join(', ')}`];
    const alters = step.touches.alters.length === 0 ? [] : [`alters ${step.touches.alters.join(', ')}`];
    const writes = step.touches.writes.length === 0 ? [] : [`changes rows of ${step.touches.writes.join(', ')}`];
    const all = [...drops, ...rebuilds, ...alters, ...writes];
    return `  ${migrationId(step)}: ${all.length > 0 ? all.join('; ') : step.kind === 'code' ? 'runs its down()' : 'drops nothing'}`;
  });
  return { what, losses };
}
