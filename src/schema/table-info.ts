import { query, type Op } from '../bridge/index.ts';
import { nameKey } from '../sql/index.ts';

/** The form in which a column keeps values (sqlite.org/datatype3.html, section 3.1). */
export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric';

export interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly affinity: Affinity;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated: boolean;
}

/** Columns of which no two rows have the same values, and under which collations. */
export interface UniqueKey {
  readonly columns: readonly string[];
  /** Empty for the rowid. */
  readonly collations: readonly string[];
}

export interface TableInfo {
  readonly columns: readonly ColumnInfo[];
  /** The primary key first. Partial indexes and those on expressions are left out. */
  readonly keys: readonly UniqueKey[];
  /** How many unique indexes there are, partial ones included, and the rowid alias. */
  readonly uniques: number;
  /** The INTEGER PRIMARY KEY, which is the rowid under another name (sqlite.org/lang_createtable.html, section 5). */
  readonly rowidAlias: string | undefined;
  readonly withoutRowid: boolean;
}

/** Reads what decides about the rows of a table. Without columns: there is no such table. */
export function* readTableInfo(table: string, schema: 'main' | 'temp' = 'main'): Op<TableInfo> {
  const columns = yield* query<{
    name: string;
    type: string;
    notnull: number;
    dflt: string | null;
    pk: number;
    hidden: number;
  }>(`SELECT name, type, "notnull", dflt_value AS dflt, pk, hidden FROM pragma_table_xinfo(?, ?)`, [table, schema]);
  const [listed] = yield* query<{ wr: number; strict: number }>(
    `SELECT wr, strict FROM pragma_table_list(?) WHERE schema = ?`,
    [table, schema],
  );
  const indexes = yield* query<{
    id: string;
    origin: string;
    partial: number;
    cid: number;
    name: string | null;
    coll: string;
  }>(
    `SELECT l.name AS id, l.origin, l.partial, x.cid, x.name, x.coll FROM pragma_index_list(?, ?) AS l, pragma_index_xinfo(l.name, ?) AS x
     WHERE l."unique" AND x.key ORDER BY l.origin <> 'pk', l.seq DESC, x.seqno`,
    [table, schema, schema],
  );
  const withoutRowid = Number(listed?.wr) === 1;
  const primaryKey = columns.filter(({ pk }) => Number(pk) > 0).toSorted((a, b) => Number(a.pk) - Number(b.pk));
  // A primary key of a rowid table that needs no index is the rowid itself.
  const rowidAlias = withoutRowid || indexes.some(({ origin }) => origin === 'pk') ? undefined : primaryKey[0]?.name;
  const groups = new Map<string, (typeof indexes)[number][]>();
  for (const part of indexes) {
    const parts = groups.get(part.id);
    if (parts === undefined) groups.set(part.id, [part]);
    else parts.push(part);
  }
  const keys: UniqueKey[] = [...groups.values()]
    .filter((parts) => Number(parts[0]!.partial) === 0 && parts.every(({ cid }) => Number(cid) >= 0))
    .map((parts) => ({ columns: parts.map(({ name }) => name!), collations: parts.map(({ coll }) => coll) }));
  if (rowidAlias !== undefined) keys.unshift({ columns: [rowidAlias], collations: [] });
  const isStrict = Number(listed?.strict) === 1;
  return {
    columns: columns.map(({ name, type, notnull, dflt, hidden }) => ({
      name,
      type,
      affinity: affinityOf(type, isStrict),
      notNull: Number(notnull) === 1,
      hasDefault: dflt !== null,
      generated: Number(hidden) === 2 || Number(hidden) === 3,
    })),
    keys,
    uniques: groups.size + (rowidAlias === undefined ? 0 : 1),
    rowidAlias,
    withoutRowid,
  };
}

/** The rules of sqlite.org/datatype3.html, section 3.1, in their order; ANY of a STRICT table keeps what it is given. */
export function affinityOf(type: string, strict: boolean = false): Affinity {
  const key = nameKey(type);
  if (strict && key === 'any') return 'blob';
  if (key.includes('int')) return 'integer';
  if (/char|clob|text/.test(key)) return 'text';
  if (key === '' || key.includes('blob')) return 'blob';
  return /real|floa|doub/.test(key) ? 'real' : 'numeric';
}
