import { isSqlError, query, type Op, type Row } from '../bridge/index.ts';
import { nameKey } from '../sql/index.ts';
import { isAutoincrement, objectKey, readInventory, type Inventory, type SchemaObject } from './inventory.ts';
import { isVirtual } from './virtual.ts';
import type { ColumnModel, ForeignKeyModel, IndexModel, SchemaModel, TableModel, ViewModel } from './model.ts';

/** Reads a database's schema as data, with a few statements however many tables there are. */
export function* readModel(leaveOut: (table: string) => boolean): Op<SchemaModel> {
  const inventory = yield* readInventory(leaveOut);
  const others = [...inventory.others.values()].sort(byName);
  const ordinary = yield* readDetails();
  const tables: TableModel[] = [];
  for (const object of [...inventory.tables.values()].sort(byName))
    tables.push(isVirtual(object.sql) ? yield* virtualTable(object) : tableModel(object, ordinary, inventory));
  const views: ViewModel[] = [];
  for (const view of others.filter(({ type }) => type === 'view')) views.push(yield* viewModel(view));
  const triggers = others
    .filter(({ type }) => type === 'trigger')
    .map(({ name, table, sql }) => ({ name, table, sql: sql ?? '' }));
  return { tables, views, triggers };
}

/** Rows about ordinary tables, by the key of the table's name. */
interface Details {
  readonly options: ReadonlyMap<string, readonly OptionRow[]>;
  readonly columns: ReadonlyMap<string, readonly ColumnRow[]>;
  readonly foreignKeys: ReadonlyMap<string, readonly ForeignKeyRow[]>;
  readonly indexes: ReadonlyMap<string, readonly IndexRow[]>;
  /** Tables whose primary key has an index: those whose key is not the rowid itself. */
  readonly indexedKeys: ReadonlyMap<string, readonly TableRow[]>;
}

interface TableRow extends Row {
  readonly tbl: string;
}

interface OptionRow extends TableRow {
  readonly wr: number;
  readonly strict: number;
}

interface ColumnRow extends TableRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
  readonly hidden: number;
}

interface ForeignKeyRow extends TableRow {
  readonly id: number;
  readonly table: string;
  readonly from: string;
  readonly to: string | null;
  readonly on_update: string;
  readonly on_delete: string;
}

interface IndexRow extends TableRow {
  readonly name: string;
  readonly unique: number;
  readonly origin: string;
  readonly partial: number;
  readonly col: string | null;
}

/** Virtual tables are left out: one whose module is not there would fail the whole statement. */
const ordinaryTables = `(SELECT name AS tbl FROM main.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'create virtual%')`;

function* readDetails(): Op<Details> {
  return {
    options: byTable(
      yield* query<OptionRow>(`SELECT name AS tbl, wr, strict FROM pragma_table_list WHERE schema = 'main'`),
    ),
    columns: byTable(
      yield* query<ColumnRow>(
        `SELECT m.tbl, c.* FROM ${ordinaryTables} m, pragma_table_xinfo(m.tbl, 'main') c ORDER BY m.tbl, c.cid`,
      ),
    ),
    // SQLite numbers the keys from the last one in the text to the first.
    foreignKeys: byTable(
      yield* query<ForeignKeyRow>(
        `SELECT m.tbl, f.* FROM ${ordinaryTables} m, pragma_foreign_key_list(m.tbl, 'main') f ORDER BY m.tbl, f.id DESC, f.seq`,
      ),
    ),
    indexes: byTable(
      yield* query<IndexRow>(
        `SELECT m.tbl, l.name, l."unique", l.origin, l.partial, i.name AS col FROM ${ordinaryTables} m, pragma_index_list(m.tbl, 'main') l, pragma_index_xinfo(l.name, 'main') i
         WHERE i.key = 1 AND l.origin <> 'pk' ORDER BY m.tbl, l.name, i.seqno`,
      ),
    ),
    indexedKeys: byTable(
      yield* query<TableRow>(
        `SELECT m.tbl FROM ${ordinaryTables} m, pragma_index_list(m.tbl, 'main') l WHERE l.origin = 'pk'`,
      ),
    ),
  };
}

function byTable<R extends TableRow>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const found = new Map<string, R[]>();
  for (const row of rows) {
    const key = nameKey(row.tbl);
    const list = found.get(key);
    if (list === undefined) found.set(key, [row]);
    else list.push(row);
  }
  return found;
}

function tableModel(object: SchemaObject, details: Details, inventory: Inventory): TableModel {
  const key = nameKey(object.name);
  const rows = details.columns.get(key) ?? [];
  const option = details.options.get(key)?.[0];
  return {
    name: object.name,
    virtual: false,
    strict: option?.strict === 1,
    withoutRowid: option?.wr === 1,
    autoincrement: isAutoincrement(object.sql),
    columns: rows.map((row) => columnModel(row, row.pk > 0 && !details.indexedKeys.has(key))),
    primaryKey: keyOf(rows),
    foreignKeys: foreignKeys(details.foreignKeys.get(key) ?? [], details, inventory),
    indexes: indexes(details.indexes.get(key) ?? [], inventory),
    sql: object.sql ?? '',
  };
}

/** The rowid is never NULL; the columns of any other key may be, unless they say so (sqlite.org/lang_createtable.html, 3.5). */
function columnModel(row: ColumnRow, rowid: boolean): ColumnModel {
  return {
    name: row.name,
    type: row.type,
    notNull: row.notnull === 1 || rowid,
    default: row.dflt_value,
    generated: row.hidden === 2 ? 'virtual' : row.hidden === 3 ? 'stored' : null,
    hidden: row.hidden === 1,
  };
}

function keyOf(rows: readonly ColumnRow[]): readonly string[] {
  return rows
    .filter((row) => row.pk > 0)
    .toSorted((a, b) => a.pk - b.pk)
    .map((row) => row.name);
}

function foreignKeys(rows: readonly ForeignKeyRow[], details: Details, inventory: Inventory): ForeignKeyModel[] {
  return [...new Set(rows.map((row) => row.id))].map((id) => {
    const parts = rows.filter((row) => row.id === id);
    const { table, on_update: onUpdate, on_delete: onDelete } = parts[0]!;
    const columns = details.columns.get(nameKey(table)) ?? [];
    const named = parts.flatMap(({ to }) =>
      to === null ? [] : (columns.find((column) => nameKey(column.name) === nameKey(to))?.name ?? to),
    );
    return {
      columns: parts.map((part) => part.from),
      table: (inventory.tables.get(nameKey(table)) ?? inventory.others.get(objectKey('view', table)))?.name ?? table,
      // Without columns the key refers to the primary key (sqlite.org/foreignkeys.html, section 3).
      references: named.length > 0 ? named : keyOf(columns),
      onUpdate,
      onDelete,
    };
  });
}

function indexes(rows: readonly IndexRow[], inventory: Inventory): IndexModel[] {
  return [...new Set(rows.map((row) => row.name))].map((name) => {
    const parts = rows.filter((row) => row.name === name);
    return {
      name,
      unique: parts[0]!.unique === 1,
      partial: parts[0]!.partial === 1,
      columns: parts.map((part) => part.col),
      sql: inventory.others.get(`index:${nameKey(name)}`)?.sql ?? null,
    };
  });
}

function* virtualTable({ name, sql }: SchemaObject): Op<TableModel> {
  const rows = (yield* columnsOf(name)) ?? [];
  return {
    name,
    virtual: true,
    strict: false,
    withoutRowid: false,
    autoincrement: false,
    columns: rows.map((row) => columnModel(row, false)),
    primaryKey: [],
    foreignKeys: [],
    indexes: [],
    sql: sql ?? '',
  };
}

function* viewModel({ name, sql }: SchemaObject): Op<ViewModel> {
  const rows = yield* columnsOf(name);
  return { name, columns: rows?.map((row) => ({ name: row.name, type: row.type })) ?? null, sql: sql ?? '' };
}

/** The columns of a view or virtual table; undefined where SQLite cannot compile it, or has no such module. */
function* columnsOf(name: string): Op<readonly ColumnRow[] | undefined> {
  try {
    return yield* query<ColumnRow>(`SELECT ? AS tbl, c.* FROM pragma_table_xinfo(?, 'main') c ORDER BY c.cid`, [
      name,
      name,
    ]);
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return undefined;
  }
}

function byName(a: SchemaObject, b: SchemaObject): number {
  return a.name < b.name ? -1 : 1;
}
