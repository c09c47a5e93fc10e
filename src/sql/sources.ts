import { isKeyword, isName, isOperator } from './reader.ts';
import { nameKey, unquote } from './names.ts';
import type { SqlStatement } from './types.ts';

/** What ends a FROM clause at its own depth of parentheses. All are reserved: no table or alias can be spelled so. */
const AFTER_FROM = new Set(
  'where group having order limit union except intersect select values set returning'.split(' '),
);

/**
 * The names that stand where a table is read, as name keys: behind FROM, JOIN, a comma of a FROM clause, or IN. It
 * never misses one; it may have more (common table expressions, table-valued functions). The target of a DELETE, an
 * UPDATE or an INSERT is not read by that alone.
 */
export function sources(statement: SqlStatement): ReadonlySet<string> {
  const { tokens } = statement;
  const names = new Set<string>();
  /** Whether each open parenthesis, and the statement outside them, is in a FROM clause at this point. */
  const inFrom: boolean[] = [false];
  let expected = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const depth = inFrom.length - 1;
    if (isOperator(token, '(')) {
      // FROM (a, b) goes on with the list, f(a, b) does not. WITH can be a table's name, but not behind a parenthesis.
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
      expected = !isOperator(tokens[i + 1], '('); // `x IN t` reads t; a list or a SELECT speaks for itself
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
