import { expect, it } from 'vitest';
import { splitStatements } from '../sql/index.ts';
import { insertWithout } from './computed-columns.ts';

it.each([
  ['INSERT INTO n("a", "b") SELECT "a", "b" FROM `t`', 'INSERT INTO n("a") SELECT "a" FROM `t`'],
  [
    'INSERT INTO main.n (b, /* x */ a, c) SELECT DISTINCT x + 1 AS b, coalesce(a, 0), (SELECT 2) FROM t AS u WHERE a > 1',
    'INSERT INTO main.n (a, c) SELECT DISTINCT coalesce(a, 0), (SELECT 2) FROM t AS u WHERE a > 1',
  ],
  [
    'WITH x AS (SELECT 1) INSERT INTO n (a, b) SELECT a, b FROM x',
    'WITH x AS (SELECT 1) INSERT INTO n (a) SELECT a FROM x',
  ],
  ['INSERT INTO n (a) SELECT a FROM t', undefined],
  ['INSERT INTO n SELECT a, b FROM t', undefined],
  ['INSERT INTO n (a, b) VALUES (1, 2)', undefined],
  ['INSERT INTO n (a, b) SELECT 1, 2', undefined],
  ['INSERT INTO n (a, b) SELECT * FROM t', undefined],
  ['INSERT INTO n (a, b) SELECT a, b FROM t UNION SELECT 1, 2', undefined],
])('leaves column b out of %s', (written, expected) => {
  const [statement] = splitStatements(`-- before\n${written}`);
  expect(insertWithout(statement!, ['B'])).toBe(expected);
});
