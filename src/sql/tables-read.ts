import { isKeyword, isName, isOperator } from './reader.ts';
import { nameKey, unquote } from './names.ts';
import type { SqlStatement } from './types.ts';

/** Words that end a FROM clause at its own depth of parentheses. All are reserved, so none is a table or an alias. */
const AFTER_FROM = new Set(
  'where group having order limit union except intersect select values set returning'.split(' '),
);

/**
 * The name keys of the tables that a statement may read: names after FROM, JOIN, a comma of a FROM clause, or IN. None is
 * missing, but some may not be tables (common table expressions, table-valued functions). The target of a DELETE, UPDATE
 * or INSERT does not count.
 */
export function tablesRead(statement: SqlStatement): ReadonlySet<string> {
  const { tokens } = statement;
  const names = new Set<string>();
  /** For the statement and each open parenthesis: whether this token is in its FROM clause. */
  const inFrom: boolean[] = [false];
  let expected = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const depth = inFrom.length - 1;
    if (isOperator(token, '(')) {
      // FROM (a, b) continues the list, f(a, b) does not. WITH can be a table's name, but not after a parenthesis.
      expected &&= !isKeyword(tokens[i + 1], 'with');
      inFrom.push(expected);
    } else if (isOperator(token, ')')) {
      if (depth > 0) inFrom.pop();
      expected = false;
    } else if (isOperator(token, ',')) {
      expected = inFrom[depth]!;
    } else if (isKeyword(token, 'from')) {
      // `a IS DISTINCT FROM b` compares.
      expected = !isKeyword(tokens[i - 1], 'delete') && !isKeyword(tokens[i - 1], 'distinct');
      inFrom[depth] ||= expected;
    } else if (isKeyword(token, 'join')) {
      expected = true;
    } else if (isKeyword(token, 'in')) {
      expected = !isOperator(tokens[i + 1], '('); // `x IN t` reads t
    } else if (token.kind === 'word' && AFTER_FROM.has(nameKey(token.text))) {
      inFrom[depth] = expected = false;
    } else {
      if (expected && isName(token)) {
        const qualified = isOperator(tokens[i + 1], '.') ? tokens[i + 2] : undefined;
        names.add(nameKey(unquote((isName(qualified) ? qualified : token).text)));
      }
      expected = false;
    }
  }
  return names;
}
