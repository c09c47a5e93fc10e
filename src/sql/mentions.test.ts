import { describe, expect, it } from 'vitest';
import { mentions, setColumns } from './mentions.ts';
import { splitStatements } from './split.ts';

const statement = (sql: string) => splitStatements(sql)[0]!;

describe('mentions', () => {
  it('has every identifier as a name key, without strings and variables', () => {
    const found = mentions(
      statement(`SELECT Email, "Full ""Name", [x], \`Y\` FROM main.Users WHERE a = 'no' AND b = :no2`),
    );
    for (const name of ['email', 'full "name', 'x', 'y', 'main', 'users', 'a', 'b']) expect(found).toContain(name);
    for (const name of ['no', ':no2', 'no2']) expect(found).not.toContain(name);
  });
});

describe('setColumns', () => {
  it.each([
    ['UPDATE t SET a = 1', ['a']],
    ['UPDATE t SET "A" = b + c, [d e] = (SELECT x FROM y WHERE z = 1), f = g WHERE h = 2', ['a', 'd e', 'f']],
    ['UPDATE t SET (a, b) = (1, 2), c = 3 FROM u', ['a', 'b', 'c']],
    ['INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE c', ['b']],
    ['INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 ON CONFLICT DO UPDATE SET c = 2', ['b', 'c']],
    ['UPDATE t SET a = b IS DISTINCT FROM c, d = 1 FROM u', ['a', 'd']],
    ['DELETE FROM t WHERE a = 1', []],
  ])('%s', (sql, columns) => {
    expect([...setColumns(statement(sql))]).toEqual(columns);
  });
});
