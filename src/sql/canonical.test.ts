import { expect, it } from 'vitest';
import { canonical } from './canonical.ts';

const same = (a: string, b: string): void => expect(canonical(a)).toBe(canonical(b));

it.each([
  ['white space', 'CREATE TABLE t(a,b)', 'CREATE TABLE t (\n\ta,\r\n  b\n)'],
  ['comments', 'CREATE TABLE t (a)', 'CREATE TABLE t (a -- the first\n) /* end'],
  ['the case of keywords', 'create table t (a not null)', 'CREATE Table t (a NOT null)'],
  ['true and false', 'CREATE TABLE t (a DEFAULT true)', 'CREATE TABLE t (a DEFAULT TRUE)'],
  ['needless quotes', 'CREATE TABLE t (a, b, c)', 'CREATE TABLE "t" ([a], `b`, "c")'],
  ['quotes of other kinds', 'CREATE TABLE [order] (`a b`)', 'CREATE TABLE "order" ("a b")'],
  ['a semicolon at the end', 'CREATE TABLE t (a)', 'CREATE TABLE t (a) ;'],
])('%s makes no difference', (_, a, b) => same(a, b));

it.each([
  ['the case of names', 'CREATE TABLE t (a)', 'CREATE TABLE t (A)'],
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

it('is its own canonical form', () => {
  const once = canonical('create table "t" ([order] text default "x y", `b` check (b <> \'--\')) strict;');
  expect(once).toBe(
    `CREATE TABLE t ( "order" text DEFAULT "x y" , b CHECK ( b <> '--' ) ) STRICT`.replace('STRICT', 'strict'),
  );
  expect(canonical(once)).toBe(once);
});
