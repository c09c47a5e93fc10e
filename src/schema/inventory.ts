import { engineFacts, query, queryNumber, queryOne, type Op } from '../bridge/index.ts';
import { canonical, literal, nameKey, quote, type NameKey } from '../sql/index.ts';
import { isVirtual, readShadowTables, readUnloaded, type SchemaRow } from './virtual.ts';

/** An object of the schema, as sqlite_schema lists it. */
export interface SchemaObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  /** The table of an index or a trigger; the object's own name otherwise. */
  readonly table: string;
  /** Undefined for the automatic indexes of UNIQUE and PRIMARY KEY. */
  readonly sql: string | undefined;
}

/** Objects of a schema by key. */
export type SchemaObjects = ReadonlyMap<string, SchemaObject>;

/** The objects of a database by name, without SQLite's own (`sqlite_...`). */
export interface Inventory {
  readonly tables: ReadonlyMap<NameKey, SchemaObject>;
  /** Indexes, views and triggers, by `objectKey`. */
  readonly others: SchemaObjects;
  /** Whether sqlite_sequence exists: some table has, or had, AUTOINCREMENT. */
  readonly hasSequences: boolean;
  /** Virtual tables whose module is not loaded, with its name; absent if there are none. */
  readonly unloaded?: ReadonlyMap<string, string>;
}

/** The key of an index, view or trigger: its type and name. */
export function objectKey(type: string, name: string): string {
  return `${type}:${nameKey(name)}`;
}

/** Reads the inventory. `leaveOut` excludes tables that are no content, such as Dunlin's own. */
export function* readInventory(leaveOut: (table: string) => boolean): Op<Inventory> {
  const rows = yield* query<SchemaRow>(
    `SELECT type, name, tbl_name, sql FROM main.sqlite_schema${yield* exceptReserved('WHERE')} ORDER BY rowid`,
  );
  if (!rows.some((row) => isVirtual(row.sql))) return toInventory(rows, leaveOut);
  const shadows = yield* readShadowTables(rows);
  const inventory = toInventory(rows, (table) => leaveOut(table) || shadows.has(nameKey(table)));
  const unloaded = yield* readUnloaded(rows);
  return unloaded.size === 0 ? inventory : { ...inventory, unloaded };
}

/**
 * The condition on sqlite_schema that leaves out the engine's own tables, and what belongs to them: empty if there are none,
 * else with a space and this word before it.
 */
export function* exceptReserved(word: 'WHERE' | 'AND'): Op<string> {
  const { reserved } = yield* engineFacts();
  const conditions = reserved.map((pattern) => `tbl_name NOT LIKE ${literal(pattern)} ESCAPE '\\'`);
  return conditions.length === 0 ? '' : ` ${word} ${conditions.join(' AND ')}`;
}

export function toInventory(rows: readonly SchemaRow[], leaveOut: (table: string) => boolean = () => false): Inventory {
  const tables = new Map<NameKey, SchemaObject>();
  const others = new Map<string, SchemaObject>();
  let hasSequences = false;
  for (const row of rows) {
    if (row.name === 'sqlite_sequence') hasSequences = true;
    // "sqlite_" names are reserved (sqlite.org/fileformat2.html, section 2.6): automatic indexes, sequences, statistics.
    if (nameKey(row.name).startsWith('sqlite_') || leaveOut(row.tbl_name)) continue;
    const object = toObject(row);
    if (row.type === 'table') tables.set(nameKey(row.name), object);
    else others.set(objectKey(row.type, row.name), object);
  }
  return { tables, others, hasSequences };
}

/** The inventory without some tables, by the keys of their names, and what belongs to them. */
export function withoutTables(inventory: Inventory, leftOut: ReadonlySet<string>): Inventory {
  const { tables, others } = toInventory(toRows(inventory), (table) => leftOut.has(nameKey(table)));
  return { ...inventory, tables, others };
}

export function toRows({ tables, others }: Inventory): readonly SchemaRow[] {
  return [...tables.values(), ...others.values()].map(({ type, name, table, sql }) => ({
    type,
    name,
    tbl_name: table,
    sql: sql ?? null,
  }));
}

function toObject(row: SchemaRow): SchemaObject {
  return { type: row.type, name: row.name, table: row.tbl_name, sql: row.sql ?? undefined };
}

/**
 * The temporary objects of this connection. Unqualified names find them before those of the database, and a temporary
 * trigger may fire on any table (sqlite.org/lang_naming.html, sqlite.org/lang_createtrigger.html).
 */
export function* readTemporary(): Op<readonly SchemaObject[]> {
  if (!(yield* engineFacts()).temporary) return [];
  return (yield* query<SchemaRow>(`SELECT type, name, tbl_name, sql FROM temp.sqlite_schema`)).map(toObject);
}

export function isTableOrView({ type }: SchemaObject): boolean {
  return type === 'table' || type === 'view';
}

export function isEmpty(inventory: Inventory): boolean {
  return inventory.tables.size === 0 && inventory.others.size === 0;
}

export function isAutoincrement(sql: string | undefined): boolean {
  return sql !== undefined && /\bautoincrement\b/i.test(sql);
}

/** How many rows a table has. */
export function* countRows(table: string): Op<number> {
  return yield* queryNumber(`SELECT count(*) FROM main.${quote(table)}`);
}

/** Whether a table has a row. `from` is SQL: a quoted name, or one with a condition. */
export function* hasRows(from: string): Op<boolean> {
  return (yield* queryNumber(`SELECT EXISTS (SELECT 1 FROM ${from})`)) === 1;
}

/** The name of a table in its own spelling; undefined if it is missing. */
export function* findTable(name: string): Op<string | undefined> {
  const sql = `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`;
  return (yield* queryOne<{ name: string }>(sql, [name]))?.name;
}

/**
 * A text that is equal for equal schemas, whatever the order of their objects; its hash is the fingerprint. `forms` are
 * the canonical forms of texts that are known already: reading a thousand of them takes as long as the rest.
 */
export function fingerprintText({ tables, others }: Inventory, forms: ReadonlyMap<string, string> = new Map()): string {
  return [...tables.values(), ...others.values()]
    .map(({ type, name, sql = '' }) => `${type} ${name} ${forms.get(sql) ?? canonical(sql)}`)
    .toSorted()
    .join('\n');
}
