import { compareSchemas, type Inventory, type ObjectChange, type PartChange } from '../schema/index.ts';

/**
 * What of a schema did not come back, one line each. That a column stands at another place is no difference: it is
 * what DROP COLUMN and ADD COLUMN make of it.
 */
export function schemaLines(before: Inventory, after: Inventory): readonly string[] {
  return compareSchemas(before, after).flatMap(linesOf);
}

function linesOf(change: ObjectChange): readonly string[] {
  const { kind, type, name } = change;
  if (kind === 'removed') return [`${type} ${name} is missing`];
  if (kind === 'added') return [`${type} ${name} is left behind`];
  if (change.parts.length === 0) return [`${type} ${name} differs`];
  return change.parts.filter((part) => part.kind !== 'moved').map((part) => partLine(change, part));
}

function partLine({ type, name: owner }: ObjectChange, { kind, part, name, properties, was }: PartChange): string {
  const what = part === 'column' ? `column ${owner}.${name}` : `${name} of ${type} ${owner}`;
  if (kind === 'removed') return `${what} is missing`;
  if (kind === 'added') return `${what} is left behind`;
  if (kind === 'renamed') return `column ${owner}.${was} is now called ${name}`;
  return `${what} differs${properties.length === 0 ? '' : ` in ${properties.join(', ')}`}`;
}
