import type { Span } from './types.ts';

/** What stands in a stretch of a text. */
export function textOf(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}
