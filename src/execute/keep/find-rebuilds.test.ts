import { expect, it } from 'vitest';
import { applyPolicy } from '../../plan/policy.ts';
import { splitStatements } from '../../sql/index.ts';
import { findRebuilds } from './find-rebuilds.ts';

/** The rebuilds in a text: each name, with the numbers of its three statements. */
function found(sql: string): readonly string[] {
  const context = { id: 'm', file: 'm.sql', text: sql, noTransaction: false };
  const { statements } = applyPolicy(splitStatements(sql), context);
  return findRebuilds(statements).map(
    ({ name, createStatement, freesName, lastStatement }) =>
      `${name} ${createStatement.number} ${freesName.number} ${lastStatement.number}`,
  );
}

const create = 'CREATE TABLE n (a)';
const copy = 'INSERT INTO n SELECT * FROM t';
const rename = 'ALTER TABLE n RENAME TO t';

it.each([
  ['the usual order', [create, copy, 'DROP TABLE t', rename], ['t 1 3 4']],
  [
    'quotes, capitals and schemas',
    ['CREATE TABLE main."n" (a)', 'INSERT INTO [N] SELECT * FROM "T"', 'DROP TABLE main.`t`', rename],
    ['t 1 3 4'],
  ],
  ['CREATE TABLE AS', ['CREATE TABLE n AS SELECT * FROM t', 'DROP TABLE t', rename], ['t 1 2 3']],
  [
    'the old one renamed first',
    ['ALTER TABLE t RENAME TO o', 'CREATE TABLE t (a)', 'INSERT INTO t SELECT * FROM o', 'DROP TABLE o'],
    ['t 2 1 4'],
  ],
  ['both renamed', [create, copy, 'ALTER TABLE t RENAME TO o', rename, 'DROP TABLE o'], ['t 1 3 5']],
  [
    'what is left of an attempt dropped before',
    ['DROP TABLE IF EXISTS n', 'DROP TABLE IF EXISTS n', create, copy, 'DROP TABLE t', rename],
    ['t 3 5 6'],
  ],
  ['twice', [create, copy, 'DROP TABLE t', rename, create, copy, 'DROP TABLE t', rename], ['t 1 3 4', 't 5 7 8']],
  [
    'another name at the end',
    [create, copy, 'DROP TABLE t', rename, 'ALTER TABLE t RENAME TO u', 'ALTER TABLE u RENAME TO t'],
    ['t 1 3 4'],
  ],
  [
    'two tables, copied first',
    [
      'CREATE TABLE x (a)',
      'INSERT INTO x SELECT t.a FROM t',
      create,
      'INSERT INTO n SELECT * FROM u',
      'DROP TABLE t',
      'DROP TABLE u',
      'ALTER TABLE n RENAME TO u',
      'ALTER TABLE x RENAME TO t',
    ],
    ['u 3 6 7', 't 1 5 8'],
  ],
  ['a copy of a name that is gone', ['DROP TABLE t', create, copy, rename], []],
  ['no copy', [create, 'DROP TABLE t', rename], []],
  ['a copy of another table', [create, 'INSERT INTO n SELECT * FROM u', 'DROP TABLE t', rename], []],
  ['an older table that takes the name', [copy, 'DROP TABLE t', rename], []],
  ['another name', [create, copy, 'DROP TABLE t', 'ALTER TABLE n RENAME TO u'], []],
  ['the old one is kept', [create, copy, 'ALTER TABLE t RENAME TO o', rename], []],
  [
    'a temporary copy',
    [
      'CREATE TEMP TABLE n (a)',
      copy.replace('n', 'temp.n'),
      'DROP TABLE t',
      'CREATE TABLE t (a)',
      'ALTER TABLE temp.n RENAME TO o',
    ],
    [],
  ],
  ['a virtual table', ['CREATE VIRTUAL TABLE n USING fts5(a)', copy, 'DROP TABLE t', rename], []],
  [
    'no RENAME',
    [create, copy, 'DROP TABLE t', 'CREATE TABLE t (a)', 'INSERT INTO t SELECT * FROM n', 'DROP TABLE n'],
    [],
  ],
  [
    'a name that is gone',
    ['DROP TABLE t', 'ALTER TABLE t RENAME TO u', 'PRAGMA foreign_keys = OFF', 'PRAGMA legacy_alter_table = ON'],
    [],
  ],
])('%s', (_, statements, expected) => {
  expect(found(statements.join(';\n'))).toEqual(expected);
});
