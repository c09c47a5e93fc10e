import { nameKey, unquote } from './names.ts';
import type { SqlStatement, Token } from './types.ts';

/** All words and quoted identifiers of the statement, keywords among them, as name keys. Strings are not included. */
export function mentions(statement: SqlStatement): ReadonlySet<string> {
  return identifiers(statement.tokens);
}

function identifiers(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'word') names.add(nameKey(token.text));
    else if (token.kind === 'quoted') names.add(nameKey(unquote(token.text)));
  }
  return names;
}
