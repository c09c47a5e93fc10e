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
