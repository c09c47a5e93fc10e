import { dunlinError } from '../errors/index.ts';
import { splitStatements, type Token } from '../sql/index.ts';
import { batchesIn } from './batches.ts';
import type { Marker, MarkerKind } from './markers.ts';
import { locateStatement, positionAt } from './position.ts';
import type { Script } from './script.ts';
import type { BatchLine, Section } from './types.ts';

/** The part of a file between two markers. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of a file are. */
export interface Ranges {
  readonly up: Range;
  readonly down: Range | undefined;
  readonly verify: Range | undefined;
}

/**
 * Without an UP marker all of the file is UP, up to a VERIFY marker: a forward-only file can be verified without a word
 * about DOWN. With one, nothing but comments may stand above the first marker.
 */
export function findRanges(script: Script, markers: readonly Marker[]): Ranges {
  const { text } = script;
  const range = (kind: MarkerKind): Range | undefined => {
    const i = markers.findIndex((marker) => marker.kind === kind);
    if (i === -1) return undefined;
    // The marker's line belongs to no part.
    const start = text.indexOf('\n', markers[i]!.comment.end) + 1;
    return { start: start === 0 ? text.length : start, end: markers[i + 1]?.comment.start ?? text.length };
  };
  const up = range('up');
  const above = { start: 0, end: markers[0]?.comment.start ?? text.length };
  if (up !== undefined) refuseSqlAbove(script, above.end);
  return { up: up ?? above, down: range('down'), verify: range('verify') };
}

function refuseSqlAbove(script: Script, end: number): void {
  const token = script.tokens.find(({ kind }) => kind !== 'comment');
  if (token === undefined || token.start >= end) return;
  const { at, details } = locateStatement(script.origin, script.text, token.start);
  script.problems.push(dunlinError('SQL_BEFORE_MARKER', { at }, details));
}

/** The statements of a part, with their places in the whole file. */
export function cutSection(script: Script, range: Range, batches: readonly BatchLine[] = []): Section {
  const text = script.text.slice(range.start, range.end);
  const statements = splitStatements(text, positionAt(script.text, range.start), tokensIn(script, range));
  const lines = batches.filter(({ offset }) => offset >= range.start && offset < range.end);
  return { text, statements, batches: batchesIn(statements, lines) };
}

/** The tokens of a part; markers are comments, so none reaches beyond it. */
export function tokensIn(script: Script, { start, end }: Range): readonly Token[] {
  const { text, tokens } = script;
  if (start === 0 && end === text.length) return tokens;
  const after = (offset: number): number => {
    const i = tokens.findIndex((token) => token.start >= offset);
    return i === -1 ? tokens.length : i;
  };
  return tokens.slice(after(start), after(end));
}
