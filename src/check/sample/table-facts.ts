import { query, type Op, type Row } from '../../bridge/index.ts';
import { nameKey } from '../../sql/index.ts';

/** How SQLite treats what is stored in a column (sqlite.org/datatype3.html, section 3.1). */
export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric';

/** A column that an INSERT can give a value. */
export interface SampleColumn {
  readonly name: string;
  readonly key: string;
  /** As declared, in upper case. */
  readonly type: string;
  readonly affinity: Affinity;
  readonly notNull: boolean;
  readonly defaultText: string | undefined;
  /** Another name for the rowid, which SQLite can choose itself. */
  readonly rowid: boolean;
  /** No two rows may have the same value in it. */
  readonly unique: boolean;
  /** Its place in the table, from 0. */
  readonly place: number;
}

export interface ForeignKey {
  readonly parent: string;
  readonly from: readonly string[];
  /** The parent's columns; empty if the parent is not there. */
  readonly to: readonly string[];
}

/** What has to be known of a table to make up a row for it. */
export interface SampleTable {
  readonly name: string;
  readonly columns: readonly SampleColumn[];
  readonly foreignKeys: readonly ForeignKey[];
}

interface ColumnRow extends Row {
  readonly cid: number;
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
  readonly hidden: number;
}

/** Reads a table's facts. Generated columns and a virtual table's hidden ones are left out. */
export function* readSampleTable(table: string): Op<SampleTable> {
  const rows = yield* readColumnRows(table);
  const indexes = yield* readUniqueIndexes(table);
  const alone = new Set(indexes.filter((index) => index.columns.length === 1).flatMap((index) => index.columns));
  const key = rows.filter((row) => row.pk > 0);
  // INTEGER PRIMARY KEY DESC and the key of a WITHOUT ROWID table have an index; an alias of the rowid has none.
  const alias = key.length === 1 && !indexes.some((index) => index.origin === 'pk') ? key[0] : undefined;
  const columns = rows
    .filter((row) => row.hidden === 0)
    .map((row): SampleColumn => {
      const type = row.type.toUpperCase();
      return {
        name: row.name,
        key: nameKey(row.name),
        type,
        affinity: affinityOf(type),
        notNull: row.notnull !== 0 || row.pk > 0,
        defaultText: row.dflt_value ?? undefined,
        rowid: row === alias && type === 'INTEGER',
        unique: alone.has(nameKey(row.name)) || row === alias,
        place: row.cid,
      };
    });
  return { name: table, columns, foreignKeys: yield* readForeignKeys(table) };
}

function* readColumnRows(table: string): Op<readonly ColumnRow[]> {
  return yield* query<ColumnRow>(
    `SELECT cid, name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?, 'main')`,
    [table],
  );
}

interface UniqueIndex {
  readonly origin: string;
  readonly columns: readonly string[];
}

function* readUniqueIndexes(table: string): Op<readonly UniqueIndex[]> {
  const rows = yield* query<{ idx: string; origin: string; col: string | null }>(
    `SELECT l.name AS idx, l.origin AS origin, i.name AS col FROM pragma_index_list(?, 'main') l, pragma_index_info(l.name, 'main') i WHERE l."unique" = 1 ORDER BY l.seq, i.seqno`,
    [table],
  );
  const indexes = new Map<string, { origin: string; columns: string[] }>();
  for (const row of rows) {
    const index = indexes.get(row.idx) ?? { origin: row.origin, columns: [] };
    // An index on an expression has no name to tell.
    index.columns.push(nameKey(row.col ?? ''));
    indexes.set(row.idx, index);
  }
  return [...indexes.values()];
}

function* readForeignKeys(table: string): Op<readonly ForeignKey[]> {
  const rows = yield* query<{ id: number; parent: string; child: string; target: string | null }>(
    `SELECT id, "table" AS parent, "from" AS child, "to" AS target FROM pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq`,
    [table],
  );
  const keys = new Map<number, { parent: string; from: string[]; to: string[] }>();
  for (const row of rows) {
    const key = keys.get(row.id) ?? { parent: row.parent, from: [], to: [] };
    key.from.push(row.child);
    if (row.target !== null) key.to.push(row.target);
    keys.set(row.id, key);
  }
  for (const key of keys.values()) {
    const parent = yield* readColumnRows(key.parent);
    const present = new Set(parent.map((column) => nameKey(column.name)));
    if (key.to.length === 0)
      key.to = parent
        .filter((column) => column.pk > 0)
        .toSorted((a, b) => a.pk - b.pk)
        .map((column) => column.name);
    else if (!key.to.every((column) => present.has(nameKey(column)))) key.to = [];
  }
  return [...keys.values()];
}

/** The rules of sqlite.org/datatype3.html, section 3.1, in their order. ANY of a STRICT table takes everything. */
function affinityOf(type: string): Affinity {
  if (type.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text';
  if (type === '' || type.includes('BLOB')) return type === '' ? 'text' : 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  return type === 'ANY' ? 'text' : 'numeric';
}
