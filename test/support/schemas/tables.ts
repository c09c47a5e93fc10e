import type { Chance } from './chance.ts';
import { condition, value } from './expressions.ts';
import type { ColumnModel, ConstraintModel, ForeignKeyModel, TableModel, Text } from './model.ts';
import { constraintsOf, isGenerated, listed, primaryKey } from './model.ts';
import { names } from './words.ts';

const CONFLICTS = ['ROLLBACK', 'ABORT', 'FAIL', 'IGNORE', 'REPLACE'] as const;
export const TYPES: readonly string[] = [
  'INTEGER',
  'TEXT',
  'BLOB',
  'REAL',
  'NUMERIC',
  'VARCHAR(20)',
  'DECIMAL(10, 2)',
  'UNSIGNED BIG INT',
  'DOUBLE PRECISION',
  '"my type"',
  'DATETIME',
  'BOOLEAN',
];
export const STRICT_TYPES: readonly string[] = ['INTEGER', 'INT', 'TEXT', 'BLOB', 'REAL', 'ANY'];

/** A table without foreign keys; `addForeignKeys` needs the others. */
export function makeTable(chance: Chance, name: string): TableModel {
  const strict = chance.is(0.15);
  const columns: ColumnModel[] = names(chance, chance.int(2, 7)).map((column) => ({
    is: 'column',
    name: column,
    type: strict || chance.is(0.85) ? chance.pick(strict ? STRICT_TYPES : TYPES) : undefined,
    constraints: [],
  }));
  const table: TableModel = { is: 'table', name, columns, constraints: [], strict, withoutRowid: false };
  makeKey(chance, table);
  for (const column of columns) if (!primaryKey(table).includes(column)) makeColumn(chance, table, column);
  for (let i = chance.int(0, 2); i > 0; i--) table.constraints.push(makeConstraint(chance, table));
  return table;
}

function constraint(
  chance: Chance,
  kind: ConstraintModel['kind'],
  text: Text,
  columns: readonly ColumnModel[] = [],
): ConstraintModel {
  const name = chance.is(0.25) ? `c_${chance.int(1, 1_000_000_000)}` : undefined;
  return { kind, name, text, columns };
}

function onConflict(chance: Chance): readonly string[] {
  return chance.maybe(0.12, () => ['ON CONFLICT', chance.pick(CONFLICTS)]);
}

/** A rowid table with and without a key of its own, with AUTOINCREMENT, or WITHOUT ROWID. */
function makeKey(chance: Chance, table: TableModel): void {
  const { columns } = table;
  const [first] = columns as [ColumnModel];
  const key = (text: Text, of: readonly ColumnModel[]): ConstraintModel => constraint(chance, 'primary-key', text, of);
  switch (chance.pick(['none', 'rowid', 'rowid', 'auto', 'auto', 'column', 'table', 'without', 'without'])) {
    case 'none':
      return;
    case 'rowid':
      first.type = 'INTEGER';
      if (chance.is(0.8)) first.constraints.push(key(['PRIMARY KEY', ...onConflict(chance)], [first]));
      else table.constraints.push(key(['PRIMARY KEY', '(', first, ')'], [first]));
      return;
    case 'auto':
      first.type = 'INTEGER';
      first.constraints.push(key(['PRIMARY KEY', 'AUTOINCREMENT'], [first]));
      return;
    case 'column':
      // Not INTEGER: that would be the rowid, but for the odd INTEGER PRIMARY KEY DESC.
      if (chance.is(0.3)) first.type = 'INTEGER';
      else if (first.type === 'INTEGER') first.type = 'INT';
      first.constraints.push(key(['PRIMARY KEY', ...(first.type === 'INTEGER' ? ['DESC'] : [])], [first]));
      return;
    case 'without':
      table.withoutRowid = true;
  }
  const keys = columns.slice(0, chance.int(1, Math.min(2, columns.length - 1)));
  const parts = keys.map((column) => [
    column,
    ...chance.maybe(0.15, () => ['COLLATE', 'NOCASE']),
    ...chance.maybe(0.2, () => ['DESC']),
  ]);
  if (keys.length === 1 && keys[0]!.type === 'INTEGER') keys[0]!.type = 'INT';
  table.constraints.push(key(['PRIMARY KEY', '(', ...listed(parts), ')', ...onConflict(chance)], keys));
}

function makeColumn(chance: Chance, table: TableModel, column: ColumnModel): void {
  const [base] = table.columns as [ColumnModel];
  if (column !== base && column !== table.columns[1] && chance.is(0.15)) {
    const text: Text = [
      // A comment before GENERATED counts as type, and STRICT knows no such type.
      ...(table.strict ? [] : chance.maybe(0.5, () => ['GENERATED ALWAYS'])),
      'AS',
      '(',
      ...value(chance, [base, table.columns[1]!]),
      ')',
      ...chance.maybe(0.7, () => [chance.pick(['STORED', 'VIRTUAL'])]),
    ];
    // A strict type would refuse most values.
    column.type = table.strict ? 'ANY' : column.type;
    column.constraints.push(constraint(chance, 'generated', text));
    return;
  }
  const kinds: (() => ConstraintModel)[] = [
    () => constraint(chance, 'not-null', ['NOT NULL', ...onConflict(chance)]),
    () => constraint(chance, 'default', ['DEFAULT', ...defaultFor(chance, table, column)]),
    () => constraint(chance, 'default', ['DEFAULT', ...defaultFor(chance, table, column)]),
    () => constraint(chance, 'collate', ['COLLATE', chance.pick(['NOCASE', 'RTRIM', 'binary'])]),
    () => constraint(chance, 'unique', ['UNIQUE', ...onConflict(chance)], [column]),
    () => constraint(chance, 'check', check(chance, table, [column])),
    () => constraint(chance, 'null', ['NULL']),
  ];
  const seen = new Set<string>();
  for (const make of chance.some(kinds, chance.is(0.6) ? 2 : 4)) {
    const made = make();
    if (!seen.has(made.kind)) column.constraints.push(made);
    seen.add(made.kind);
    if (made.kind.endsWith('null')) seen.add('null').add('not-null');
  }
}

/** A value that fits the column, as SQL. */
export function defaultFor(chance: Chance, { strict }: TableModel, { type }: ColumnModel): Text {
  if (strict)
    switch (type) {
      case 'TEXT':
        return [chance.pick([`'x,)'`, `''`])];
      case 'BLOB':
        return [`x'00'`];
      default:
        return [chance.pick(['0', '-1', '7'])];
    }
  return chance.pick<Text>([
    ['0'],
    ['-1.5'],
    [`'it''s (,'`],
    [`x'2c29'`],
    ['NULL'],
    ['TRUE'],
    ['word'],
    ['(', 'abs', '(', '-', '2', ')', '+', '1', ')'],
    [`('a' || '),--')`],
  ]);
}

/** A CHECK that most rows pass, of columns that hold anything. */
export function check(chance: Chance, table: TableModel, of: readonly ColumnModel[] = table.columns): Text {
  const columns = of.filter((column) => !isGenerated(column));
  return ['CHECK', '(', ...condition(chance, columns), 'OR', chance.pick(columns), 'IS NOT', `'no, never ('`, ')'];
}

function makeConstraint(chance: Chance, table: TableModel): ConstraintModel {
  if (chance.is(0.5)) return constraint(chance, 'check', check(chance, table));
  const columns = chance.shuffled(table.columns).slice(0, chance.int(1, 2));
  const parts = columns.map((column) => [
    column,
    ...chance.maybe(0.15, () => ['COLLATE', 'NOCASE']),
    ...chance.maybe(0.15, () => ['DESC']),
  ]);
  return constraint(chance, 'unique', ['UNIQUE', '(', ...listed(parts), ')'], columns);
}

const ACTIONS = ['CASCADE', 'SET NULL', 'RESTRICT', 'NO ACTION', 'SET DEFAULT'] as const;

/** References between the tables, to themselves and in circles too. */
export function addForeignKeys(chance: Chance, tables: readonly TableModel[]): ForeignKeyModel[] {
  const found: ForeignKeyModel[] = [];
  for (const child of tables)
    for (let i = chance.int(0, 2); i > 0; i--) {
      const parent = chance.is(0.2) ? child : chance.pick(tables);
      const key = parentKey(chance, parent);
      if (key === undefined) continue;
      const free = child.columns.filter(
        (column) => !isGenerated(column) && !primaryKey(child).includes(column) && !referring(found, child, column),
      );
      if (free.length < key.length) continue;
      const columns = chance.shuffled(free).slice(0, key.length);
      for (const [at, column] of columns.entries()) {
        const { type } = key[at]!;
        column.type = !child.strict || (type !== undefined && STRICT_TYPES.includes(type)) ? type : 'ANY';
        // What it had was for other values.
        column.constraints = column.constraints.filter(({ kind }) => kind !== 'default' && kind !== 'check');
      }
      const text: Text = [
        'REFERENCES',
        parent,
        ...(key === primaryKey(parent) && chance.is(0.3) ? [] : ['(', ...listed(key.map((column) => [column])), ')']),
        ...chance.maybe(0.8, () => ['ON DELETE', chance.pick(ACTIONS)]),
        ...chance.maybe(0.3, () => ['ON UPDATE', chance.pick(ACTIONS)]),
        ...chance.maybe(0.2, () => ['DEFERRABLE INITIALLY DEFERRED']),
      ];
      if (columns.length === 1 && chance.is(0.6))
        columns[0]!.constraints.push(constraint(chance, 'foreign-key', text, columns));
      else
        child.constraints.push(
          constraint(
            chance,
            'foreign-key',
            ['FOREIGN KEY', '(', ...listed(columns.map((column) => [column])), ')', ...text],
            columns,
          ),
        );
      found.push({ child, columns, parent, parents: key });
    }
  return found;
}

function referring(keys: readonly ForeignKeyModel[], child: TableModel, column: ColumnModel): boolean {
  return keys.some((key) => key.child === child && key.columns.includes(column));
}

/** What a foreign key can point at: the primary key, or a unique column, without a collation of the index's own. */
export function parentKey(chance: Chance, parent: TableModel): readonly ColumnModel[] | undefined {
  const keys = [...constraintsOf(parent, 'primary-key'), ...constraintsOf(parent, 'unique')]
    .filter(({ constraint: one }) => !one.text.includes('COLLATE') && !one.columns.some(isGenerated))
    .map(({ constraint: one }) => one.columns);
  return keys.length === 0 ? undefined : chance.pick(keys);
}
