import { isKeyword, isName, isOperator } from './keyword.ts';
import { unquote } from './names.ts';
import type { ObjectName, Token } from './types.ts';

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
