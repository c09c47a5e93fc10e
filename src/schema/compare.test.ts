import { expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { compareSchemas } from './compare.ts';
import { readInventory, type Inventory } from './inventory.ts';

const inventory = (schema: string): Inventory =>
  perform(
    readInventory(() => false),
    memory(schema),
  );
const compare = (before: string, after: string): readonly string[] =>
  compareSchemas(inventory(before), inventory(after)).map(
    ({ kind, type, name, table }) => `${kind} ${type} ${name} (${table})`,
  );

const schema = `CREATE TABLE t (a UNIQUE, b); CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT a FROM t;
  CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;`;

it('finds nothing where there is nothing', () => {
  expect(compare('', '')).toEqual([]);
  expect(compare(schema, schema)).toEqual([]);
  expect(
    compare(schema, schema.replaceAll(' (', '  /* - */(').replaceAll('AFTER', 'after').replace(' t ', ' "t" ')),
  ).toEqual([]);
});

it('tells what is new, what is gone and what is another', () => {
  expect(compare('', schema)).toEqual([
    'added table t (t)',
    'added index i (t)',
    'added trigger r (t)',
    'added view v (v)',
  ]);
  expect(compare(schema, '')).toEqual([
    'removed table t (t)',
    'removed index i (t)',
    'removed trigger r (t)',
    'removed view v (v)',
  ]);
  expect(compare(schema, schema.replace('SELECT 1', 'SELECT 2').replace('(b)', '(b DESC)'))).toEqual([
    'changed index i (t)',
    'changed trigger r (t)',
  ]);
});

it('takes a table and a view of one name for two objects', () => {
  expect(compare('CREATE TABLE x (a)', 'CREATE VIEW x AS SELECT 1')).toEqual([
    'removed table x (x)',
    'added view x (x)',
  ]);
});

it('has the texts of both sides', () => {
  expect(compareSchemas(inventory('CREATE TABLE t (a)'), inventory('CREATE TABLE T (a)'))).toEqual([
    {
      kind: 'changed',
      type: 'table',
      name: 'T',
      table: 'T',
      sameEffect: true,
      before: 'CREATE TABLE t (a)',
      after: 'CREATE TABLE T (a)',
      parts: [],
    },
  ]);
});

const partsOf = (before: string, after: string): readonly string[] =>
  compareSchemas(inventory(before), inventory(after)).flatMap(({ parts }) =>
    parts.map(({ kind, part, name, properties, was }) =>
      [kind, part, was, name, ...properties].filter(Boolean).join(' '),
    ),
  );

it('tells the parts of a table', () => {
  expect(
    partsOf(
      'CREATE TABLE t (a, b INT, c TEXT, d DEFAULT 1, CHECK (a > 1), CHECK (a > 1), CONSTRAINT k UNIQUE (a))',
      'CREATE TABLE t (b INTEGER, a, e TEXT, d DEFAULT (1), f, CHECK (a > 1), CONSTRAINT k UNIQUE (b)) STRICT'.replace(
        ' STRICT',
        '',
      ),
    ),
  ).toEqual([
    'changed column b type',
    'moved column b',
    'renamed column c e',
    'added column f',
    'changed constraint k',
  ]);
});

it('cannot tell the parts of a virtual table or a view', () => {
  const changes = compareSchemas(
    inventory('CREATE VIRTUAL TABLE f USING fts5 (a); CREATE VIEW v AS SELECT 1'),
    inventory('CREATE VIRTUAL TABLE f USING fts5 (b); CREATE VIEW v AS SELECT 2'),
  );
  expect(changes.map(({ kind, name, parts }) => [kind, name, parts])).toEqual([
    ['changed', 'f', []],
    ['changed', 'v', []],
  ]);
});
