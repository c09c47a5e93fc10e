import { structuredPatch } from 'diff';
import type { RepairChange } from '../../operations/repair.ts';
import type { Colors } from './color.ts';
import { migrationId } from './format.ts';

/** What differs from what was applied; an edited migration line by line. */
export function renderRepairs(changes: readonly RepairChange[], colors: Colors): string[] {
  return changes.flatMap((change, index) => [...(index === 0 ? [] : ['']), ...renderChange(change, colors)]);
}

type Change<Kind> = Extract<RepairChange, { readonly kind: Kind }>;

function renderChange(change: RepairChange, colors: Colors): string[] {
  const id = colors.bold(migrationId(change.migration));
  if (change.kind === 'forget') return renderForget(id, change, colors);
  if (change.kind === 'rename') return [`${id}  its file is now called ${change.to}`];
  if (change.kind === 'renumber')
    return [`${id}  its file is now ${migrationId(change.to)}  ${colors.dim(change.file)}`];
  const head = `${id}  edited after it was applied  ${colors.dim(change.file)}`;
  if (change.recorded === undefined)
    return [head, '', '  the text that was applied is not recorded, so the difference cannot be shown'];
  return [
    head,
    '',
    ...difference(change.recorded, change.present, colors),
    '',
    '  Accepting records the present text and runs none of it:',
    '  what the database lacks needs a new migration.',
  ];
}

function renderForget(id: string, { other }: Change<'forget'>, colors: Colors): string[] {
  if (other === undefined) return [`${id}  its file is missing; accepting forgets that it was applied`];
  return [
    `${id}  its number has another migration now  ${colors.dim(other.file)}`,
    '',
    ...(other.recorded === undefined ? [] : [...difference(other.recorded, other.present, colors), '']),
    '  Accepting forgets that it was applied; what it made stays, and the file there is pending.',
  ];
}

function difference(recorded: string, present: string, colors: Colors): string[] {
  const plain = (text: string): string => `${text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')}\n`;
  const patch = structuredPatch('', '', plain(recorded), plain(present), '', '', { context: 3 });
  const lines = patch.hunks.flatMap((hunk, index) => [
    ...(index === 0 ? [] : [colors.dim('  ...')]),
    ...hunk.lines.map((line) => {
      if (line.startsWith('-')) return `  ${colors.red(line)}`;
      return `  ${line.startsWith('+') ? colors.green(line) : line}`.trimEnd();
    }),
  ]);
  return [...lines, '', colors.dim('  - as applied   + as it is now')];
}
