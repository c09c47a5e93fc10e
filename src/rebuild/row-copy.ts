import type { TableInfo } from '../schema/index.ts';
import { inMain, nameKey, quoteIfNeeded } from '../sql/index.ts';
import type { ColumnSource } from './edit-table.ts';
import { endComment } from './table-text.ts';

/** The copy of rows into the new table. */
export interface Copy {
  readonly from: string;
  readonly to: string;
  /** The columns that the copy fills, in the order of the new table. SQLite fills generated ones and defaults. */
  readonly sources: readonly ColumnSource[];
  /** Copied explicitly, or SQLite would number the rows anew if no column is the rowid. */
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

/** OR ABORT: an ON CONFLICT IGNORE or REPLACE clause of the new table would drop rows silently. */
export function copyStatement({ from, to, sources, rowid }: Copy, table: (name: string) => string = inMain): string {
  const columns = sources.map(({ column }) => quoteIfNeeded(column));
  const values = sources.map(({ value }) => endComment(value!));
  if (rowid !== undefined) {
    columns.unshift(rowid.to);
    values.unshift(rowid.from);
  }
  return `INSERT OR ABORT INTO ${table(to)} (${columns.join(', ')})\n  SELECT ${values.join(', ')} FROM ${table(from)}`;
}
