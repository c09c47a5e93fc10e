import type { Op } from '../../bridge/index.ts';
import type { ColumnInfo, TableInfo } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import { isSameColumn } from './column-origins.ts';
import { copiedTo, columnOf, hasNulls, updatedSince, type Path } from './copy-paths.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import type { Table } from './table-tracker.ts';

/** A column to compare, and the column of each path that has its values. */
export interface ColumnCheck {
  readonly column: string;
  readonly to: readonly (string | undefined)[];
  /**
   * What may have changed its values. `swapped`: the column with its name now was filled from another column of the table;
   * `displaced`: its values were copied to another column only; `converted`: the new affinity.
   */
  readonly how: 'swapped' | 'displaced' | 'converted' | 'other';
  /** An UPDATE of the new column explains as many changes as it made. */
  readonly isUpdatable: boolean;
}

/** The columns to compare. If all rows are proven to be copied, only those whose values the copy may have changed. */
export function columnChecks(
  info: TableInfo,
  paths: readonly Path[],
  infos: ReadonlyMap<Table, TableInfo>,
  isProven: boolean,
): readonly ColumnCheck[] {
  return info.columns.flatMap((column): readonly ColumnCheck[] => {
    const key = nameKey(column.name);
    const misplaced = paths.map((path) => misplacement(column, path, infos.get(path.target)!));
    const to = paths.map((path, i) => (misplaced[i] === undefined ? copiedTo(path, key) : key));
    if (to.every((one) => one === undefined)) return [];
    const how = misplaced.find((one) => one !== undefined);
    if (how !== undefined) return [{ column: column.name, to, how, isUpdatable: how === 'other' }];
    const isKept = to.every(
      (one, i) => one === undefined || keepsValues(column, columnOf(infos.get(paths[i]!.target)!, one)),
    );
    if (isProven && isKept) return [];
    return [{ column: column.name, to, how: isKept ? 'other' : 'converted', isUpdatable: true }];
  });
}

/**
 * Why a column is compared with the column that has its name now, if its values were not copied there. They may be in
 * another column, while the name was given to others (a copy by position, or a column list in another order), or be
 * computed again.
 */
function misplacement(
  { name, generated }: ColumnInfo,
  { source, pairs, copies }: Path,
  target: TableInfo,
): 'swapped' | 'displaced' | 'other' | undefined {
  const key = nameKey(name);
  const copied = pairs.filter(({ column }) => column === key);
  const now = columnOf(target, key);
  if (now === undefined || copied.some(({ to }) => to === key)) return undefined;
  const fillers = copies.map(({ columns }) => columns.get(key));
  const isSwapped = fillers.some(
    (filler) => filler?.kind === 'column' && filler.table === source && columnOf(target, filler.column) !== undefined,
  );
  if (isSwapped) return 'swapped';
  // Its values may select those of another table.
  const isComputed = copies.some(({ columns, matched }) => {
    const filler = columns.get(key);
    if (filler?.kind === 'expression') return filler.reads.length > 0;
    return filler !== undefined && matched.some((ref) => isSameColumn(ref, { table: source, column: key }));
  });
  if (copied.length === 0) return now.generated || (generated && isComputed) ? 'other' : undefined;
  // In a join, the name may be that of another table's column.
  const isNamesake = fillers.some((filler) => filler?.kind === 'column' && filler.table !== source);
  return isComputed || isNamesake || copies.length === 0 ? undefined : 'displaced';
}

/** A value survives unless the new affinity converts it (sqlite.org/datatype3.html, section 3). */
function keepsValues(from: ColumnInfo, to: ColumnInfo | undefined): boolean {
  if (to === undefined) return false;
  const isNumber = ({ affinity }: ColumnInfo): boolean => affinity === 'integer' || affinity === 'numeric';
  return from.affinity === to.affinity || to.affinity === 'blob' || (isNumber(from) && isNumber(to));
}

/** Without a key: every column that all paths copied, except those that an UPDATE or SQLite itself filled since. */
export function* rowColumns(
  info: TableInfo,
  name: string,
  paths: readonly Path[],
  infos: ReadonlyMap<Table, TableInfo>,
  checks: readonly ColumnCheck[],
  bookkeeping: RowBookkeeping,
): Op<readonly ColumnCheck[]> {
  const columns: ColumnCheck[] = [];
  for (const column of info.columns) {
    const key = nameKey(column.name);
    const check = checks.find((one) => one.column === column.name) ?? {
      column: column.name,
      to: paths.map((path) => copiedTo(path, key)),
      how: 'other' as const,
      isUpdatable: true,
    };
    if (check.to.some((one) => one === undefined)) continue;
    if (check.isUpdatable && updatedSince(check.to, paths, bookkeeping) > 0) continue;
    const isNumbered = paths.some(({ target }, i) => nameKey(infos.get(target)!.rowidAlias ?? '') === check.to[i]);
    if (isNumbered && (yield* hasNulls(name, [column.name]))) continue;
    columns.push(check);
  }
  return columns;
}
