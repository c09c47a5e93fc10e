import type { Chance } from './chance.ts';
import { value } from './expressions.ts';
import {
  isGenerated,
  plainly,
  primaryKey,
  type ColumnModel,
  type ConstraintModel,
  type SchemaModel,
  type TableModel,
  type Text,
} from './model.ts';

/** A call of a method of what `db.rebuildTable` gives. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What changes are collected in: the model is edited at once, the calls are written down at the end. */
export interface Edit {
  readonly chance: Chance;
  /** Edited in place. */
  readonly schema: SchemaModel;
  readonly table: TableModel;
  /** Each column's name before; none for a new one. */
  readonly before: ReadonlyMap<ColumnModel, string>;
  /** An expression over the old row for the values of a column; not in it: its old value, or its default. */
  readonly values: Map<ColumnModel, Text>;
  readonly touched: Set<ColumnModel>;
  /** Set when the primary key was changed: once is enough. */
  newKey?: boolean;
  /** Names are looked up when all renames are known. */
  readonly calls: (() => Call)[];
}

/** One change; false if the table has nothing that it could be made of. */
export type Change = (edit: Edit) => boolean;

export const bare = (text: Text): string => plainly(text);

export const call = (edit: Edit, method: string, args: () => readonly unknown[]): true => {
  edit.calls.push(() => ({ method, args: args() }));
  return true;
};

export function columnsFor(edit: Edit): ColumnModel[] {
  const key = primaryKey(edit.table);
  return edit.table.columns.filter(
    (column) => edit.before.has(column) && !edit.touched.has(column) && !isGenerated(column) && !key.includes(column),
  );
}

export function pickColumn(edit: Edit, from: readonly ColumnModel[] = columnsFor(edit)): ColumnModel | undefined {
  if (from.length === 0) return undefined;
  const column = edit.chance.pick(from);
  edit.touched.add(column);
  return column;
}

export function freshName({ chance, table }: Edit): string {
  const base = chance.pick(['added', 'order', 'neu ö', 'a "quoted" one', 'x)']);
  const taken = (name: string): boolean => table.columns.some((column) => column.name.toLowerCase() === name);
  for (let i = 1; ; i++) if (!taken(`${base} ${i}`)) return `${base} ${i}`;
}

/** A constraint of a kind that a new column may have as well as an old one. */
export function one(kind: ConstraintModel['kind'], text: Text, name?: string): ConstraintModel {
  return { kind, name, text, columns: [] };
}

/** An expression over the old row. */
export function expression({ chance, before }: Edit): Text {
  return chance.pick<() => Text>([
    () => ['42'],
    () => [`'v'`],
    () => [`upper('x')`],
    () => value(chance, [...before.keys()]),
  ])();
}

export const names = (columns: readonly ColumnModel[]): string | string[] =>
  columns.length === 1 ? columns[0]!.name : columns.map(({ name }) => name);
