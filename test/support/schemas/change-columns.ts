import { bare, call, columnsFor, pickColumn, freshName, one, expression, type Edit, type Change } from './edit.ts';
import { value } from './expressions.ts';
import { isGenerated, mentions, type ColumnModel, type ConstraintModel, type Text } from './model.ts';
import { check, defaultFor, STRICT_TYPES, TYPES } from './tables.ts';

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

export const addColumn: Change = (edit) => {
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

export const dropColumn: Change = (edit) => {
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

export const renameColumn: Change = (edit) => {
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

export const changeColumn: Change = (edit) => {
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

export const defineColumn: Change = (edit) => {
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
