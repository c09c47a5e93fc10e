import { replaceControls } from '../../errors/index.ts';
import { displayWidth, truncate } from './table.ts';
import type { Style } from './color.ts';

/** How many lines are shown before and after. */
const around = 2;

/**
 * The lines around a place of a text, with a caret under its column:
 * ```
 *     7 | UPDATE users
 *   > 8 |   SET email = lower(emial)
 *       |                     ^ no such column: emial
 * ```
 */
export function codeFrame(
  source: string,
  line: number,
  column: number,
  { colors, width, label = '' }: Style & { readonly label?: string | undefined },
): string[] {
  const all = source.trimEnd().split(/\r\n|\n|\r/);
  const first = Math.max(1, line - around);
  const last = Math.min(all.length, line + around);
  const digits = String(last).length;
  const room = Math.max(20, width - digits - 7);

  const target = all[line - 1] ?? '';
  // A line longer than the terminal is shown from where the caret still has some text before it.
  const shift = column - 1 > room - 12 ? Math.max(0, column - 1 - Math.floor(room / 2)) : 0;
  const out: string[] = [];
  for (let n = first; n <= last; n++) {
    const raw = all[n - 1] ?? '';
    const shown = n === line && shift > 0 ? `…${tabs(raw.slice(shift + 1))}` : tabs(raw);
    const text = truncate(shown, room);
    const gutter = `${String(n).padStart(digits)} |`;
    if (n !== line) out.push(colors.dim(`    ${gutter} ${text}`.trimEnd()));
    else {
      out.push(`  ${colors.red('>')} ${gutter} ${text}`.trimEnd());
      const before = shift > 0 ? `…${tabs(target.slice(shift + 1, column - 1))}` : tabs(target.slice(0, column - 1));
      const caret = colors.red(`^ ${label}`.trimEnd());
      out.push(`    ${' '.repeat(digits)} | ${' '.repeat(displayWidth(before))}${caret}`);
    }
  }
  return out;
}

function tabs(text: string): string {
  // Anything that moves the cursor would put the caret elsewhere than the terminal puts the text.
  return replaceControls(text.replaceAll('\t', '  '), () => '�');
}
