import { nameKey, unquote } from './names.ts';
import type { Token, ObjectName } from './types.ts';

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

/** Whether FROM is there: `a IS DISTINCT FROM b` compares. */
export function isFrom(tokens: readonly Token[], index: number): boolean {
  return isKeyword(tokens[index], 'from') && !isKeyword(tokens[index - 1], 'distinct');
}

/** The index behind EXPLAIN or EXPLAIN QUERY PLAN. */
export function afterExplain(tokens: readonly Token[]): number {
  if (!isKeyword(tokens[0], 'explain')) return 0;
  return isKeyword(tokens[1], 'query') && isKeyword(tokens[2], 'plan') ? 3 : 1;
}

/** Reads a statement's tokens from left to right. */
export class TokenReader {
  readonly tokens: readonly Token[];
  index: number;

  constructor(tokens: readonly Token[], index: number) {
    this.tokens = tokens;
    this.index = index;
  }

  get next(): Token | undefined {
    return this.tokens[this.index];
  }

  /** Steps over this keyword if it comes next. */
  keyword(keyword: string): boolean {
    if (!isKeyword(this.next, keyword)) return false;
    this.index++;
    return true;
  }

  operator(operator: string): boolean {
    if (!isOperator(this.next, operator)) return false;
    this.index++;
    return true;
  }

  name(): string | undefined {
    if (!isName(this.next)) return undefined;
    const name = unquote(this.next.text);
    this.index++;
    return name;
  }

  /** `name` or `schema.name`. */
  objectName(): ObjectName | undefined {
    const first = this.name();
    if (first === undefined) return undefined;
    if (!this.operator('.')) return { schema: undefined, name: first };
    const second = this.name();
    return second === undefined ? undefined : { schema: first, name: second };
  }
}
