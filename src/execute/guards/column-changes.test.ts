import { expect, it } from 'vitest';
import type { AlterChange } from '../../sql/index.ts';
import { ColumnChanges } from './column-changes.ts';
import type { Table } from './table-tracker.ts';

const table = {} as Table;

const rename = (from: string, to: string): AlterChange => ({ kind: 'rename-column', from, to });

function after(...changes: readonly AlterChange[]): ColumnChanges {
  const columns = new ColumnChanges();
  for (const change of changes) columns.record(table, change, () => undefined);
  return columns;
}

it('knows the first name of a column that was renamed twice', () => {
  expect(after(rename('a', 'b'), rename('b', 'C')).firstName(table, 'c')).toBe('a');
});

it('forgets it for a new column of a name in between', () => {
  const add: AlterChange = { kind: 'add-column', column: 'B', references: [] };
  const columns = after(rename('a', 'b'), rename('b', 'c'), add);
  expect(columns.firstName(table, 'b')).toBe('b');
  expect(columns.firstName(table, 'c')).toBe('a');
});

it('keeps it where only the case changes', () => {
  expect(after(rename('a', 'b'), rename('b', 'B')).firstName(table, 'B')).toBe('a');
});

it('gives the key of a dropped column that another one takes the name of to onRename', () => {
  const columns = after({ kind: 'drop-column', column: 'a' });
  const keys: string[][] = [];
  columns.record(table, rename('b', 'a'), (from, to) => keys.push([from, to]));
  expect(keys).toEqual([
    ['a', 'a\0'],
    ['b', 'a'],
  ]);
  expect(columns.isDropped(table, 'a')).toBe(false);
  expect(columns.isDropped(table, 'a\0')).toBe(true);
});
