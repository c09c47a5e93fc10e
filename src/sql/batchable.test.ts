import { describe, expect, it } from 'vitest';
import { batchable, type Batchable } from './batchable.ts';
import { classify } from './classify.ts';
import { splitStatements } from './split.ts';

function cut(sql: string): Batchable | undefined {
  const [statement] = splitStatements(sql);
  return batchable(statement!, classify(statement!));
}

describe('batchable', () => {
  it.each([
    ['UPDATE t SET a = 1', { table: 't', alias: 't', head: 'UPDATE t SET a = 1', assigned: ['a'] }],
    [
      'update or ignore main.[my t] as "x" set (a, "b") = (1, 2), c = (select 1 where 1) where a > 1 -- why',
      {
        table: 'my t',
        alias: 'x',
        head: 'update or ignore main.[my t] as "x" set (a, "b") = (1, 2), c = (select 1 where 1) ',
        condition: ' a > 1',
        assigned: ['a', 'b', 'c'],
        reads: [],
      },
    ],
    [
      'UPDATE t SET a = o.b FROM o WHERE o.id = t.id AND t.x IN (SELECT y FROM p)',
      {
        table: 't',
        condition: ' o.id = t.id AND t.x IN (SELECT y FROM p)',
        assigned: ['a'],
        reads: ['o', 'p'],
      },
    ],
    [
      'WITH w AS (SELECT 1 FROM q WHERE 1) DELETE FROM t AS u WHERE u.id IN w',
      { table: 't', alias: 'u', head: 'WITH w AS (SELECT 1 FROM q WHERE 1) DELETE FROM t AS u ', reads: ['q', 'w'] },
    ],
    ['DELETE FROM t', { table: 't', head: 'DELETE FROM t', assigned: [], reads: [] }],
    ['UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END, d = 3', { assigned: ['a', 'd'] }],
  ])('cuts %s', (sql, expected) => {
    const parts = cut(sql)!;
    expect({ ...parts, table: parts.table.name, reads: [...parts.reads].toSorted() }).toMatchObject(expected);
  });

  it.each([
    'DELETE FROM t ORDER BY a LIMIT 1',
    'DELETE FROM t WHERE a LIMIT 1',
    'UPDATE t SET a = 1 RETURNING a',
    'INSERT INTO t VALUES (1)',
    'SELECT 1',
  ])('knows that nothing can be put into %s', (sql) => {
    expect(cut(sql)).toBeUndefined();
  });
});
