import { isFallback, nameKey, quote, quoteIfNeeded, unquote } from './names.ts';
import { isKeyword, isOperator } from './reader.ts';
import { closingParenthesis, splitByComma } from './select.ts';
import type { Token } from './types.ts';

/**
 * The form in which expressions are compared that mean the same to SQLite: words in lower case, `!=` and `==` as `<>` and
 * `=`, no parentheses around the whole or around a single name or value. `names` are the keys of the names that it can
 * have. Any other name in double quotes may be a string (sqlite.org/quirks.html, section 8), so it stays as it is.
 */
export function tokensForm(tokens: readonly Token[], names: ReadonlySet<string>): string {
  return withoutNeedless(withoutOuter(tokens))
    .map((token) => tokenForm(token, names))
    .join(' ');
}

const SAME_OPERATORS: ReadonlyMap<string, string> = new Map([
  ['!=', '<>'],
  ['==', '='],
]);

function tokenForm({ kind, text }: Token, names: ReadonlySet<string>): string {
  if (kind === 'word' || kind === 'number' || kind === 'blob') return nameKey(text);
  if (kind === 'operator') return SAME_OPERATORS.get(text) ?? text;
  if (kind !== 'quoted') return text;
  const name = unquote(text);
  return text.startsWith('"') && !names.has(nameKey(name)) ? quote(name) : nameForm(name);
}

/**
 * A name in lower case, in quotes if it could be taken for something else without. `key` and `no` need none: where they
 * are names, SQLite allows no keyword.
 */
export function nameForm(name: string): string {
  const key = nameKey(name);
  return isFallback(key) ? key : quoteIfNeeded(key);
}

/** Without the parentheses around the whole. A subquery and a list need theirs. */
export function withoutOuter(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens;
  while (isOperator(inner[0], '(') && closingParenthesis(inner, 1) === inner.length - 1) {
    const rest = inner.slice(1, -1);
    if (rest.length === 0 || isList(rest)) break;
    inner = rest;
  }
  return inner;
}

function isList(tokens: readonly Token[]): boolean {
  return LISTS.some((word) => isKeyword(tokens[0], word)) || splitByComma(tokens).length > 1;
}

const LISTS = ['select', 'values', 'with'];

/** After any other word, parentheses are a call's or a list's. */
const BEFORE_VALUE = 'and or not is between like glob case when then else select where having by set on'.split(' ');

/** Without parentheses around a single name or value, which no order of operators can need. */
function withoutNeedless(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = [];
  for (const token of tokens) {
    kept.push(token);
    while (
      isOperator(kept.at(-1), ')') &&
      isOperator(kept.at(-3), '(') &&
      isValue(kept.at(-2)) &&
      startsValue(kept.at(-4))
    )
      kept.splice(-3, 3, kept.at(-2)!);
  }
  return kept;
}

function isValue(token: Token | undefined): boolean {
  return token !== undefined && token.kind !== 'operator';
}

function startsValue(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'operator') return before.text !== ')';
  return BEFORE_VALUE.some((word) => isKeyword(before, word));
}
