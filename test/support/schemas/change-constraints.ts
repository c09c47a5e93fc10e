import { isPlainName } from '../../../src/sql/index.ts';
import { bare, call, columnsFor, one, names, type Edit, type Change } from './edit.ts';
import { condition } from './expressions.ts';
import { listed, constraintsOf, isGenerated, type ColumnModel, type ConstraintModel, type Text } from './model.ts';
import { parentKey } from './tables.ts';
import { canBeBare } from './words.ts';

export const addCheck: Change = (edit) => {
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

export const addUnique: Change = (edit) => {
  const { chance, table } = edit;
  const columns = chance.shuffled(table.columns).slice(0, chance.int(1, 2));
  const text: Text = ['UNIQUE', '(', ...listed(columns.map((column) => [column])), ')'];
  table.constraints.push({ kind: 'unique', name: undefined, text, columns });
  return call(edit, 'addUnique', () => [names(columns)]);
};

export const addForeignKey: Change = (edit) => {
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

export function remove({ table, touched }: Edit, found: ReturnType<typeof constraintsOf>[number]): void {
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
      // A key must be the only one of its columns: otherwise it is ambiguous.
      all.filter((other) => same(other.constraint, constraint)).length === 1,
  );
  return found.length === 0 ? undefined : edit.chance.pick(found);
}

export const dropConstraint: Change = (edit) => {
  const found = pickConstraint(edit, edit.chance.pick(['check', 'unique', 'foreign-key']), true);
  if (found === undefined) return false;
  remove(edit, found);
  return call(edit, 'dropConstraint', () => [found.constraint.name]);
};

export const dropCheck: Change = (edit) => {
  const found = pickConstraint(edit, 'check', false);
  if (found === undefined || found.constraint.name === 'a new check') return false;
  // A keyword that may stand bare is told apart from the same in quotes.
  const alike = (piece: Text[number]): boolean =>
    typeof piece === 'string' || isPlainName(piece.name) || !canBeBare(piece.name);
  if (!found.constraint.text.every(alike)) return false;
  remove(edit, found);
  return call(edit, 'dropCheck', () => [bare(found.constraint.text.slice(2, -1))]);
};

export const dropKey =
  (kind: 'unique' | 'foreign-key', method: string): Change =>
  (edit) => {
    const found = pickConstraint(edit, kind, false);
    if (found === undefined) return false;
    remove(edit, found);
    return call(edit, method, () => [names(found.constraint.columns)]);
  };
