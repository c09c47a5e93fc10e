import { compareEffectively, objectKey, type Inventory, type ObjectChange } from '../../schema/index.ts';
import type { NameKey } from '../../sql/index.ts';

const keyOf = ({ type, name }: ObjectChange): string => objectKey(type, name);

/**
 * What no migration made or changed, and what is not as before after one was rolled back: an index or a trigger goes with its
 * table. `recorded` is the schema as migrations left it. `compared`: tables whose rows tell whether they are gone.
 */
export function handMadeLosses(
  recorded: Inventory,
  before: Inventory,
  now: Inventory,
  compared: ReadonlySet<NameKey>,
): readonly string[] {
  const changes = new Map(compareEffectively(before, now).map((change) => [keyOf(change), change.kind]));
  const leftOut = new Set([...compared].map((table) => objectKey('table', table)));
  const lines: string[] = [];
  for (const change of compareEffectively(recorded, before)) {
    if (change.kind === 'removed') continue;
    const { type, name, table } = change;
    const what = `${type} ${name}${type === 'table' ? '' : ` on ${table}`}`;
    const by = change.kind === 'added' ? 'no migration made it' : 'it was changed by hand';
    const became = changes.get(keyOf(change));
    if (became === 'removed' && !leftOut.has(keyOf(change))) lines.push(`${what}: ${by}, and it is gone`);
    // A migration may add to a table that was made by hand.
    if (became === 'changed' && (type !== 'table' || change.kind === 'changed'))
      lines.push(`${what}: ${by}, and it is different now`);
  }
  return lines;
}
