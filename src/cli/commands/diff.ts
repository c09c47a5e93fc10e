import { plural } from '../../errors/index.ts';
import { compareSchemas, unloadedNotes, type ObjectChange, type PartChange } from '../../schema/index.ts';
import { asOneLine } from '../../sql/index.ts';
import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { connectionOptions, lockTimeout } from '../global-options.ts';
import type { Style } from '../output/color.ts';
import { schemaChange } from '../output/json.ts';
import { wrap } from '../output/table.ts';
import { schemaSide } from '../schema-side.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'show how two schemas differ, object by object',
  description:
    'Each side is a database (a path, a URL or a name from the configuration), an .sql file, or a version: all migrations up to it run in a scratch database, and 0 is the empty schema. Ignores white space, comments, the case of keywords and needless quotes, and lists apart what is only written differently, such as a default in parentheses. Reads only.',
  target: 'directory',
  arguments: [
    { name: '<from>', description: 'a database, an .sql file or a version', completes: 'file' },
    { name: '<to>', description: 'the same', completes: 'file' },
  ],
  options: [
    { flags: '--exit-code', description: 'exit with 3 if they differ in effect' },
    lockTimeout,
    ...connectionOptions,
  ],
  examples: [
    { command: 'dunlin diff 3 7', does: 'what 004 to 007 change' },
    { command: 'dunlin diff 12 app.db', does: 'what the database has that its migrations do not make' },
    { command: 'dunlin diff app.db schema.sql --exit-code', does: 'in CI: is the dump up to date?' },
  ],
  run: async (context, args) => {
    const [from = '', to = ''] = args.positional;
    const before = await schemaSide(context, args, from, to);
    const after = await schemaSide(context, args, to, from);
    const [was, is] = [await before.read(), await after.read()];
    const changes = compareSchemas(was, is);
    for (const [side, { unloaded }] of [[before, was] as const, [after, is] as const])
      for (const note of unloadedNotes(unloaded)) context.note(`${side.name}: ${note}`);
    const differ = changes.some(({ sameEffect }) => !sameEffect);
    const code = args.flag('exitCode') && differ ? exit.found : exit.done;
    if (context.mode !== 'text') {
      const document = { from: before.name, to: after.name, changes: changes.map(schemaChange) };
      context.printDocument({ command: 'diff', ok: code === exit.done, ...document });
      return code;
    }
    context.print(...renderDiff(changes, before.name, after.name, context));
    return code;
  },
};

/** What makes one schema another, object by object: `+` is only in the second, `-` only in the first, `~` in both. */
function renderDiff(all: readonly ObjectChange[], from: string, to: string, style: Style): string[] {
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

const marks = { added: '+', removed: '-', changed: '~', moved: '~', renamed: '~' } as const;

function paint({ colors }: Style, kind: PartChange['kind']): (text: string) => string {
  if (kind === 'added') return colors.green;
  return kind === 'removed' ? colors.red : colors.yellow;
}

function renderChange(change: ObjectChange, style: Style): string[] {
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
