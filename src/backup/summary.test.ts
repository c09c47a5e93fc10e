import { expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { compareSummaries, readSummary, type DatabaseSummary } from './summary.ts';

const of = (sql: string): DatabaseSummary => perform(readSummary(), memory(sql));

it('finds what a copy lacks', () => {
  const original = of('CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TABLE u (a); PRAGMA user_version = 2;');
  const copy = of('CREATE TABLE t (a); PRAGMA application_id = 1;');
  expect(compareSummaries(original, original)).toEqual([]);
  expect(compareSummaries(original, copy)).toEqual([
    'userVersion is 0 instead of 2',
    'applicationId is 1 instead of 0',
    'its schema differs',
    'table t has 0 rows instead of 1',
    'table u is missing',
  ]);
});

it('takes a copy without sqlite_sequence for true only where no table needs it', () => {
  const table = 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);';
  const other = 'CREATE TABLE u (a);';
  const left = of(`${table} INSERT INTO t VALUES (1); ${other} DROP TABLE t;`);
  expect(left.tables.map(({ name }) => name)).toContain('sqlite_sequence');
  expect(compareSummaries(left, of(other))).toEqual([]);
  const used = of(`${table} INSERT INTO t VALUES (1);`);
  const without = {
    ...used,
    schema: used.schema.filter((row) => row['name'] !== 'sqlite_sequence'),
    tables: used.tables.filter(({ name }) => name !== 'sqlite_sequence'),
  };
  expect(compareSummaries(used, without)).toEqual(['its schema differs', 'table sqlite_sequence is missing']);
});
