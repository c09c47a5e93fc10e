import type { Op } from '../../bridge/index.ts';
import { listTables, readTableInfo } from '../../schema/index.ts';
import { quote, sameName, type ObjectName } from '../../sql/index.ts';

/** What orders the rows of a table, so that they can be walked piece by piece. */
export interface TableKey {
  /** Quoted names of the columns, the first one first. */
  readonly columns: readonly string[];
  /** Whether assigning this column would move rows along the walk. */
  moves(column: string): boolean;
}

/**
 * The key of a table: its rowid, or the PRIMARY KEY of one WITHOUT ROWID. A text instead says why it has none. The name
 * is looked up as SQLite does, the temporary tables before those of the database (sqlite.org/lang_naming.html).
 */
export function* readTableKey(table: ObjectName): Op<TableKey | string> {
  const { name } = table;
  const [found] = yield* listTables(table);
  if (found === undefined) return `there is no table ${name}`;
  if (found.kind !== 'table') return `${name} is a ${found.kind === 'view' ? 'view' : 'virtual table'}`;
  const { withoutRowid, primaryKey, rowidAlias, rowidNames } = yield* readTableInfo(name, found.schema);
  if (withoutRowid) return keyOf(primaryKey);
  const [rowid] = rowidNames;
  if (rowid === undefined) return `${name} has columns called rowid, _rowid_ and oid, so its rowid cannot be named`;
  const names = rowidAlias === undefined ? rowidNames : [rowidAlias, ...rowidNames];
  return { columns: [quote(rowid)], moves: among(names) };
}

/** A key by columns that are given. */
export function keyOf(columns: readonly string[]): TableKey {
  return { columns: columns.map(quote), moves: among(columns) };
}

function among(names: readonly string[]): (column: string) => boolean {
  return (column) => names.some((name) => sameName(name, column));
}
