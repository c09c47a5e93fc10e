import { expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { countRows, findTable, isAutoincrement, isEmpty, readInventory, readTemporary } from './inventory.ts';
import { isVirtual } from './virtual.ts';

const schema = `
  CREATE TABLE T (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b AS (a), c AS (a) STORED);
  CREATE INDEX I ON T (a); CREATE VIEW V AS SELECT a FROM T; CREATE TRIGGER R AFTER INSERT ON T BEGIN SELECT 1; END;
  CREATE VIRTUAL TABLE f USING fts5 (x);
  CREATE TABLE ours (a); CREATE INDEX ours_a ON ours (a);
  CREATE TEMP TABLE t (hidden); CREATE TEMP VIEW w AS SELECT 1;
  INSERT INTO main.T (a) VALUES (1), (2);
`;

it('lists objects by key, without SQLite’s own, shadow tables and those left out', () => {
  const inventory = perform(
    readInventory((table) => table === 'ours'),
    memory(schema),
  );
  expect([...inventory.tables.keys()]).toEqual(['t', 'f']);
  expect([...inventory.others.keys()].toSorted()).toEqual(['index:i', 'trigger:r', 'view:v']);
  expect(inventory.others.get('index:i')).toEqual({
    type: 'index',
    name: 'I',
    table: 'T',
    sql: 'CREATE INDEX I ON T (a)',
  });
  expect(inventory.hasSequences).toBe(true);
  expect(isEmpty(inventory)).toBe(false);
});

it('knows an empty database', () => {
  const inventory = perform(
    readInventory((table) => table === 'ours'),
    memory('CREATE TABLE ours (a UNIQUE)'),
  );
  expect(isEmpty(inventory)).toBe(true);
  expect(inventory.hasSequences).toBe(false);
  expect(
    isEmpty(
      perform(
        readInventory(() => false),
        memory('CREATE VIEW v AS SELECT 1'),
      ),
    ),
  ).toBe(false);
});

it('lists temporary objects', () => {
  expect(perform(readTemporary(), memory(schema)).map(({ type, name }) => `${type} ${name}`)).toEqual([
    'table t',
    'view w',
  ]);
});

it('counts rows of the database’s table, not of a temporary one', () => {
  const bridge = memory(schema);
  expect(perform(countRows('t'), bridge)).toBe(2);
  expect(perform(findTable('t'), bridge)).toBe('T');
  expect(perform(findTable('v'), bridge)).toBeUndefined();
});

it.each([
  ['CREATE VIRTUAL TABLE t USING fts5 (a)', true, false],
  ['create  virtual table t using fts5 (a)', true, false],
  ['CREATE TABLE virtual (id INTEGER PRIMARY KEY autoincrement)', false, true],
  [undefined, false, false],
])('%s', (sql, virtual, autoincrement) => {
  expect([isVirtual(sql), isAutoincrement(sql)]).toEqual([virtual, autoincrement]);
});
