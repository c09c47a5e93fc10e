import { queryOn, type DatabaseBridge, type Op, type Row } from '../bridge/index.ts';
import { nameKey, quote } from '../sql/index.ts';

/** Column affinities (sqlite.org/datatype3.html, section 3.1). */
export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric';

/** A table or view, as `pragma_table_list` has it. */
export interface TableEntry {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual' | 'shadow';
  readonly withoutRowid: boolean;
  readonly strict: boolean;
}

export interface Column {
  readonly name: string;
  /** As declared; empty if it was not. */
  readonly type: string;
  readonly notNull: boolean;
  /** The SQL of the default. */
  readonly default: string | null;
  /** The position in the primary key, from 1; 0 outside it. */
  readonly keyPosition: number;
  readonly generated: 'stored' | 'virtual' | null;
  /** A hidden column of a virtual table, such as the one that has the name of a full-text table. */
  readonly hidden: boolean;
}

export interface ColumnInfo extends Column {
  readonly affinity: Affinity;
}

export interface IndexInfo {
  readonly name: string;
  readonly origin: 'create-index' | 'unique' | 'primary-key';
  readonly unique: boolean;
  readonly partial: boolean;
  readonly columns: readonly IndexColumn[];
}

export interface IndexColumn {
  /** Null for an expression. */
  readonly name: string | null;
  readonly collation: string;
}

/** Columns in which no two rows have the same values, and the collations that compare them. */
export interface UniqueKey {
  readonly columns: readonly string[];
  /** Empty for the rowid. */
  readonly collations: readonly string[];
}

export interface TableInfo {
  /** Undefined if the table is missing. */
  readonly kind: TableEntry['kind'] | undefined;
  readonly columns: readonly ColumnInfo[];
  /** The columns of the primary key, in its order. */
  readonly primaryKey: readonly string[];
  /** The INTEGER PRIMARY KEY, which is the rowid under another name (sqlite.org/lang_createtable.html, section 5). */
  readonly rowidAlias: string | undefined;
  /** Which of `rowid`, `_rowid_` and `oid` are the rowid: a column of that name hides it. */
  readonly rowidNames: readonly string[];
  readonly withoutRowid: boolean;
  readonly strict: boolean;
  /** The primary key first, then in the order in which they were created. */
  readonly indexes: readonly IndexInfo[];
  /** The primary key first. Partial indexes and those on expressions are no keys. */
  readonly keys: readonly UniqueKey[];
  /** How many unique indexes there are, partial ones included, and the rowid alias. */
  readonly uniques: number;
}

export interface ForeignKey {
  readonly id: number;
  /** The table that has the foreign key. */
  readonly child: string;
  readonly columns: readonly string[];
  /** As the foreign key spells it. */
  readonly parent: string;
  /** The columns that it names in the parent; none if it refers to the parent's primary key. */
  readonly parentColumns: readonly string[];
  readonly onUpdate: string;
  readonly onDelete: string;
}

/**
 * Lists the tables and views that have a name, or all; in one schema, or in every schema. They are in the order in which
 * SQLite looks names up.
 */
export function* listTables(
  { name, schema }: { readonly name?: string | undefined; readonly schema?: string | undefined },
  on?: DatabaseBridge,
): Op<readonly TableEntry[]> {
  const rows = yield* queryOn<{ schema: string; name: string; type: TableEntry['kind']; wr: number; strict: number }>(
    on,
    `SELECT "schema", name, type, wr, strict FROM pragma_table_list${name === undefined ? '' : '(?)'}
     WHERE "schema" = coalesce(?, "schema") COLLATE NOCASE`,
    name === undefined ? [schema ?? null] : [name, schema ?? null],
  );
  const entries = rows.map(({ type: kind, wr, strict, ...names }) => ({
    ...names,
    kind,
    withoutRowid: Number(wr) === 1,
    strict: Number(strict) === 1,
  }));
  // Temporary tables come first (sqlite.org/lang_naming.html).
  return entries.toSorted((a, b) => Number(b.schema === 'temp') - Number(a.schema === 'temp'));
}

/** Reads the columns of a table or view, generated and hidden ones included. */
export function* readColumns(table: string, schema: string = 'main', on?: DatabaseBridge): Op<readonly Column[]> {
  return (yield* columnRows(oneTable(table, schema), on)).map(toColumn);
}

/** Reads a table. If it is missing, `columns` is empty and `kind` undefined. */
export function* readTableInfo(table: string, schema: string = 'main'): Op<TableInfo> {
  const tables = oneTable(table, schema);
  const columns = yield* columnRows(tables, undefined);
  const entries = yield* listTables({ name: table, schema });
  return toTableInfo(entries[0], columns, yield* indexRows(tables, undefined));
}

/** Reads all tables of a schema, with few statements. Virtual tables are left out: their modules may be missing. */
export function* readTables(
  schema: string = 'main',
  on?: DatabaseBridge,
): Op<readonly (TableInfo & { readonly name: string })[]> {
  const entries = new Map((yield* listTables({ schema }, on)).map((entry) => [entry.name, entry]));
  const columns = groupBy(yield* columnRows(allTables(schema), on), ({ tbl }) => tbl);
  const indexes = groupBy(yield* indexRows(allTables(schema), on), ({ tbl }) => tbl);
  return [...columns].map(([name, rows]) => ({
    name,
    ...toTableInfo(entries.get(name), rows, indexes.get(name) ?? []),
  }));
}

/** Reads the foreign keys of one table, those that name one parent, or all, in the order of the schema. */
export function* readForeignKeys({ table, parent }: { readonly table?: string; readonly parent?: string } = {}): Op<
  readonly ForeignKey[]
> {
  // Only a CREATE TABLE with the word REFERENCES can have a foreign key; the pragma of every table would cost more.
  const from =
    table === undefined
      ? `(SELECT rowid AS number, name FROM main.sqlite_schema WHERE type = 'table' AND instr(lower(sql), 'references') AND sql NOT LIKE 'create virtual%')`
      : '(SELECT 0 AS number, ? AS name)';
  // SQLite numbers the foreign keys from the last one in the CREATE TABLE to the first.
  const rows = yield* queryOn<{
    child: string;
    id: number;
    parent: string;
    from: string;
    to: string | null;
    on_update: string;
    on_delete: string;
  }>(
    undefined,
    `SELECT t.name AS child, f.id, f."table" AS parent, f."from", f."to", f.on_update, f.on_delete
     FROM ${from} AS t, pragma_foreign_key_list(t.name, 'main') AS f
     ${parent === undefined ? '' : 'WHERE f."table" = ? COLLATE NOCASE'} ORDER BY t.number, f.id DESC, f.seq`,
    [table, parent].filter((value) => value !== undefined),
  );
  const keys = groupBy(rows, ({ child, id }) => `${id} ${child}`);
  return [...keys.values()].map((parts) => {
    const { id, child, parent: named, on_update: onUpdate, on_delete: onDelete } = parts[0]!;
    return {
      id: Number(id),
      child,
      columns: parts.map((part) => part.from),
      parent: named,
      parentColumns: parts.flatMap(({ to }) => (to === null ? [] : [to])),
      onUpdate,
      onDelete,
    };
  });
}

/** The columns of the parent that a foreign key refers to (sqlite.org/foreignkeys.html, section 3). */
export function referencedColumns(
  { parentColumns }: ForeignKey,
  parent: Pick<TableInfo, 'primaryKey'> | undefined,
): readonly string[] {
  return parentColumns.length > 0 ? parentColumns : (parent?.primaryKey ?? []);
}

/** The rules of sqlite.org/datatype3.html, section 3.1, in their order; ANY of a STRICT table converts nothing. */
export function affinityOf(type: string, strict: boolean = false): Affinity {
  const key = nameKey(type);
  if (strict && key === 'any') return 'blob';
  if (key.includes('int')) return 'integer';
  if (/char|clob|text/.test(key)) return 'text';
  if (key === '' || key.includes('blob')) return 'blob';
  return /real|floa|doub/.test(key) ? 'real' : 'numeric';
}

/** A query for a FROM clause that lists names of tables as `tbl`. */
interface TableListQuery {
  readonly sql: string;
  readonly params: readonly string[];
  readonly schema: string;
}

function oneTable(table: string, schema: string): TableListQuery {
  return { sql: '(SELECT ? AS tbl)', params: [table], schema };
}

function allTables(schema: string): TableListQuery {
  const sql = `(SELECT name AS tbl FROM ${quote(schema)}.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'create virtual%')`;
  return { sql, params: [], schema };
}

interface ColumnRow extends Row {
  readonly tbl: string;
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt: string | null;
  readonly pk: number;
  readonly hidden: number;
}

function* columnRows(
  { sql, params, schema }: TableListQuery,
  on: DatabaseBridge | undefined,
): Op<readonly ColumnRow[]> {
  return yield* queryOn<ColumnRow>(
    on,
    `SELECT t.tbl, c.name, c.type, c."notnull", c.dflt_value AS dflt, c.pk, c.hidden
     FROM ${sql} AS t, pragma_table_xinfo(t.tbl, ?) AS c ORDER BY t.tbl, c.cid`,
    [...params, schema],
  );
}

interface IndexRow extends Row {
  readonly tbl: string;
  readonly id: string;
  readonly unique: number;
  readonly origin: 'c' | 'u' | 'pk';
  readonly partial: number;
  readonly name: string | null;
  readonly coll: string;
}

const origins = { c: 'create-index', u: 'unique', pk: 'primary-key' } as const;

/** The columns of indexes. pragma_index_list has the newest index first, so `seq DESC` is the order of creation. */
function* indexRows({ sql, params, schema }: TableListQuery, on: DatabaseBridge | undefined): Op<readonly IndexRow[]> {
  return yield* queryOn<IndexRow>(
    on,
    `SELECT t.tbl, l.name AS id, l."unique", l.origin, l.partial, x.name, x.coll
     FROM ${sql} AS t, pragma_index_list(t.tbl, ?) AS l, pragma_index_xinfo(l.name, ?) AS x
     WHERE x.key ORDER BY t.tbl, l.origin <> 'pk', l.seq DESC, x.seqno`,
    [...params, schema, schema],
  );
}

function toColumn({ name, type, notnull, dflt, pk, hidden }: ColumnRow): Column {
  return {
    name,
    type,
    notNull: Number(notnull) === 1,
    default: dflt,
    keyPosition: Number(pk),
    generated: Number(hidden) === 2 ? 'virtual' : Number(hidden) === 3 ? 'stored' : null,
    hidden: Number(hidden) === 1,
  };
}

function toTableInfo(
  entry: TableEntry | undefined,
  columnRows: readonly ColumnRow[],
  indexRows: readonly IndexRow[],
): TableInfo {
  const { kind, withoutRowid = false, strict = false } = entry ?? {};
  const columns = columnRows.map((row) => ({ ...toColumn(row), affinity: affinityOf(row.type, strict) }));
  const primaryKey = columns
    .filter(({ keyPosition }) => keyPosition > 0)
    .toSorted((a, b) => a.keyPosition - b.keyPosition)
    .map(({ name }) => name);
  const indexes = [...groupBy(indexRows, ({ id }) => id).values()].map(toIndexInfo);
  const hasKeyIndex = indexes.some(({ origin }) => origin === 'primary-key');
  // A primary key that needs no index is the rowid. INTEGER PRIMARY KEY DESC needs one; a virtual table has no indexes.
  const rowidAlias = withoutRowid || hasKeyIndex || kind === 'virtual' ? undefined : primaryKey[0];
  const unique = indexes.filter((index) => index.unique);
  const keys: UniqueKey[] = unique
    .filter((index) => !index.partial && index.columns.every(({ name }) => name !== null))
    .map((index) => ({
      columns: index.columns.map(({ name }) => name!),
      collations: index.columns.map(({ collation }) => collation),
    }));
  if (rowidAlias !== undefined) keys.unshift({ columns: [rowidAlias], collations: [] });
  const hasRowid = kind !== undefined && kind !== 'view' && !withoutRowid;
  const taken = new Set(columns.map(({ name }) => nameKey(name)));
  return {
    kind,
    columns,
    primaryKey,
    rowidAlias,
    rowidNames: hasRowid ? ['rowid', '_rowid_', 'oid'].filter((name) => !taken.has(name)) : [],
    withoutRowid,
    strict,
    indexes,
    keys,
    uniques: unique.length + (rowidAlias === undefined ? 0 : 1),
  };
}

function toIndexInfo(parts: readonly IndexRow[]): IndexInfo {
  const { id, origin, unique, partial } = parts[0]!;
  return {
    name: id,
    origin: origins[origin],
    unique: Number(unique) === 1,
    partial: Number(partial) === 1,
    columns: parts.map(({ name, coll }) => ({ name, collation: coll })),
  };
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
