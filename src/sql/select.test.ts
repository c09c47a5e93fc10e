import { describe, expect, it } from 'vitest';
import { innerSelects, parseRowCopy, updateParts, type Select } from './select.ts';
import { splitStatements } from './split.ts';
import type { Token } from './types.ts';

const parsed = (sql: string): ReturnType<typeof parseRowCopy> => parseRowCopy(splitStatements(sql)[0]!);
const only = (sql: string): Select => {
  const { selects } = parsed(sql);
  expect(selects).toHaveLength(1);
  return selects[0]!;
};
const joined = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join(' ');

describe('parseRowCopy', () => {
  it.each([
    ['SELECT 1', 1],
    ['INSERT INTO n SELECT * FROM t', 1],
    ['REPLACE INTO n SELECT * FROM t', 1],
    ['INSERT OR IGNORE INTO main.n AS m (a, b) SELECT 1, 2', 1],
    ['CREATE TABLE n AS SELECT * FROM t', 1],
    ['CREATE TEMP TABLE n AS WITH c AS (SELECT 1) SELECT * FROM c', 1],
    ['CREATE TABLE n (a, b)', 0],
    ['INSERT INTO n VALUES (1, (SELECT 2))', 0],
    ['INSERT INTO n DEFAULT VALUES', 0],
    ['INSERT INTO n', 0],
    ['DELETE FROM t WHERE a IN (SELECT 1)', 0],
    ['WITH c AS (SELECT 1)', 0],
    ['INSERT INTO n WITH c AS (SELECT 1)', 0],
    ['UPDATE t SET a = (SELECT 1)', 0],
    ['SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3', 3],
    ['INSERT INTO n SELECT 1 UNION ALL VALUES (2)', 1],
    ['INSERT INTO n SELECT * FROM (SELECT 1 UNION SELECT 2)', 1],
  ])('%s has %d SELECTs', (sql, count) => {
    expect(parsed(sql).selects).toHaveLength(count);
  });

  it.each([
    ['INSERT INTO n SELECT * FROM t', undefined],
    ['INSERT INTO n (a, "B c", [d]) SELECT 1, 2, 3', ['a', 'B c', 'd']],
    ['INSERT INTO main.n AS m (a) SELECT 1', ['a']],
    ['REPLACE INTO n (a) SELECT 1', ['a']],
    ['WITH c (x) AS (SELECT 1) INSERT INTO n (a) SELECT x FROM c', ['a']],
    ['CREATE TABLE n AS SELECT (1) AS a', undefined],
  ])('%s names the columns %j', (sql, columns) => {
    expect(parsed(sql).columns).toEqual(columns);
  });

  it.each([
    ['SELECT 1', ''],
    ['WITH c AS (SELECT 1) SELECT * FROM c', 'WITH c AS (SELECT 1)'],
    [
      'WITH RECURSIVE c (x) AS (SELECT 1), d AS (SELECT 2) INSERT INTO n SELECT * FROM c',
      'WITH RECURSIVE c (x) AS (SELECT 1), d AS (SELECT 2)',
    ],
    ['INSERT INTO n WITH c AS (SELECT 1) SELECT * FROM c', 'WITH c AS (SELECT 1)'],
    ['CREATE TABLE n AS WITH c AS (SELECT 1) SELECT * FROM c', 'WITH c AS (SELECT 1)'],
    ['CREATE TABLE n AS SELECT 1', ''],
  ])('%s has the WITH clause %j', (sql, text) => {
    const copy = parsed(sql);
    expect(copy.with).toBe(text);
    expect(joined(copy.withTokens).replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });

  it.each([
    ['SELECT 1 UNION SELECT 2', true],
    ['SELECT 1 EXCEPT SELECT 2', true],
    ['SELECT 1 INTERSECT SELECT 2', true],
    ['SELECT 1 UNION ALL SELECT 2', false],
    ['SELECT 1 UNION ALL SELECT 2 UNION SELECT 3', true],
    ['SELECT * FROM (SELECT 1 UNION SELECT 2)', false],
  ])('%s: equal rows of its SELECTs become one: %s', (sql, merges) => {
    expect(parsed(sql).merges).toBe(merges);
  });

  it.each([
    'INSERT INTO n SELECT * FROM t WHERE 1 ON CONFLICT (a) DO UPDATE SET a = 1',
    'INSERT INTO n SELECT * FROM t WHERE 1 ON CONFLICT DO UPDATE SET a = 1',
    'INSERT INTO n SELECT * FROM t WHERE 1 ON CONFLICT DO NOTHING',
    'INSERT INTO n SELECT * FROM t RETURNING a',
  ])('%s: its SELECT ends before that', (sql) => {
    expect(parsed(sql).selects[0]!.sql).toMatch(/^SELECT \* FROM t( WHERE 1)?$/);
  });

  it('keeps the ON of a join', () => {
    expect(only('INSERT INTO n SELECT * FROM t JOIN u ON t.a = u.a').from).toBe('FROM t JOIN u ON t.a = u.a');
  });

  it('reads the text behind a comment and a space', () => {
    const [, second] = splitStatements('SELECT 0;\n/* é */ SELECT a /* b */ FROM t -- c\n WHERE d');
    const { selects } = parseRowCopy(second!);
    expect(selects[0]).toMatchObject({ sql: 'SELECT a /* b */ FROM t -- c\n WHERE d', from: 'FROM t' });
  });
});

describe('the items of a SELECT', () => {
  it.each([
    ['a, t.b, "c"', ['a', 't . b', '"c"'], ['a', 'b', 'c']],
    ['*', ['*'], [undefined]],
    ['t.*, 1', ['t . *', '1'], [undefined, undefined]],
    ['a AS b, a c, a "D"', ['a', 'a', 'a'], ['b', 'c', 'd']],
    ['upper(a) b, max(a, b)', ['upper ( a )', 'max ( a , b )'], ['b', undefined]],
    ['a + b', ['a + b'], [undefined]],
    ['a COLLATE nocase', ['a COLLATE nocase'], [undefined]],
    ['NOT a, a IS b, a LIKE b', ['NOT a', 'a IS b', 'a LIKE b'], [undefined, undefined, undefined]],
    ['CASE WHEN a THEN b END', ['CASE WHEN a THEN b END'], [undefined]],
    ['CASE WHEN a THEN b END c', ['CASE WHEN a THEN b END'], ['c']],
    ["'x' name, 1 n", ["'x'", '1'], ['name', 'n']],
    ['(SELECT a, b FROM u), c', ['( SELECT a , b FROM u )', 'c'], [undefined, 'c']],
  ])('%s', (list, items, names) => {
    const select = only(`SELECT ${list} FROM t`);
    expect(select.items.map(joined)).toEqual(items);
    expect(select.names).toEqual(names);
  });

  it.each(['DISTINCT', 'ALL'])('are distinguished from %s', (word) => {
    expect(only(`SELECT ${word} a, b FROM t`).items.map(joined)).toEqual(['a', 'b']);
  });

  it('end before WHERE where there is no FROM', () => {
    const select = only('SELECT 1 WHERE 0');
    expect(select.items.map(joined)).toEqual(['1']);
    expect(select).toMatchObject({ from: '', fromTokens: [], table: undefined });
    expect(joined(select.rest)).toBe('WHERE 0');
  });

  it('do not end at IS DISTINCT FROM', () => {
    const select = only('SELECT a IS DISTINCT FROM b, c FROM t');
    expect(select.items.map(joined)).toEqual(['a IS DISTINCT FROM b', 'c']);
    expect(select.from).toBe('FROM t');
  });
});

describe('the FROM clause of a SELECT', () => {
  it.each([
    ['t', 't', undefined],
    ['main.t', 't', 'main'],
    ['"T" AS x', 'T', undefined],
    ['[t u] x', 't u', undefined],
  ])('%s is one table', (from, name, schema) => {
    expect(only(`SELECT * FROM ${from} WHERE 1`).table).toEqual({ name, schema });
  });

  it.each([
    't, u',
    't JOIN u',
    't x, u y',
    't NATURAL JOIN u',
    '(SELECT * FROM t)',
    '(t)',
    'json_each(t)',
    't NOT INDEXED',
    'VALUES (1)',
  ])('%s is not known to be one table', (from) => {
    expect(only(`SELECT * FROM ${from}`).table).toBeUndefined();
  });

  it.each(['WHERE a', 'GROUP BY a', 'HAVING a', 'WINDOW w AS (ORDER BY a)', 'ORDER BY a', 'LIMIT 1'])(
    'ends before %s',
    (rest) => {
      const select = only(`SELECT * FROM t AS x ${rest}`);
      expect(select.from).toBe('FROM t AS x');
      expect(joined(select.rest).replaceAll(' ', '')).toBe(rest.replaceAll(' ', ''));
    },
  );
});

it.each([
  ['SELECT DISTINCT a FROM t', true],
  ['SELECT a FROM t GROUP BY a', true],
  ['SELECT a FROM t WHERE b GROUP BY a', true],
  ['SELECT a FROM t ORDER BY a', false],
  ['SELECT count(DISTINCT a) FROM t', false],
  ['SELECT a FROM (SELECT DISTINCT a FROM t)', false],
])('%s: several rows may become one: %s', (sql, merges) => {
  expect(only(sql).merges).toBe(merges);
});

describe('innerSelects', () => {
  const inner = (sql: string): string[] => {
    const statement = splitStatements(sql)[0]!;
    return innerSelects(statement, statement.tokens).map((select) => select.sql);
  };

  it.each([
    ['INSERT INTO n VALUES (1)', []],
    ['UPDATE t SET a = (SELECT b FROM u WHERE c = (SELECT 1))', ['SELECT b FROM u WHERE c = (SELECT 1)', 'SELECT 1']],
    [
      'SELECT a FROM (SELECT 1 AS a UNION ALL SELECT 2)',
      ['SELECT a FROM (SELECT 1 AS a UNION ALL SELECT 2)', 'SELECT 1 AS a', 'SELECT 2'],
    ],
    ['DELETE FROM t WHERE a IN (SELECT b FROM u) AND c', ['SELECT b FROM u']],
    ['SELECT 1 INTERSECT SELECT 2', ['SELECT 1', 'SELECT 2']],
  ])('%s', (sql, expected) => {
    expect(inner(sql)).toEqual(expected);
  });

  it('searches only the given tokens', () => {
    const statement = splitStatements('SELECT (SELECT 1), (SELECT 2)')[0]!;
    const [, second] = parseRowCopy(statement).selects[0]!.items;
    expect(innerSelects(statement, second!).map((select) => select.sql)).toEqual(['SELECT 2']);
  });
});

describe('updateParts', () => {
  it.each([
    ['UPDATE t SET a = 1, b = (SELECT c FROM u) WHERE d', 'a = 1 , b = ( SELECT c FROM u )', ''],
    ['UPDATE t SET a = u.b FROM u JOIN v USING (c) WHERE d', 'a = u . b', 'FROM u JOIN v USING (c)'],
    ['UPDATE t SET a = u.b FROM u RETURNING a', 'a = u . b', 'FROM u'],
    ['UPDATE t SET a = u.b FROM u', 'a = u . b', 'FROM u'],
    ['UPDATE t SET a = 1 RETURNING b', 'a = 1', ''],
    ['UPDATE t SET a = 1 WHERE b IS DISTINCT FROM c', 'a = 1', ''],
    ['UPDATE t SET a = b IS DISTINCT FROM c, d = 1', 'a = b IS DISTINCT FROM c , d = 1', ''],
    ['INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE c', 'b = excluded . b', ''],
    ['INSERT INTO t SELECT * FROM u', '', ''],
    ['DELETE FROM t', '', ''],
  ])('%s', (sql, set, from) => {
    const parts = updateParts(splitStatements(sql)[0]!);
    expect(joined(parts.set)).toBe(set);
    expect(parts.from).toBe(from);
  });
});
