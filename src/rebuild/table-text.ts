import { tokenize, type Span, type TableText } from '../sql/index.ts';

// Edits of the text of a CREATE TABLE that keep everything else, comments included.

export function replaceSpan(sql: string, { start, end }: Span, text: string): string {
  return apart(apart(sql.slice(0, start), text), sql.slice(end));
}

/** Adds a space where two words would become one: SQLite needs none between `"a"` and a word. */
function apart(before: string, after: string): string {
  return before + (/[^\s(),]$/.test(before) && /^[^\s(),]/.test(after) ? ' ' : '') + after;
}

/** Removes a span and the blanks before it. Keeps line ends: one may end a comment. */
export function cutSpan(sql: string, { start, end }: Span): string {
  return apart(sql.slice(0, start).replace(/[ \t]+$/, ''), sql.slice(end));
}

/** Adds a column after the last one. */
export function appendColumn(table: TableText, text: string): string {
  const { sql, columns, constraints } = table;
  const [last, first] = [columns.at(-1)!, constraints[0]];
  const comma = first === undefined ? undefined : commaBetween(sql, last.end, first.start);
  if (comma === undefined) return appendPart(table, text);
  const end = endOfLine(sql, comma + 1);
  return `${sql.slice(0, end)}${separation(table, sql.slice(last.end, end))}${text},${sql.slice(end)}`;
}

/** Adds a table constraint, or a column of a table without constraints, at the end. */
export function appendPart(table: TableText, text: string): string {
  const { sql, columns, constraints } = table;
  const last = constraints.at(-1) ?? columns.at(-1)!;
  const end = endOfLine(sql, last.end);
  const comment = sql.slice(last.end, end);
  return `${sql.slice(0, last.end)},${comment}${separation(table, comment)}${text}${sql.slice(end)}`;
}

/** Removes a column or table constraint with its comma and the comment after it. */
export function removePart(table: TableText, part: Span): string {
  const { sql } = table;
  const parts: readonly Span[] = [...table.columns, ...table.constraints];
  const index = parts.indexOf(part);
  const [before, next] = [parts[index - 1], parts[index + 1]];
  if (next !== undefined) {
    const end = endOfLine(sql, (commaBetween(sql, part.end, next.start) ?? part.end - 1) + 1);
    const lineStart = startOfLine(sql, part.start);
    if (lineStart !== undefined && sql[end] === '\n') return sql.slice(0, lineStart) + sql.slice(end + 1);
    // The next part is on the same line.
    return sql.slice(0, part.start) + sql.slice(end).replace(/^[ \t]+/, '');
  }
  const end = endOfLine(sql, part.end);
  const from = before === undefined ? part.start : before.end;
  const comma = commaBetween(sql, from, part.start);
  const kept =
    comma === undefined ? sql.slice(from, part.start) : sql.slice(from, comma) + sql.slice(comma + 1, part.start);
  return sql.slice(0, from) + kept.replace(/\n?[ \t]*$/, '') + newlineAfterComment(kept) + sql.slice(end);
}

/** The white space between two parts of this table. `before` may end with a comment. */
function separation({ sql, columns }: TableText, before: string): string {
  const last = columns.at(-1)!;
  const start = startOfLine(sql, last.start);
  return start === undefined ? newlineAfterComment(before) || ' ' : `\n${sql.slice(start, last.start)}`;
}

/** The start of the line, if only blanks precede `index` on it. */
function startOfLine(sql: string, index: number): number | undefined {
  const start = sql.lastIndexOf('\n', index - 1) + 1;
  return start > 0 && sql.slice(start, index).trim() === '' ? start : undefined;
}

/** The end of a comment that follows on the same line, or `index`. */
function endOfLine(sql: string, index: number): number {
  const comment = /^[ \t]*(?:--[^\n]*|\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*(?=\n))/.exec(sql.slice(index));
  return index + (comment?.[0].length ?? 0);
}

/** A `--` comment needs its line end. */
function newlineAfterComment(text: string): string {
  const last = tokenize(text).at(-1);
  return last?.kind === 'comment' && last.text.startsWith('--') ? '\n' : '';
}

function commaBetween(sql: string, start: number, end: number): number | undefined {
  const comma = tokenize(sql.slice(start, end)).find((token) => token.text === ',');
  return comma === undefined ? undefined : start + comma.start;
}

/** Ends the line after a `--` comment, which would hide what follows. */
export function endComment(definition: string): string {
  const text = definition.trim();
  return text + newlineAfterComment(text);
}
