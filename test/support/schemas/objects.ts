import type { Chance } from './chance.ts';
import { condition, value } from './expressions.ts';
import {
  isGenerated,
  listed,
  rowidColumn,
  type ColumnModel,
  type ObjectModel,
  type TableModel,
  type Text,
  type ViewModel,
} from './model.ts';

/** Everything that hangs on tables, under the given names: indexes, views and views on views, triggers, full text. */
export function makeObjects(chance: Chance, tables: readonly TableModel[], free: string[]): ObjectModel[] {
  const name = (): string => free.pop()!;
  const objects: ObjectModel[] = [];
  for (const table of tables) {
    for (let i = chance.int(0, 2); i > 0; i--) objects.push(makeIndex(chance, table, name()));
    if (chance.is(0.35)) objects.push(...makeSearch(chance, table, name()));
  }
  const views: { view: ViewModel; table: TableModel; columns: readonly ColumnModel[] }[] = [];
  for (let i = chance.int(0, 3); i > 0; i--) {
    const table = chance.pick(tables);
    const columns = table.columns.slice(0, chance.int(1, table.columns.length));
    const view: ViewModel = { is: 'view', name: name(), aliases: columns.map((_, at) => `v${at}`) };
    views.push({ view, table, columns });
    objects.push(makeView(chance, view, table, columns, chance.pick(tables)));
  }
  if (views.length > 0 && chance.is(0.6)) {
    const { view } = chance.pick(views);
    const alias = chance.pick(view.aliases);
    const above: ViewModel = { is: 'view', name: name(), aliases: ['w'] };
    const text: Text = ['CREATE VIEW', above, 'AS SELECT', alias, 'AS w FROM', view, 'WHERE', alias, 'IS NOT', `'('`];
    objects.push({ type: 'view', name: above.name, text, pinned: [] });
  }
  if (chance.is(0.3)) {
    const star: ViewModel = { is: 'view', name: name(), aliases: [] };
    const text: Text = ['CREATE VIEW', star, 'AS SELECT', '*', 'FROM', chance.pick(tables), 'AS x'];
    objects.push({ type: 'view', name: star.name, text, pinned: [] });
  }
  for (let i = chance.int(0, 4); i > 0; i--) objects.push(makeTrigger(chance, tables, name()));
  if (views.length > 0 && chance.is(0.5)) {
    const { view, table, columns } = chance.pick(views);
    objects.push(makeInsteadOf(view, table, columns, name()));
  }
  return objects;
}

const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function makeIndex(chance: Chance, table: TableModel, name: string): ObjectModel {
  const columns = chance.shuffled(table.columns).slice(0, chance.int(1, 2));
  const parts: Text[] = columns.map((column) => [
    ...(chance.is(0.2) ? ['lower', '(', column, ')'] : [column]),
    ...chance.maybe(0.2, () => ['COLLATE', chance.pick(['NOCASE', 'RTRIM'])]),
    ...chance.maybe(0.3, () => [chance.pick(['ASC', 'DESC'])]),
  ]);
  if (chance.is(0.15)) parts.push(['(', ...value(chance, table.columns), ')']);
  const text: Text = [
    'CREATE',
    ...chance.maybe(0.3, () => ['UNIQUE']),
    'INDEX',
    named(name),
    'ON',
    table,
    '(',
    ...listed(parts),
    ')',
    ...chance.maybe(0.3, () => ['WHERE', ...condition<ColumnModel>(chance, table.columns)] as string[]),
  ];
  return { type: 'index', name, text, pinned: [] };
}

/** An external-content FTS5 table: it finds the table's rows by their rowid. */
function makeSearch(chance: Chance, table: TableModel, name: string): ObjectModel[] {
  const known = /^[a-z]\w*$/i;
  const columns = table.columns.filter((column) => known.test(column.name) && !/^(?:rank|rowid)$/i.test(column.name));
  if (table.withoutRowid || columns.length === 0 || table.columns.some((c) => /^(?:rowid|oid|rank)$/i.test(c.name)))
    return [];
  const indexed = columns.filter((column) => !isGenerated(column)).slice(0, 2);
  if (indexed.length === 0) return [];
  const rowid = rowidColumn(table);
  const byName = rowid !== undefined && known.test(rowid.name) && chance.is(0.7);
  const options = [
    ...indexed.map((column) => named(column.name)),
    `content='${table.name.replaceAll("'", "''")}'`,
    `content_rowid='${byName ? rowid.name : 'rowid'}'`,
  ];
  const text: Text = [`CREATE VIRTUAL TABLE ${named(name)} USING fts5(${options.join(', ')})`];
  return [{ type: 'virtual', name, text, pinned: byName ? [...indexed, rowid] : indexed }];
}

function makeView(
  chance: Chance,
  view: ViewModel,
  table: TableModel,
  columns: readonly ColumnModel[],
  other: TableModel,
): ObjectModel {
  const parts = columns.map((column, i): Text => ['t', '.', column, 'AS', view.aliases[i]!]);
  const join: Text =
    chance.is(0.3) && other !== table
      ? [',', other, 'AS o ON', 'o', '.', other.columns[0]!, 'IS', 't', '.', columns[0]!]
      : [];
  const text: Text = [
    'CREATE VIEW',
    view,
    'AS SELECT',
    ...listed(parts),
    'FROM',
    table,
    'AS t',
    ...(join.length === 0 ? [] : ['JOIN', ...join.slice(1)]),
    ...chance.maybe(0.3, () => ['WHERE', 't', '.', columns[0]!, 'IS NOT', `'), ('`] as string[]),
  ];
  return { type: 'view', name: view.name, text, pinned: [] };
}

/** A trigger of one table that names another, or the same. */
function makeTrigger(chance: Chance, tables: readonly TableModel[], name: string): ObjectModel {
  const [table, other] = [chance.pick(tables), chance.pick(tables)];
  const event = chance.pick(['INSERT', 'UPDATE', 'DELETE']);
  const row = event === 'INSERT' ? 'new' : 'old';
  const own = (): Text => [row, '.', chance.pick(table.columns)];
  const plain = other.columns.filter((column) => !isGenerated(column));
  const target = chance.pick(plain);
  const statements: (() => Text)[] = [
    () => ['INSERT INTO', other, '(', target, ')', 'VALUES (', ...own(), ')'],
    () => ['UPDATE', other, 'SET', target, '=', ...own(), 'WHERE', chance.pick(other.columns), '=', ...own()],
    () => ['DELETE FROM', other, 'WHERE', chance.pick(other.columns), 'IS', ...own(), 'AND', '0'],
    () => ['SELECT', 'count', '(', '*', ')', 'FROM', other, 'AS o JOIN', chance.pick(tables), 'AS z'],
    () => ['SELECT', `RAISE(IGNORE)`, 'FROM', other, 'WHERE', chance.pick(other.columns), 'IS', `'END;'`],
  ];
  const text: Text = [
    'CREATE TRIGGER',
    named(name),
    chance.pick(['BEFORE', 'AFTER']),
    event,
    ...(event === 'UPDATE' ? chance.maybe<string | ColumnModel>(0.5, () => ['OF', chance.pick(table.columns)]) : []),
    'ON',
    table,
    ...chance.maybe(0.3, () => ['FOR EACH ROW']),
    ...chance.maybe<string | ColumnModel | TableModel | ViewModel>(0.3, () => ['WHEN', ...own(), 'IS NOT', `'--'`]),
    'BEGIN',
    ...Array.from({ length: chance.int(1, 2) }, () => [...chance.pick(statements)(), ';']).flat(),
    'END',
  ];
  return { type: 'trigger', name, text, pinned: [] };
}

function makeInsteadOf(view: ViewModel, table: TableModel, columns: readonly ColumnModel[], name: string): ObjectModel {
  const at = columns.findIndex((column) => !isGenerated(column));
  const body: Text =
    at === -1
      ? ['SELECT', '1']
      : ['INSERT INTO', table, '(', columns[at]!, ')', 'VALUES (', 'new', '.', view.aliases[at]!, ')'];
  const text: Text = ['CREATE TRIGGER', named(name), 'INSTEAD OF INSERT ON', view, 'BEGIN', ...body, ';', 'END'];
  return { type: 'trigger', name, text, pinned: [] };
}
