import { expect, it } from 'vitest';
import { indexClauses, triggerClauses } from './clauses.ts';
import { asOneLine, toOneLine } from './one-line.ts';

it('splits CREATE INDEX into clauses', () => {
  expect(
    Object.fromEntries(indexClauses('create unique /* x */ index "i" on [t] ( lower("a") desc, b ) where a > (1)')),
  ).toEqual({
    UNIQUE: 'UNIQUE',
    table: 't',
    columns: '(lower(a) DESC, b)',
    WHERE: 'WHERE a > (1)',
  });
  expect([...indexClauses('CREATE INDEX i ON t (a)').keys()]).toEqual(['table', 'columns']);
  expect([...indexClauses('CREATE TABLE t (a)').keys()]).toEqual([]);
});

it('splits CREATE TRIGGER into clauses', () => {
  const sql =
    'create trigger r instead of update of a, b on v for each row when new.a > 1 begin select 1; select 2; end';
  expect(Object.fromEntries(triggerClauses(sql))).toEqual({
    event: 'INSTEAD OF UPDATE OF a, b',
    table: 'v',
    WHEN: 'WHEN new.a > 1',
    body: 'BEGIN SELECT 1; SELECT 2; END',
  });
  expect([...triggerClauses('CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END').keys()]).toEqual([
    'event',
    'table',
    'body',
  ]);
  expect([...triggerClauses('CREATE VIEW v AS SELECT 1').keys()]).toEqual([]);
});

it('formats SQL on one line', () => {
  expect(toOneLine('CHECK(a>0 AND\n b IN(1,2) -- x\n) ')).toBe('CHECK (a > 0 AND b IN (1, 2))');
  expect(toOneLine('a . b , count ( * )')).toBe('a.b, count(*)');
});

it('puts SQL on one line as it is written', () => {
  expect(asOneLine("CREATE TABLE t(\n  a, -- the first\n\tb DEFAULT 'x -- y'\n) ")).toBe(
    "CREATE TABLE t( a, b DEFAULT 'x -- y' )",
  );
});
