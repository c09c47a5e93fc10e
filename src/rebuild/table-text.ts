import { tokenize, type Span, type TableText } from '../sql/index.ts';

// Edits of a CREATE TABLE's text that leave everything else as it is written, comments included.

/** Puts `text` in the place of a span. */
export function replaceSpan(sql: string, { start, end }: Span, text: string): string {
  return apart(apart(sql.slice(0, start), text), sql.slice(end));
}

/** Between `"a"` and a word SQLite needs no blank; where something else takes a place there, the two would become one. */
function apart(before: string, after: string): string {
  return before + (/[^\s(),]$/.test(before) && /^[^\s(),]/.test(after) ? ' ' : '') + after;
}

/** Takes a span out, and the blanks before it. Line ends stay: one may end a comment. */
export function cutSpan(sql: string, { start, end }: Span): string {
  return apart(sql.slice(0, start).replace(/[ \t]+$/, ''), sql.slice(end));
}

/** Adds a column behind the last one. */
export function appendColumn(table: TableText, text: string): string {
  const { sql, columns, constraints } = table;
  const [last, first] = [columns.at(-1)!, constraints[0]];
  const comma = first === undefined ? undefined : commaBetween(sql, last.end, first.start);
  if (comma === undefined) return appendPart(table, text);
  const end = endOfLine(sql, comma + 1);
  return `${sql.slice(0, end)}${separation(table, sql.slice(last.end, end))}${text},${sql.slice(end)}`;
}

/** Adds a constraint of the table, or a column of a table without, behind everything else. */
export function appendPart(table: TableText, text: string): string {
  const { sql, columns, constraints } = table;
  const last = constraints.at(-1) ?? columns.at(-1)!;
  const end = endOfLine(sql, last.end);
  const comment = sql.slice(last.end, end);
  return `${sql.slice(0, last.end)},${comment}${separation(table, comment)}${text}${sql.slice(end)}`;
}

/** Takes out a column, or a constraint of the table, with its comma and the comment behind it. */
export function removePart(table: TableText, part: Span): string {
  const { sql } = table;
  const parts: readonly Span[] = [...table.columns, ...table.constraints];
  const index = parts.indexOf(part);
  const [before, next] = [parts[index - 1], parts[index + 1]];
  if (next !== undefined) {
    const end = endOfLine(sql, (commaBetween(sql, part.end, next.start) ?? part.end - 1) + 1);
    const lineStart = startOfLine(sql, part.start);
    if (lineStart !== undefined && sql[end] === '\n') return sql.slice(0, lineStart) + sql.slice(end + 1);
    // What follows on the same line takes its place.
    return sql.slice(0, part.start) + sql.slice(end).replace(/^[ \t]+/, '');
  }
  const end = endOfLine(sql, part.end);
  const from = before === undefined ? part.start : before.end;
  const comma = commaBetween(sql, from, part.start);
  const kept =
    comma === undefined ? sql.slice(from, part.start) : sql.slice(from, comma) + sql.slice(comma + 1, part.start);
  return sql.slice(0, from) + kept.replace(/\n?[ \t]*$/, '') + newlineAfterComment(kept) + sql.slice(end);
}

/** The blanks or the line end that stand between two parts of this table, behind what may end with a comment. */
function separation({ sql, columns }: TableText, before: string): string {
  const last = columns.at(-1)!;
  const start = startOfLine(sql, last.start);
  return start === undefined ? newlineAfterComment(before) || ' ' : `\n${sql.slice(start, last.start)}`;
}

/** Where the line begins on which only blanks stand before `index`; undefined if something else does. */
function startOfLine(sql: string, index: number): number | undefined {
  const start = sql.lastIndexOf('\n', index - 1) + 1;
  return start > 0 && sql.slice(start, index).trim() === '' ? start : undefined;
}

/** Behind a comment that follows on the same line, if there is one; else `index` itself. */
function endOfLine(sql: string, index: number): number {
  const comment = /^[ \t]*(?:--[^\n]*|\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*(?=\n))/.exec(sql.slice(index));
  return index + (comment?.[0].length ?? 0);
}

/** A comment to the end of the line must keep that end. */
function newlineAfterComment(text: string): string {
  const last = tokenize(text).at(-1);
  return last?.kind === 'comment' && last.text.startsWith('--') ? '\n' : '';
}

function commaBetween(sql: string, start: number, end: number): number | undefined {
  const comma = tokenize(sql.slice(start, end)).find((token) => token.text === ',');
  return comma === undefined ? undefined : start + comma.start;
}

/** A definition that ends with a comment to the end of the line would make a comment of what follows. */
export function closed(definition: string): string {
  const text = definition.trim();
  return text + newlineAfterComment(text);
}
