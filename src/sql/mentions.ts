import { nameKey, unquote } from './names.ts';
import type { SqlStatement } from './types.ts';
import { isFrom, isKeyword, isName, isOperator } from './reader.ts';

/** All words and quoted identifiers of the statement, keywords among them, as name keys. Strings are not included. */
export function mentions(statement: SqlStatement): ReadonlySet<string> {
  const names = new Set<string>();
  for (const token of statement.tokens) {
    if (token.kind === 'word') names.add(nameKey(token.text));
    else if (token.kind === 'quoted') names.add(nameKey(unquote(token.text)));
  }
  return names;
}

/** Words that end a SET clause at its own depth of parentheses. */
const AFTER_SET = ['where', 'returning', 'order', 'limit', 'on'];

/** The keys of the columns that an UPDATE sets, or the DO UPDATE of an INSERT: `SET a = 1, (b, c) = (2, 3)`. */
export function setColumns(statement: SqlStatement): ReadonlySet<string> {
  return new Set(setNames(statement).map(nameKey));
}

/** The same, as they are written. */
export function setNames({ tokens }: SqlStatement): readonly string[] {
  const names: string[] = [];
  let depth = 0;
  let set: number | undefined;
  let left = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (isOperator(token, '(')) depth++;
    else if (isOperator(token, ')')) depth--;
    else if (set === undefined) {
      if (isKeyword(token, 'set')) [set, left] = [depth, true];
    } else if (depth === set && (isFrom(tokens, i) || AFTER_SET.some((word) => isKeyword(token, word))))
      set = undefined;
    else if (depth === set && isOperator(token, ',')) left = true;
    else if (depth === set && isOperator(token, '=')) left = false;
    else if (left && isName(token)) names.push(unquote(token.text));
  }
  return names;
}
