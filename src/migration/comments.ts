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

/** The comments of a text. Only the tokenizer can tell them from strings that look like comments. */
export function comments(text: string, tokens: readonly Token[]): Comment[] {
  return tokens
    .filter((token) => token.kind === 'comment')
    .map(({ start, end, text: written }) => {
      const isFirst = text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() === '' || start === 0;
      return { start, end, text: written.trimEnd(), isFirst, isLine: isFirst && written.startsWith('--') };
    });
}
