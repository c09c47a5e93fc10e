import stringWidth from 'fast-string-width';
import { visible } from '../../errors/index.ts';
import { wrapBy } from './wrap.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut with … where the row does not fit; the first of these is cut first, the others when it is at its least. */
  readonly shrink?: boolean;
  /** Goes to a line of its own below the row, in every row, where the table would be too wide. */
  readonly below?: boolean;
}

export interface TableOptions {
  /** The terminal's width; Infinity where there is none, so that a pipe gets everything. */
  readonly width: number;
  readonly title?: (text: string) => string;
  /** Colours a cell after it has been fitted; colours change no widths. */
  readonly style?: (text: string, row: number, column: number) => string;
}

const indent = 2;
const gap = 2;
/** A column is not cut below this many characters: less says nothing. */
const least = 8;

/** Lines of a table without rules: columns as wide as their content, numbers right, cut only where it must be. */
export function table(
  columns: readonly Column[],
  given: readonly (readonly string[])[],
  options: TableOptions,
): string[] {
  // Before they are measured. A line feed in a name would begin a row of its own.
  const rows = given.map((cells) => cells.map((cell) => visible(cell).replaceAll('\n', '\\u000a')));
  const titles = columns.map((column) => column.title);
  const hasTitles = titles.some((title) => title !== '');
  const widths = columns.map((_, i) => Math.max(...[...rows.map((row) => row[i] ?? ''), titles[i]!].map(displayWidth)));
  const below =
    totalWidth(widths) > options.width - indent
      ? columns.flatMap((column, i) => (column.below === true ? [i] : []))
      : [];
  for (const i of below) widths[i] = 0;
  fit(columns, widths, options.width - indent);

  const line = (cells: readonly string[], style: (text: string, column: number) => string): string => {
    let text = '';
    // Spaces are owed until something follows, so that no line ends in them.
    let owed = indent;
    columns.forEach((column, i) => {
      const width = widths[i]!;
      if (width === 0) return;
      const cell = truncate(cells[i] ?? '', width);
      const pad = width - displayWidth(cell);
      if (column.align === 'right') owed += pad;
      if (cell !== '') {
        text += ' '.repeat(owed) + style(cell, i);
        owed = 0;
      }
      if (column.align !== 'right') owed += pad;
      owed += gap;
    });
    return text;
  };
  const styled = (text: string, row: number, column: number): string => options.style?.(text, row, column) ?? text;
  // Under the second column, or where that begins far right, not that far.
  const under = indent + Math.min(widths[0] ?? 0, least) + gap;
  const body = rows.flatMap((row, r) => [
    line(row, (text, column) => styled(text, r, column)),
    ...below.flatMap((column) => {
      const lines = row[column] ? wrap(row[column], options.width - under) : [];
      return lines.map((text) => `${' '.repeat(under)}${styled(text, r, column)}`);
    }),
  ]);
  return hasTitles ? [line(titles, (text) => options.title?.(text) ?? text), ...body] : body;
}

function totalWidth(widths: readonly number[]): number {
  const used = widths.filter((width) => width > 0);
  return used.reduce((sum, width) => sum + width, 0) + gap * (used.length - 1);
}

/** Takes the columns that may shrink down until the row fits. */
function fit(columns: readonly Column[], widths: number[], available: number): void {
  let excess = totalWidth(widths) - available;
  for (const floor of [least * 2, least]) {
    columns.forEach((column, i) => {
      if (excess <= 0 || column.shrink !== true) return;
      const give = Math.min(excess, Math.max(0, widths[i]! - floor));
      widths[i]! -= give;
      excess -= give;
    });
  }
}

/** The columns of a terminal that a text takes. */
export function displayWidth(text: string): number {
  // Nearly every text is plain ASCII.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** The text, cut to `width` columns with … as its last. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let result = '';
  let used = 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += displayWidth(segment);
    if (used > width) break;
    result += segment;
  }
  return `${result.trimEnd()}…`;
}

/** `wrap` by the columns that a terminal needs. */
export function wrap(text: string, width: number): string[] {
  return wrapBy(text, width, displayWidth);
}
