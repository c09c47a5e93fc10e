import { isOperator } from './reader.ts';
import { nameKey } from './names.ts';
import type { Token } from './types.ts';

/** A name in an expression, as written: `a`, `t.a`, `"t"."a"`. */
export interface NameInText {
  readonly text: string;
  /** The index of its first token, and of its last. */
  readonly first: number;
  readonly last: number;
}

/** Words that are never a column without quotes. */
const NEVER_NAMES = new Set(
  `add all alter and as autoincrement between case check collate commit constraint create default deferrable delete
  distinct drop else escape except exists false foreign from group having in index insert intersect into is isnull join limit
  not nothing notnull null on or order primary references returning select set table then to transaction true union unique
  update using values when where`.split(/\s+/),
);

/** The names in an expression that can be columns: all but functions. */
export function namesIn(tokens: readonly Token[]): readonly NameInText[] {
  const names: NameInText[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (!canBeName(tokens[i])) continue;
    const first = i;
    while (isOperator(tokens[i + 1], '.') && (canBeName(tokens[i + 2]) || tokens[i + 2]?.kind === 'word')) i += 2;
    if (isOperator(tokens[i + 1], '(') || isOperator(tokens[i + 1], '.')) continue;
    names.push({
      text: tokens
        .slice(first, i + 1)
        .map((token) => token.text)
        .join(''),
      first,
      last: i,
    });
  }
  return names;
}

function canBeName(token: Token | undefined): boolean {
  return token?.kind === 'quoted' || (token?.kind === 'word' && !NEVER_NAMES.has(nameKey(token.text)));
}
