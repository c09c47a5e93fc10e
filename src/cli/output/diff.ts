import { plural } from '../../errors/index.ts';
import type { ObjectChange, PartChange } from '../../schema/index.ts';
import { asOneLine } from '../../sql/index.ts';
import type { Style } from './color.ts';
import { marks, paint } from './schema-changes.ts';
import { wrap } from './table.ts';

/** What makes one schema another, object by object: `+` is only in the second, `-` only in the first, `~` in both. */
export function renderDiff(all: readonly ObjectChange[], from: string, to: string, style: Style): string[] {
  const { width } = style;
  const changes = all.filter(({ sameEffect }) => !sameEffect);
  const counts = (['added', 'removed', 'changed'] as const).flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  const head =
    changes.length === 0
      ? `${from} and ${to} have the same schema`
      : `${from} → ${to}: ${plural(changes.length, 'difference')} (${counts.join(', ')})`;
  return [...wrap(head, width), ...renderChanges(changes, style), ...renderWritten(all, style)];
}

/** What SQLite treats alike. */
function renderWritten(all: readonly ObjectChange[], style: Style): string[] {
  const changes = all.filter(({ sameEffect }) => sameEffect);
  if (changes.length === 0) return [];
  const head = `written differently, with the same effect: ${plural(changes.length, 'object')}`;
  return ['', ...wrap(head, style.width), ...renderChanges(changes, style)];
}

function renderChanges(changes: readonly ObjectChange[], style: Style): string[] {
  return changes.flatMap((change) => ['', ...renderChange(change, style)]);
}

/** One object: its heading, and its SQL or the parts that differ. */
export function renderChange(change: ObjectChange, style: Style): string[] {
  const { kind, type, name, table, before, after, parts } = change;
  const on = type === 'index' || type === 'trigger' ? ` on ${table}` : '';
  const head = style.colors.bold(paint(style, kind)(`${marks[kind]} ${type} ${name}${on}`));
  if (kind !== 'changed') return [head, ...sql(after ?? before, kind, 4, style)];
  if (parts.length > 0) return [head, ...parts.flatMap((part) => renderPart(part, style))];
  return [head, ...both(before, after, 4, style)];
}

function renderPart(part: PartChange, style: Style): string[] {
  const { kind, name, before, after, properties, was } = part;
  const line = (text: string): string[] =>
    wrap(text, style.width - 6).map((one, index) => paint(style, kind)(`  ${index === 0 ? marks[kind] : ' '} ${one}`));
  const what = part.part === 'column' ? `column ${name}` : name;
  switch (kind) {
    case 'added':
    case 'removed':
      return line(`${part.part === 'column' ? 'column ' : ''}${asOneLine(after ?? before ?? '')}`);
    case 'moved':
      return line(`${what}: at another position`);
    case 'renamed':
      return line(`column ${was}: now called ${name} (or gone, and ${name} added in its place)`);
    default:
      return [
        ...line(properties.length === 0 ? what : `${what}: ${properties.join(', ')}`),
        ...both(before, after, 8, style),
      ];
  }
}

function both(before: string | undefined, after: string | undefined, indent: number, style: Style): string[] {
  return [...sql(before, 'removed', indent, style), ...sql(after, 'added', indent, style)];
}

/** SQL as it was written, each line with its mark; long lines are folded. */
function sql(text: string | undefined, kind: 'added' | 'removed', indent: number, style: Style): string[] {
  const lines = (text ?? '').split(/\r?\n/);
  const common = Math.min(
    ...lines
      .slice(1)
      .filter((line) => line.trim() !== '')
      .map(leading),
  );
  return lines.flatMap((line, index) => {
    const own = index === 0 ? line : line.slice(Number.isFinite(common) ? Math.min(common, leading(line)) : 0);
    const deep = ' '.repeat(index === 0 ? 0 : leading(own));
    const room = Math.max(20, style.width - indent - 2 - deep.length);
    return wrap(own.trim(), room).map((part) =>
      `${' '.repeat(indent)}${paint(style, kind)(`${marks[kind]} ${deep}${part}`.trimEnd())}`.trimEnd(),
    );
  });
}

function leading(line: string): number {
  return line.length - line.trimStart().length;
}
