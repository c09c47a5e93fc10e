import { expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { compareSchemas, driftLine } from './compare.ts';
import { keepDrift } from './keep-drift.ts';
import { readInventory, type Inventory } from './inventory.ts';

const inventory = (schema: string): Inventory =>
  perform(
    readInventory(() => false),
    memory(schema),
  );

/** What still counts as drift after a run that found `before` and left `after`. */
function left(recorded: string, before: string, after: string, touched: readonly string[] = []): readonly string[] {
  const work = { before: inventory(before), after: inventory(after), touched: new Set(touched) };
  return compareSchemas(keepDrift(inventory(recorded), work), work.after).map(driftLine);
}

const a = 'CREATE TABLE a (x);';
const b = 'CREATE TABLE b (x);';

it('keeps what was drift before and is as it was', () => {
  expect(left(a, a + b, a + b)).toEqual(['table b exists, no migration made it']);
  expect(left(a + b, a, a)).toEqual(['table b is gone']);
  expect(left(a, 'CREATE TABLE a (x, y);', 'create table "a" ( x, y );')).toEqual([
    'table a: column y was added by hand',
  ]);
  expect(left('CREATE VIEW v AS SELECT 1;', 'CREATE VIEW v AS SELECT 2;', 'CREATE VIEW v AS SELECT 2;')).toEqual([
    'view v differs',
  ]);
});

it('takes over what the run did, also to what was drift', () => {
  expect(left(a, a, a + b)).toEqual([]);
  expect(left(a, a + b, a)).toEqual([]);
  expect(left(a, 'CREATE TABLE a (x, y);', 'CREATE TABLE a (x, y, z);')).toEqual([]);
  expect(left(a, a + b, a + b, ['b'])).toEqual([]);
  expect(left(a, `${a} CREATE INDEX i ON a (x);`, `${a} CREATE INDEX i ON a (x);`, ['index:i'])).toEqual([]);
});
