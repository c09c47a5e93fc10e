import type { ObjectChange, PartChange } from '../../schema/index.ts';
import { asOneLine } from '../../sql/index.ts';
import type { Style } from './color.ts';
import { truncate } from './table.ts';

export const marks = { added: '+', removed: '-', changed: '~', moved: '~', renamed: '~' } as const;

export function paint({ colors }: Style, kind: PartChange['kind']): (text: string) => string {
  if (kind === 'added') return colors.green;
  return kind === 'removed' ? colors.red : colors.yellow;
}

/** How a schema has changed, a line for each object or column: "+ column users.email TEXT". */
export function renderChanges(changes: readonly ObjectChange[], style: Style): string[] {
  return changes.flatMap((change) => {
    const { kind, type, name, table, parts } = change;
    if (kind === 'changed' && parts.length > 0)
      return parts.map((part) => line(part.kind, partText(table, part), style));
    const on = type === 'index' || type === 'trigger' ? ` on ${table}` : '';
    return [line(kind, `${type} ${name}${on}`, style)];
  });
}

function line(kind: PartChange['kind'], text: string, style: Style): string {
  return paint(style, kind)(truncate(`  ${marks[kind]} ${text}`, style.width));
}

function partText(table: string, { kind, part, name, properties, before, after, was }: PartChange): string {
  const text = asOneLine(after ?? before ?? '');
  if (part !== 'column') return `${table}: ${kind === 'changed' ? name : text}`;
  if (kind === 'added') return `column ${table}.${text}`;
  if (kind === 'renamed') return `column ${table}.${was}: now called ${name} (or gone, and ${name} added in its place)`;
  if (kind === 'moved') return `column ${table}.${name}: at another position`;
  return `column ${table}.${name}${properties.length === 0 ? '' : `: ${properties.join(', ')}`}`;
}
