import { isPlainName } from '../../../src/sql/index.ts';
import type { Chance } from './chance.ts';
import { condition, value } from './expressions.ts';
import {
  constraintsOf,
  isGenerated,
  listed,
  mentions,
  plainly,
  primaryKey,
  rowidColumn,
  type ColumnModel,
  type ConstraintModel,
  type SchemaModel,
  type TableModel,
  type Text,
} from './model.ts';
import { check, defaultFor, parentKey, STRICT_TYPES, TYPES } from './tables.ts';
import { canBeBare } from './words.ts';

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
type Change = (edit: Edit) => boolean;

const bare = (text: Text): string => plainly(text);
const call = (edit: Edit, method: string, args: () => readonly unknown[]): true => {
  edit.calls.push(() => ({ method, args: args() }));
  return true;
};

function columnsFor(edit: Edit): ColumnModel[] {
  const key = primaryKey(edit.table);
  return edit.table.columns.filter(
    (column) => edit.before.has(column) && !edit.touched.has(column) && !isGenerated(column) && !key.includes(column),
  );
}

function pickColumn(edit: Edit, from: readonly ColumnModel[] = columnsFor(edit)): ColumnModel | undefined {
  if (from.length === 0) return undefined;
  const column = edit.chance.pick(from);
  edit.touched.add(column);
  return column;
}

function freshName({ chance, table }: Edit): string {
  const base = chance.pick(['added', 'order', 'neu ö', 'a "quoted" one', 'x)']);
  const taken = (name: string): boolean => table.columns.some((column) => column.name.toLowerCase() === name);
  for (let i = 1; ; i++) if (!taken(`${base} ${i}`)) return `${base} ${i}`;
}

/** A constraint of a kind that a new column may have as well as an old one. */
function one(kind: ConstraintModel['kind'], text: Text, name?: string): ConstraintModel {
  return { kind, name, text, columns: [] };
}

function definition(edit: Edit, column: ColumnModel): void {
  const { chance, table } = edit;
  column.type = table.strict || chance.is(0.8) ? chance.pick(table.strict ? STRICT_TYPES : TYPES) : undefined;
  const value = defaultFor(chance, table, column);
  column.constraints = [
    ...chance.maybe(0.6, () => [one('default', ['DEFAULT', ...value])]),
    ...chance.maybe(0.3, () => [one('not-null', ['NOT NULL'])]),
    ...chance.maybe(0.2, () => [one('collate', ['COLLATE', 'NOCASE'])]),
    ...chance.maybe(0.2, () => [one('check', check(chance, table, [column]), 'checked')]),
    ...chance.maybe(0.1, () => [{ ...one('unique', ['UNIQUE']), columns: [column] }]),
  ];
}

const definitionText = (column: ColumnModel): string =>
  bare([
    ...(column.type === undefined ? [] : [column.type]),
    ...column.constraints.flatMap(({ name, text }) => (name === undefined ? text : ['CONSTRAINT', name, ...text])),
  ]);

/** An expression over the old row. */
function expression({ chance, before }: Edit): Text {
  return chance.pick<() => Text>([
    () => ['42'],
    () => [`'v'`],
    () => [`upper('x')`],
    () => value(chance, [...before.keys()]),
  ])();
}

const addColumn: Change = (edit) => {
  const { chance, table } = edit;
  const column: ColumnModel = { is: 'column', name: freshName(edit), type: undefined, constraints: [] };
  const plain = table.columns.filter((other) => !isGenerated(other));
  let filled: Text | undefined;
  if (chance.is(0.2)) {
    column.type = table.strict ? 'ANY' : chance.pick(['TEXT', undefined]);
    const text: Text = [
      'AS',
      '(',
      ...value(chance, plain),
      ')',
      ...chance.maybe(0.7, () => [chance.pick(['STORED', 'VIRTUAL'])]),
    ];
    column.constraints = [one('generated', text)];
  } else {
    definition(edit, column);
    if (chance.is(0.4)) filled = expression(edit);
    if (filled !== undefined) edit.values.set(column, filled);
  }
  table.columns.push(column);
  edit.touched.add(column);
  return call(edit, 'addColumn', () => [
    column.name,
    definitionText(column),
    ...(filled === undefined ? [] : [{ value: bare(filled) }]),
  ]);
};

const dropColumn: Change = (edit) => {
  const { schema, table } = edit;
  const column = pickColumn(
    edit,
    columnsFor(edit).filter((one_) => {
      const { named, pinned } = mentions(schema, one_);
      return !named && !pinned;
    }),
  );
  const name = column?.name;
  if (column === undefined || table.columns.filter((other) => !isGenerated(other)).length < 2) return false;
  table.columns.splice(table.columns.indexOf(column), 1);
  return call(edit, 'dropColumn', () => [name]);
};

const renameColumn: Change = (edit) => {
  const { chance, schema, table, before } = edit;
  const free = table.columns.filter((column) => before.get(column) === column.name && !mentions(schema, column).pinned);
  if (free.length === 0) return false;
  const column = chance.pick(free);
  const from = column.name;
  column.name = freshName(edit);
  return call(edit, 'renameColumn', () => [from, column.name]);
};

/** Replaces the constraints of some kinds by at most one. One that says the same already stays as it is. */
function replace(column: ColumnModel, kinds: readonly string[], by: ConstraintModel | undefined): void {
  if (
    by !== undefined &&
    by.kind !== 'default' &&
    by.kind !== 'collate' &&
    column.constraints.some(({ kind }) => kind === by.kind)
  )
    return;
  column.constraints = column.constraints.filter(({ kind }) => !kinds.includes(kind));
  if (by !== undefined) column.constraints.push(by);
}

const changeColumn: Change = (edit) => {
  const { chance, table } = edit;
  const column = pickColumn(edit);
  if (column === undefined) return false;
  const change: Record<string, unknown> = {};
  let using: Text | undefined;
  const parts: (() => void)[] = [
    () => {
      const type = table.strict ? chance.pick(STRICT_TYPES) : chance.pick([...TYPES, '']);
      column.type = type === '' ? undefined : type;
      change['type'] = type;
    },
    () => {
      const on = chance.is(0.5);
      replace(column, ['null', 'not-null'], on ? one('not-null', ['NOT NULL']) : undefined);
      change['notNull'] = on;
      if (!on || chance.is(0.3) || mentions(edit.schema, column).pinned) return;
      using = ['coalesce', '(', column, ',', `'none'`, ')'];
      edit.values.set(column, using);
    },
    () => {
      const text = defaultFor(chance, table, column);
      const on = chance.is(0.7);
      replace(column, ['default'], on ? one('default', ['DEFAULT', ...text]) : undefined);
      change['default'] = on ? bare(text) : null;
    },
    () => {
      const on = chance.is(0.5);
      replace(column, ['collate'], on ? one('collate', ['COLLATE', 'NOCASE']) : undefined);
      change['collate'] = on ? 'NOCASE' : null;
    },
    () => {
      const on = chance.is(0.5);
      replace(column, ['unique'], on ? { ...one('unique', ['UNIQUE']), columns: [column] } : undefined);
      change['unique'] = on;
    },
  ];
  for (const part of chance.shuffled(parts).slice(0, chance.int(1, 3))) part();
  return call(edit, 'changeColumn', () => [
    column.name,
    using === undefined ? change : { ...change, using: bare(using) },
  ]);
};

const defineColumn: Change = (edit) => {
  const column = pickColumn(edit);
  if (column === undefined) return false;
  definition(edit, column);
  // Other values than the full-text tables know are refused.
  const using = edit.chance.is(0.2) && !mentions(edit.schema, column).pinned ? expression(edit) : undefined;
  if (using !== undefined) edit.values.set(column, using);
  return call(edit, 'changeColumn', () => [
    column.name,
    definitionText(column),
    ...(using === undefined ? [] : [{ using: bare(using) }]),
  ]);
};

const names = (columns: readonly ColumnModel[]): string | string[] =>
  columns.length === 1 ? columns[0]!.name : columns.map(({ name }) => name);

const addCheck: Change = (edit) => {
  const { chance, table } = edit;
  const text = condition<ColumnModel>(
    chance,
    table.columns.filter((column) => !isGenerated(column)),
  );
  const name = chance.is(0.4) ? 'a new check' : undefined;
  if (name !== undefined && table.constraints.some((other) => other.name === name)) return false;
  table.constraints.push(one('check', ['CHECK', '(', ...text, ')'], name));
  return call(edit, 'addCheck', () => [bare(text), ...(name === undefined ? [] : [{ name }])]);
};

const addUnique: Change = (edit) => {
  const { chance, table } = edit;
  const columns = chance.shuffled(table.columns).slice(0, chance.int(1, 2));
  const text: Text = ['UNIQUE', '(', ...listed(columns.map((column) => [column])), ')'];
  table.constraints.push({ kind: 'unique', name: undefined, text, columns });
  return call(edit, 'addUnique', () => [names(columns)]);
};

const addForeignKey: Change = (edit) => {
  const { chance, schema, table } = edit;
  const parent = chance.pick(schema.tables);
  const key = parentKey(chance, parent);
  const free = columnsFor(edit);
  if (key === undefined || free.length < key.length) return false;
  const columns = chance.shuffled(free).slice(0, key.length);
  const onDelete = chance.pick([undefined, 'cascade', 'set null', 'restrict']);
  const deferred = chance.is(0.2);
  const text: Text = [
    'FOREIGN KEY (',
    ...listed(columns.map((column) => [column])),
    ') REFERENCES',
    parent,
    '(',
    ...listed(key.map((column) => [column])),
    ')',
    ...(onDelete === undefined ? [] : ['ON DELETE', onDelete.toUpperCase()]),
    ...(deferred ? ['DEFERRABLE INITIALLY DEFERRED'] : []),
  ];
  table.constraints.push({ kind: 'foreign-key', name: undefined, text, columns });
  return call(edit, 'addForeignKey', () => [
    names(columns),
    {
      table: parent.name,
      columns: names(key),
      ...(onDelete === undefined ? {} : { onDelete }),
      ...(deferred ? { deferred } : {}),
    },
  ]);
};

function remove({ table, touched }: Edit, found: ReturnType<typeof constraintsOf>[number]): void {
  const { column, constraint } = found;
  if (column !== undefined) {
    column.constraints.splice(column.constraints.indexOf(constraint), 1);
    touched.add(column);
  } else table.constraints.splice(table.constraints.indexOf(constraint), 1);
}

/** A constraint that was there before. */
function pickConstraint(
  edit: Edit,
  kind: ConstraintModel['kind'],
  named: boolean,
): ReturnType<typeof constraintsOf>[number] | undefined {
  const same = (a: ConstraintModel, b: ConstraintModel): boolean =>
    kind === 'check' ? bare(a.text) === bare(b.text) : bare(a.columns) === bare(b.columns);
  const all = constraintsOf(edit.table, kind);
  const found = all.filter(
    ({ constraint, column }) =>
      (column === undefined ? constraint.columns : [column]).every(
        (other) => edit.before.has(other) && !edit.touched.has(other),
      ) &&
      (!named || (constraint.name ?? '').startsWith('c_')) &&
      // A key must be the only one of its columns, or which one is meant?
      all.filter((other) => same(other.constraint, constraint)).length === 1,
  );
  return found.length === 0 ? undefined : edit.chance.pick(found);
}

const dropConstraint: Change = (edit) => {
  const found = pickConstraint(edit, edit.chance.pick(['check', 'unique', 'foreign-key']), true);
  if (found === undefined) return false;
  remove(edit, found);
  return call(edit, 'dropConstraint', () => [found.constraint.name]);
};

const dropCheck: Change = (edit) => {
  const found = pickConstraint(edit, 'check', false);
  if (found === undefined || found.constraint.name === 'a new check') return false;
  // A keyword that may stand bare is told apart from the same in quotes.
  const alike = (piece: Text[number]): boolean =>
    typeof piece === 'string' || isPlainName(piece.name) || !canBeBare(piece.name);
  if (!found.constraint.text.every(alike)) return false;
  remove(edit, found);
  return call(edit, 'dropCheck', () => [bare(found.constraint.text.slice(2, -1))]);
};

const dropKey =
  (kind: 'unique' | 'foreign-key', method: string): Change =>
  (edit) => {
    const found = pickConstraint(edit, kind, false);
    if (found === undefined) return false;
    remove(edit, found);
    return call(edit, method, () => [names(found.constraint.columns)]);
  };

/** Whether something finds the table's rows by their rowid. */
const needsRowid = ({ schema, table }: Edit): boolean =>
  schema.objects.some(
    ({ type, pinned }) => type === 'virtual' && pinned.some((column) => table.columns.includes(column)),
  );

const setPrimaryKey: Change = (edit) => {
  const { chance, table } = edit;
  if (needsRowid(edit) || edit.newKey === true) return false;
  const plain = table.columns.filter((column) => !isGenerated(column) && !edit.touched.has(column));
  if (plain.length === 0) return false;
  const columns = chance.shuffled(plain).slice(0, chance.int(1, Math.min(2, plain.length)));
  const autoincrement = columns.length === 1 && columns[0]!.type === 'INTEGER' && !table.withoutRowid && chance.is(0.5);
  edit.newKey = true;
  for (const found of constraintsOf(table, 'primary-key')) remove(edit, found);
  for (const column of columns) edit.touched.add(column);
  const text: Text = [
    'PRIMARY KEY (',
    ...listed(columns.map((column) => [column])),
    ...(autoincrement ? ['AUTOINCREMENT'] : []),
    ')',
  ];
  table.constraints.push({ kind: 'primary-key', name: undefined, text, columns });
  return call(edit, 'setPrimaryKey', () => [names(columns), ...(autoincrement ? [{ autoincrement }] : [])]);
};

const dropPrimaryKey: Change = (edit) => {
  const { table } = edit;
  const [found] = constraintsOf(table, 'primary-key');
  if (found === undefined || table.withoutRowid || needsRowid(edit) || edit.newKey === true) return false;
  edit.newKey = true;
  remove(edit, found);
  return call(edit, 'dropPrimaryKey', () => []);
};

/** STRICT with types that it knows, or no longer. */
const strict: Change = (edit) => {
  const { table } = edit;
  if (table.strict) {
    table.strict = false;
    return call(edit, 'strict', () => [false]);
  }
  for (const column of table.columns) {
    if (STRICT_TYPES.includes(column.type ?? '')) continue;
    if (edit.touched.has(column) || isGenerated(column)) return false;
    column.type = 'ANY';
    edit.touched.add(column);
    call(edit, 'changeColumn', () => [column.name, { type: 'ANY' }]);
  }
  table.strict = true;
  return call(edit, 'strict', () => []);
};

const withoutRowid: Change = (edit) => {
  const { table } = edit;
  const [key] = constraintsOf(table, 'primary-key');
  if (key === undefined || needsRowid(edit) || key.constraint.text.includes('AUTOINCREMENT')) return false;
  // DESC or not, NULLs in it or none: what comes out is not the same row order, but the same rows.
  if (table.withoutRowid && rowidColumn({ ...table, withoutRowid: false }) !== undefined) return false;
  table.withoutRowid = !table.withoutRowid;
  return call(edit, 'withoutRowid', () => (table.withoutRowid ? [] : [false]));
};

export const CHANGES: readonly Change[] = [
  addColumn,
  addColumn,
  dropColumn,
  dropColumn,
  dropColumn,
  renameColumn,
  renameColumn,
  changeColumn,
  changeColumn,
  changeColumn,
  defineColumn,
  addCheck,
  addUnique,
  addForeignKey,
  dropConstraint,
  dropCheck,
  dropKey('unique', 'dropUnique'),
  dropKey('foreign-key', 'dropForeignKey'),
  setPrimaryKey,
  dropPrimaryKey,
  strict,
  strict,
  withoutRowid,
];
