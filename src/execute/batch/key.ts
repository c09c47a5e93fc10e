import { query, type Op } from '../../bridge/index.ts';
import { quote, sameName, type ObjectName } from '../../sql/index.ts';

/** What orders the rows of a table, so that they can be walked piece by piece. */
export interface TableKey {
  /** Quoted names of the columns, the first one first. */
  readonly columns: readonly string[];
  /** Whether assigning this column would move rows along the walk. */
  moves(column: string): boolean;
}

const rowidNames = ['rowid', '_rowid_', 'oid'];

/**
 * The key of a table: its rowid, or the PRIMARY KEY of one WITHOUT ROWID. A text instead says why it has none. The name
 * is looked up as SQLite does, the temporary tables before those of the database (sqlite.org/lang_naming.html).
 */
export function* readTableKey({ schema, name }: ObjectName): Op<TableKey | string> {
  const found = yield* query<{ schema: string; type: string; wr: number }>(
    `SELECT "schema", type, wr FROM pragma_table_list WHERE name = ? COLLATE NOCASE AND "schema" = coalesce(?, "schema") COLLATE NOCASE ORDER BY "schema" = 'temp' DESC`,
    [name, schema ?? null],
  );
  const [table] = found;
  if (table === undefined) return `there is no table ${name}`;
  if (table.type !== 'table') return `${name} is a ${table.type === 'view' ? 'view' : 'virtual table'}`;
  const columns = yield* query<{ name: string; pk: number }>('SELECT name, pk FROM pragma_table_xinfo(?, ?)', [
    name,
    table.schema,
  ]);
  const primary = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  if (table.wr === 1) return keyOf(primary.map((column) => column.name));
  // A column may have one of the rowid's three names (sqlite.org/lang_createtable.html#rowid).
  const free = rowidNames.filter((candidate) => !columns.some((column) => sameName(column.name, candidate)));
  const [rowid] = free;
  if (rowid === undefined) return `${name} has columns called rowid, _rowid_ and oid, so its rowid cannot be named`;
  // An INTEGER PRIMARY KEY is the rowid and has no index; INTEGER PRIMARY KEY DESC is not, and has one.
  const [index] = yield* query(`SELECT 1 FROM pragma_index_list(?, ?) WHERE origin = 'pk'`, [name, table.schema]);
  const alias = index === undefined ? primary.map((column) => column.name) : [];
  return { columns: [quote(rowid)], moves: among([...alias, ...free]) };
}

/** A key by columns that are given. */
export function keyOf(columns: readonly string[]): TableKey {
  return { columns: columns.map(quote), moves: among(columns) };
}

function among(names: readonly string[]): (column: string) => boolean {
  return (column) => names.some((name) => sameName(name, column));
}
