import type { Token } from '../sql/index.ts';

/** A `--` or block comment of a file. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  /** As written, without white space at its end. */
  readonly text: string;
  /** It begins with `--` and nothing but white space stands before it on its line: it may be a marker or a directive. */
  readonly isLine: boolean;
  /** Nothing but white space stands before it on its line. */
  readonly isFirst: boolean;
}

/**
 * The comments of a text. Only the tokenizer can tell them from strings that look like comments. Between two tokens
 * there is white space alone, so a comment is the first of its line if a line feed stands between it and the token
 * before; to look at its whole line for each would take minutes where a generated file is one line.
 */
export function comments(text: string, tokens: readonly Token[]): Comment[] {
  const found: Comment[] = [];
  let before: number | undefined;
  for (const { kind, start, end, text: written } of tokens) {
    if (kind === 'comment') {
      const isFirst = before === undefined || text.slice(before, start).includes('\n');
      found.push({ start, end, text: written.trimEnd(), isFirst, isLine: isFirst && written.startsWith('--') });
    }
    before = end;
  }
  return found;
}
