import { isReserved, nameKey } from './names.ts';
import { tokenize } from './tokenize.ts';
import type { Token } from './types.ts';

/** Formats SQL on one line for messages, without comments. */
export function toOneLine(sql: string): string {
  let text = '';
  let before: Token | undefined;
  for (const token of tokenize(sql)) {
    if (token.kind === 'comment') continue;
    if (before !== undefined && isApart(before, token)) text += ' ';
    text += token.text;
    before = token;
  }
  return text;
}

function isApart(before: Token, token: Token): boolean {
  if (token.text === ',' || token.text === ')' || token.text === ';' || token.text === '.') return false;
  if (before.text === '(' || before.text === '.') return false;
  // count(*), but CHECK (...) and IN (...)
  return token.text !== '(' || before.kind !== 'word' || isReserved(nameKey(before.text));
}

/** SQL as it is written, on one line: comments and white space between two tokens become one space. */
export function asOneLine(sql: string): string {
  let text = '';
  let end: number | undefined;
  for (const token of tokenize(sql)) {
    if (token.kind === 'comment') continue;
    if (end !== undefined && token.start > end) text += ' ';
    text += token.text.replace(/\s+/g, ' ');
    end = token.end;
  }
  return text;
}
