import { plural } from '../errors/index.ts';
import type { Plan } from '../plan/types.ts';
import { migrationId } from './output/format.ts';

/** What rolling back takes away, for the question before it. */
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
