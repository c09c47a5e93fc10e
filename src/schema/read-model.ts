import { unlessRefused, type Op } from '../bridge/index.ts';
import { nameKey } from '../sql/index.ts';
import { isAutoincrement, objectKey, readInventory, type Inventory, type SchemaObject } from './inventory.ts';
import type { ColumnModel, ForeignKeyModel, IndexModel, SchemaModel, TableModel, ViewModel } from './model.ts';
import {
  readColumns,
  readForeignKeys,
  readTables,
  referencedColumns,
  type Column,
  type ForeignKey,
  type IndexInfo,
  type TableInfo,
} from './table-info.ts';

/** Reads a database's schema as data, with a few statements however many tables there are. */
export function* readModel(leaveOut: (table: string) => boolean): Op<SchemaModel> {
  const inventory = yield* readInventory(leaveOut);
  const others = [...inventory.others.values()].sort(byName);
  const infos = new Map((yield* readTables()).map((info) => [nameKey(info.name), info]));
  const foreignKeys = yield* readForeignKeys();
  const tables: TableModel[] = [];
  for (const object of [...inventory.tables.values()].sort(byName)) {
    const info = infos.get(nameKey(object.name));
    if (info === undefined) {
      tables.push(yield* virtualTable(object));
      continue;
    }
    const own = foreignKeys.filter(({ child }) => child === object.name);
    const keys = own.map((key) => foreignKeyModel(key, infos.get(nameKey(key.parent)), inventory));
    tables.push(tableModel(object, info, keys, inventory));
  }
  const views: ViewModel[] = [];
  for (const view of others.filter(({ type }) => type === 'view')) views.push(yield* viewModel(view));
  const triggers = others
    .filter(({ type }) => type === 'trigger')
    .map(({ name, table, sql }) => ({ name, table, sql: sql ?? '' }));
  return { tables, views, triggers };
}

function tableModel(
  { name, sql }: SchemaObject,
  info: TableInfo,
  foreignKeys: readonly ForeignKeyModel[],
  inventory: Inventory,
): TableModel {
  const { strict, withoutRowid, primaryKey } = info;
  return {
    name,
    virtual: false,
    strict,
    withoutRowid,
    autoincrement: isAutoincrement(sql),
    columns: info.columns.map((column) => columnModel(column, column.name === info.rowidAlias)),
    primaryKey,
    foreignKeys,
    indexes: info.indexes
      .filter(({ origin }) => origin !== 'primary-key')
      .toSorted(byName)
      .map((index) => indexModel(index, inventory)),
    sql: sql ?? '',
  };
}

/** The rowid is never NULL; the columns of any other key may be, unless they say so (sqlite.org/lang_createtable.html, 3.5). */
function columnModel(
  { name, type, notNull, default: value, generated, hidden }: Column,
  isRowid: boolean,
): ColumnModel {
  return { name, type, notNull: notNull || isRowid, default: value, generated, hidden };
}

function foreignKeyModel(key: ForeignKey, parent: TableInfo | undefined, inventory: Inventory): ForeignKeyModel {
  const { columns, parent: table, onUpdate, onDelete } = key;
  const spelled = (name: string): string =>
    parent?.columns.find((column) => nameKey(column.name) === nameKey(name))?.name ?? name;
  return {
    columns,
    table: (inventory.tables.get(nameKey(table)) ?? inventory.others.get(objectKey('view', table)))?.name ?? table,
    references: referencedColumns(key, parent).map(spelled),
    onUpdate,
    onDelete,
  };
}

function indexModel({ name, unique, partial, columns }: IndexInfo, inventory: Inventory): IndexModel {
  const sql = inventory.others.get(objectKey('index', name))?.sql ?? null;
  return { name, unique, partial, columns: columns.map((column) => column.name), sql };
}

function* virtualTable({ name, sql }: SchemaObject): Op<TableModel> {
  const columns = (yield* columnsOf(name)) ?? [];
  return {
    name,
    virtual: true,
    strict: false,
    withoutRowid: false,
    autoincrement: false,
    columns: columns.map((column) => columnModel(column, false)),
    primaryKey: [],
    foreignKeys: [],
    indexes: [],
    sql: sql ?? '',
  };
}

function* viewModel({ name, sql }: SchemaObject): Op<ViewModel> {
  const columns = yield* columnsOf(name);
  return {
    name,
    columns: columns?.map((column) => ({ name: column.name, type: column.type })) ?? null,
    sql: sql ?? '',
  };
}

/** The columns of a view or virtual table; undefined if SQLite cannot compile it, or its module is missing. */
function* columnsOf(name: string): Op<readonly Column[] | undefined> {
  return (yield* unlessRefused(readColumns(name))).result;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
