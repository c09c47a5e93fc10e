import { nameKey } from './names.ts';
import type { Token } from './types.ts';

/** Whether a token is this keyword, given in lower case. A quoted one never is: `"select"` is a name. */
export function isKeyword(token: Token | undefined, keyword: string): boolean {
  if (token === undefined || token.text.length !== keyword.length || token.kind !== 'word') return false;
  const { text } = token;
  return text === keyword || (text.toLowerCase() === keyword && nameKey(text) === keyword);
}

export function isOperator(token: Token | undefined, operator: string): boolean {
  return token !== undefined && token.kind === 'operator' && token.text === operator;
}

/** Whether a token can be a name. SQLite also takes a 'string' where only a name can stand. */
export function isName(token: Token | undefined): token is Token {
  return token !== undefined && (token.kind === 'word' || token.kind === 'quoted' || token.kind === 'string');
}

/** The index behind EXPLAIN or EXPLAIN QUERY PLAN. */
export function afterExplain(tokens: readonly Token[]): number {
  if (!isKeyword(tokens[0], 'explain')) return 0;
  return isKeyword(tokens[1], 'query') && isKeyword(tokens[2], 'plan') ? 3 : 1;
}
