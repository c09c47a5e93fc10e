import { expect, it } from 'vitest';
import { setColumns } from './set-columns.ts';
import { splitStatements } from './split.ts';

it.each([
  ['UPDATE t SET a = 1', ['a']],
  ['UPDATE t SET "A" = b + c, [d e] = (SELECT x FROM y WHERE z = 1), f = g WHERE h = 2', ['a', 'd e', 'f']],
  ['UPDATE t SET (a, b) = (1, 2), c = 3 FROM u', ['a', 'b', 'c']],
  ['INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE c', ['b']],
  ['INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 ON CONFLICT DO UPDATE SET c = 2', ['b', 'c']],
  ['DELETE FROM t WHERE a = 1', []],
])('%s', (sql, columns) => {
  expect([...setColumns(splitStatements(sql)[0]!)]).toEqual(columns);
});
