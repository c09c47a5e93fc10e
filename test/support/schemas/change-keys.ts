import { remove } from './change-constraints.ts';
import { call, names, type Edit, type Change } from './edit.ts';
import { listed, constraintsOf, isGenerated, rowidColumn, type Text } from './model.ts';
import { STRICT_TYPES } from './tables.ts';

/** Whether something finds the table's rows by their rowid. */
const needsRowid = ({ schema, table }: Edit): boolean =>
  schema.objects.some(
    ({ type, pinned }) => type === 'virtual' && pinned.some((column) => table.columns.includes(column)),
  );

export const setPrimaryKey: Change = (edit) => {
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

export const dropPrimaryKey: Change = (edit) => {
  const { table } = edit;
  const [found] = constraintsOf(table, 'primary-key');
  if (found === undefined || table.withoutRowid || needsRowid(edit) || edit.newKey === true) return false;
  edit.newKey = true;
  remove(edit, found);
  return call(edit, 'dropPrimaryKey', () => []);
};

/** STRICT with types that it knows, or no longer. */
export const strict: Change = (edit) => {
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

export const withoutRowid: Change = (edit) => {
  const { table } = edit;
  const [key] = constraintsOf(table, 'primary-key');
  if (key === undefined || needsRowid(edit) || key.constraint.text.includes('AUTOINCREMENT')) return false;
  // DESC or not, NULLs in it or none: what comes out is not the same row order, but the same rows.
  if (table.withoutRowid && rowidColumn({ ...table, withoutRowid: false }) !== undefined) return false;
  table.withoutRowid = !table.withoutRowid;
  return call(edit, 'withoutRowid', () => (table.withoutRowid ? [] : [false]));
};
