import type { ObjectChange, PartChange } from './compare.ts';

/** A difference between the recorded schema and the actual one, in words: "index idx_x on t exists, no migration made it". */
export function driftLine(change: ObjectChange): string {
  const { kind, type, name, table } = change;
  const what = `${type} ${name}${type === 'index' || type === 'trigger' ? ` on ${table}` : ''}`;
  if (kind === 'added') return `${what} exists, no migration made it`;
  if (kind === 'removed') return `${what} is gone`;
  const parts = change.parts.map(describePart);
  return parts.length === 0 ? `${what} differs` : `${what}: ${parts.join('; ')}`;
}

function describePart({ kind, part, name, properties, was }: PartChange): string {
  const what = part === 'column' ? `column ${name}` : name;
  if (kind === 'added') return `${what} was added by hand`;
  if (kind === 'removed') return `${what} is gone`;
  if (kind === 'moved') return `${what} stands at another place`;
  if (kind === 'renamed') return `column ${was} is now called ${name}`;
  return `${what} differs${properties.length === 0 ? '' : ` in ${properties.join(', ')}`}`;
}
