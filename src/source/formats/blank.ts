import type { FormatPart } from '../../migration/index.ts';

/** A part of a text, from `start` to before `end`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** The text with spaces in place of everything but `ranges`, which ascend. Line ends stay. */
function keepRanges(text: string, ranges: readonly TextRange[]): string {
  let kept = '';
  let at = 0;
  for (const { start, end } of ranges) {
    kept += blank(text.slice(at, start)) + text.slice(start, end);
    at = end;
  }
  return kept + blank(text.slice(at));
}

/** Spaces in place of a text. Line ends stay, and directives of Dunlin, which may stand above the first part. */
function blank(text: string): string {
  return text.replace(/^.*$/gm, (line) => (/^\s*--\s*dunlin\s*:/i.test(line) ? line : line.replace(/[^\r]/g, ' ')));
}

/** The part of a file that consists of some ranges of it. */
export function partOf(file: string, source: string, ranges: readonly TextRange[]): FormatPart {
  return { file, source, sql: keepRanges(source, ranges) };
}

/** A line of a text, without its end. */
export interface Line {
  readonly text: string;
  readonly start: number;
  /** Where the next line begins. */
  readonly next: number;
}

export function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    yield { text: text.slice(start, next).trimEnd(), start, next };
    start = next;
  }
}
