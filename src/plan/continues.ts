import { nameKey } from '../sql/index.ts';
import type { Step } from './step.ts';

/**
 * Whether a step goes on with what others have begun: it makes a table whose name they have freed, or an index or a
 * trigger on it.
 */
export function continuesInOrder(next: Step, begun: readonly Step[]): boolean {
  const freed = new Set<string>();
  for (const { facts } of begun.flatMap(({ statements }) => statements)) {
    const isFreed =
      (facts.verb === 'drop' && facts.object === 'table') ||
      (facts.verb === 'alter' && facts.change.kind === 'rename-table');
    if (isFreed) freed.add(nameKey(facts.name.name));
  }
  return next.statements.some(({ facts }) => {
    if (facts.verb === 'alter' && facts.change.kind === 'rename-table') return freed.has(nameKey(facts.change.to));
    if (facts.verb !== 'create') return false;
    const made = facts.object === 'index' || facts.object === 'trigger' ? facts.table : facts.name.name;
    return freed.has(nameKey(made));
  });
}
