import { query, queryOne, type Op } from '../bridge/index.ts';
import { nameKey } from '../sql/index.ts';

/** How the rows of a table can be told apart. */
export interface RowKey {
  /** A name of the rowid that no column has; undefined for a table without rowid, or where columns have all three. */
  readonly rowid: string | undefined;
  /** The INTEGER PRIMARY KEY, which is the rowid by another name (sqlite.org/lang_createtable.html, section 5). */
  readonly rowidColumn: string | undefined;
  readonly primaryKey: readonly string[];
  readonly withoutRowid: boolean;
}

/** Reads how rows can be told apart. `taken` are names that cannot stand for the rowid. */
export function* readRowKey(table: string, taken: readonly string[]): Op<RowKey> {
  const listed = yield* queryOne<{ wr: number }>(`SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'`, [table]);
  const columns = yield* query<{ name: string }>(
    `SELECT name FROM pragma_table_xinfo(?, 'main') WHERE pk > 0 ORDER BY pk`,
    [table],
  );
  const [index] = yield* query(`SELECT 1 FROM pragma_index_list(?, 'main') WHERE origin = 'pk'`, [table]);
  const withoutRowid = Number(listed?.wr) === 1;
  const names = new Set(taken.map(nameKey));
  const primaryKey = columns.map(({ name }) => name);
  return {
    rowid: withoutRowid ? undefined : ['rowid', '_rowid_', 'oid'].find((alias) => !names.has(alias)),
    // A primary key of a rowid table that needs no index is the rowid itself.
    rowidColumn: !withoutRowid && index === undefined ? primaryKey[0] : undefined,
    primaryKey,
    withoutRowid,
  };
}
