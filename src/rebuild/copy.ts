import type { TableInfo } from '../schema/index.ts';
import { inMain, nameKey } from '../sql/index.ts';
import type { ColumnSource } from './edit-table.ts';
import { closed } from './table-text.ts';
import { written } from './write.ts';

/** The copy of a table's rows into the one that takes its place. */
export interface Copy {
  readonly from: string;
  readonly to: string;
  /** Columns of the new table that are given a value, in its order; generated ones and defaults are left to SQLite. */
  readonly sources: readonly ColumnSource[];
  /** The rowid is copied too: without it the rows of a table whose key it is not would be numbered anew. */
  readonly rowid: { readonly from: string; readonly to: string } | undefined;
}

/** Plans which columns are copied, and whether the rowid is. */
export function planCopy(
  from: string,
  to: string,
  sources: readonly ColumnSource[],
  before: TableInfo,
  after: TableInfo,
): Copy {
  const generated = generatedColumns(after);
  const given = sources.filter(({ column, value }) => value !== undefined && !generated.has(nameKey(column)));
  const fills = after.rowidAlias !== undefined && given.some(({ column }) => column === after.rowidAlias);
  const [oldRowid, newRowid] = [before.rowidNames[0], after.rowidNames[0]];
  const rowid =
    oldRowid !== undefined && newRowid !== undefined && !fills ? { from: oldRowid, to: newRowid } : undefined;
  return { from, to, sources: given, rowid };
}

/** The keys of the names of a table's generated columns. */
export function generatedColumns({ columns }: TableInfo): ReadonlySet<string> {
  return new Set(columns.filter(({ generated }) => generated !== null).map(({ name }) => nameKey(name)));
}

/**
 * The statement of a copy. OR ABORT: an ON CONFLICT IGNORE or REPLACE clause of the new table would otherwise drop rows
 * without a word.
 */
export function copyStatement({ from, to, sources, rowid }: Copy, table: (name: string) => string = inMain): string {
  const columns = sources.map(({ column }) => written(column));
  const values = sources.map(({ value }) => closed(value!));
  if (rowid !== undefined) {
    columns.unshift(rowid.to);
    values.unshift(rowid.from);
  }
  return `INSERT OR ABORT INTO ${table(to)} (${columns.join(', ')})\n  SELECT ${values.join(', ')} FROM ${table(from)}`;
}
