import { expect, it } from 'vitest';
import { canonical } from './canonical.ts';
import { tokenize } from './tokenize.ts';

const same = (a: string, b: string): void => expect(canonical(a)).toBe(canonical(b));

const trigger = 'CREATE TRIGGER r AFTER DELETE ON t BEGIN';

it.each([
  ['white space', 'CREATE TABLE t(a,b)', 'CREATE TABLE t (\n\ta,\r\n  b\n)'],
  ['comments', 'CREATE TABLE t (a)', 'CREATE TABLE t (a -- the first\n) /* end'],
  ['the case of keywords', 'create table t (a not null)', 'CREATE Table t (a NOT null)'],
  ['true and false', 'CREATE TABLE t (a DEFAULT true)', 'CREATE TABLE t (a DEFAULT TRUE)'],
  ['needless quotes', 'CREATE TABLE t (a, b, c)', 'CREATE TABLE "t" ([a], `b`, "c")'],
  ['quotes of other kinds', 'CREATE TABLE [order] (`a b`)', 'CREATE TABLE "order" ("a b")'],
  [
    'quotes around a name that is a keyword elsewhere',
    'CREATE TABLE t (key, no DEFAULT yes)',
    'CREATE TABLE t ("key", [no] DEFAULT yes)',
  ],
  ['quotes around the name of a result', 'CREATE VIEW v AS SELECT 1 AS key', 'CREATE VIEW v AS SELECT 1 AS "key"'],
  [
    'the case of a key',
    'CREATE TABLE t (a primary key on conflict replace)',
    'CREATE TABLE t (a PRIMARY KEY ON CONFLICT REPLACE)',
  ],
  [
    'the case of an action',
    'CREATE TABLE t (a REFERENCES p on update cascade)',
    'CREATE TABLE t (a REFERENCES p ON UPDATE CASCADE)',
  ],
  [
    'the case of a function',
    "CREATE VIEW v AS SELECT replace(a, 'x', '') FROM t",
    "CREATE VIEW v AS SELECT REPLACE(a, 'x', '') FROM t",
  ],
  [
    'the case of an answer to a conflict',
    `${trigger} insert or replace INTO t SELECT raise(ignore); END`,
    `${trigger} INSERT OR REPLACE INTO t SELECT RAISE ( /* x */ IGNORE); END`,
  ],
  [
    'the case of a join',
    'CREATE VIEW v AS SELECT 1 FROM a left join b',
    'CREATE VIEW v AS SELECT 1 FROM a LEFT JOIN b',
  ],
  [
    'the case of a window',
    'CREATE VIEW v AS SELECT max(a) OVER (rows 1 preceding) FROM t',
    'CREATE VIEW v AS SELECT max(a) OVER (ROWS 1 PRECEDING) FROM t',
  ],
  [
    'the case of WITHOUT ROWID',
    'CREATE TABLE t (a PRIMARY KEY) strict, without ROWID',
    'CREATE TABLE t (a PRIMARY KEY) strict, WITHOUT ROWID',
  ],
  ['a semicolon at the end', 'CREATE TABLE t (a)', 'CREATE TABLE t (a) ;'],
])('%s makes no difference', (_, a, b) => same(a, b));

it.each([
  ['the case of names', 'CREATE TABLE t (a)', 'CREATE TABLE t (A)'],
  [
    'the case of a name that is a keyword elsewhere',
    'CREATE TABLE t (left, key TEXT)',
    'CREATE TABLE t (left, KEY TEXT)',
  ],
  ['the case of a word as default', 'CREATE TABLE t (a DEFAULT no)', 'CREATE TABLE t (a DEFAULT NO)'],
  ['the case of a name of a join', 'CREATE TABLE t (left)', 'CREATE TABLE t (Left)'],
  ['the case of a result', 'CREATE VIEW v AS SELECT a.key FROM a', 'CREATE VIEW v AS SELECT a.KEY FROM a'],
  ['quotes around a keyword', 'CREATE TABLE t (a DEFAULT null)', 'CREATE TABLE t (a DEFAULT "null")'],
  ['quotes around a literal', 'CREATE VIEW v AS SELECT true', 'CREATE VIEW v AS SELECT "true"'],
  ['a string', "CREATE TABLE t (a DEFAULT 'x')", "CREATE TABLE t (a DEFAULT 'X')"],
  ['a string that looks like a name', "CREATE VIEW v AS SELECT 'a'", 'CREATE VIEW v AS SELECT a'],
  ['a word that has its own meaning elsewhere', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a real)'],
  ['a name that only begins like a word', 'CREATE TABLE t ("a b")', 'CREATE TABLE t (a b)'],
])('%s makes one', (_, a, b) => expect(canonical(a)).not.toBe(canonical(b)));

it('leaves the arguments of a virtual table to its module', () => {
  same('create virtual table "f" using fts5 (a,  "b")', 'CREATE VIRTUAL TABLE f USING fts5(a, "b")');
  expect(canonical('CREATE VIRTUAL TABLE f USING fts5("a", Key)')).toBe(
    'CREATE VIRTUAL TABLE f USING fts5 ( "a" , Key )',
  );
  expect(canonical('create virtual table f using dbstat')).toBe('CREATE VIRTUAL TABLE f USING dbstat');
});

it('reads a text and its tokens in the same way', () => {
  const text = 'create view v as select key -- first\n, "no" from t where end > current_timestamp';
  expect(canonical(text, tokenize(text))).toBe(canonical(text));
  expect(canonical(text)).toBe('CREATE VIEW v AS SELECT "key" , "no" FROM t WHERE "end" > CURRENT_TIMESTAMP');
});

it('is its own canonical form', () => {
  const once = canonical('create table "t" ([order] text default "x y", `b` check (b <> \'--\')) strict;');
  expect(once).toBe(
    `CREATE TABLE t ( "order" text DEFAULT "x y" , b CHECK ( b <> '--' ) ) STRICT`.replace('STRICT', 'strict'),
  );
  expect(canonical(once)).toBe(once);
});
