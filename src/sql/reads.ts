import { isKeyword, isOperator } from './keyword.ts';
import { nameKey, unquote } from './names.ts';
import type { SqlStatement, Token } from './types.ts';

/** All words and quoted identifiers of the statement, keywords among them, as name keys. Strings are not included. */
export function mentions(statement: SqlStatement): ReadonlySet<string> {
  return identifiers(statement.tokens);
}

/**
 * What the statement's SELECT mentions: all identifiers from its first SELECT on, and whether a select list has a `*`
 * or `t.*`. Undefined without a SELECT. RETURNING ends it, for what it lists is read from the table that was written.
 */
export function selection(
  statement: SqlStatement,
): { readonly mentions: ReadonlySet<string>; readonly star: boolean } | undefined {
  const begin = statement.tokens.findIndex((token) => isKeyword(token, 'select'));
  if (begin === -1) return undefined;
  const end = statement.tokens.findIndex((token, i) => i > begin && isKeyword(token, 'returning'));
  const tokens = statement.tokens.slice(begin, end === -1 ? undefined : end);
  return { mentions: identifiers(tokens), star: tokens.some((_, i) => isSelectStar(tokens, i)) };
}

/** What RETURNING lists, in the same way. Undefined without it. */
export function returned(statement: SqlStatement): ReturnType<typeof selection> {
  const begin = statement.tokens.findIndex((token) => isKeyword(token, 'returning'));
  if (begin === -1) return undefined;
  const tokens = statement.tokens.slice(begin);
  return { mentions: identifiers(tokens), star: tokens.some((_, i) => isSelectStar(tokens, i)) };
}

function identifiers(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'word') names.add(nameKey(token.text));
    else if (token.kind === 'quoted') names.add(nameKey(unquote(token.text)));
  }
  return names;
}

/** A multiplication has an operand before its `*`, and count(*) a parenthesis. */
function isSelectStar(tokens: readonly Token[], i: number): boolean {
  if (!isOperator(tokens[i], '*')) return false;
  const before = tokens[i - 1];
  if (isOperator(before, ',') || isOperator(before, '.')) return true;
  if (isKeyword(before, 'distinct') || isKeyword(before, 'all') || isKeyword(before, 'returning')) return true;
  // EXISTS (SELECT * ...) selects nothing.
  return isKeyword(before, 'select') && !(isOperator(tokens[i - 2], '(') && isKeyword(tokens[i - 3], 'exists'));
}
