import { queryOne, type Op } from '../../bridge/index.ts';
import type { ColumnPair, ComparedTable } from '../../rebuild/index.ts';
import { readTableInfo, type ColumnInfo, type TableInfo } from '../../schema/index.ts';
import { nameKey, quote, type NameKey } from '../../sql/index.ts';
import type { Copy } from './copy-tracker.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './table-tracker.ts';

/** The copies from one table into another that copy the same columns to the same places. */
export interface Path {
  readonly source: Table;
  readonly target: Table;
  readonly copies: readonly Copy[];
  /** From the key of the column to that of the target's. */
  readonly pairs: readonly { readonly column: NameKey; readonly to: NameKey }[];
}

/** Groups the copies from a table by target and columns. */
export function groupPaths(table: Table, copies: readonly Copy[]): Path[] {
  const paths = new Map<string, Path & { readonly copies: Copy[] }>();
  const targets: Table[] = [];
  for (const copy of copies) {
    if (!copy.adds || !readsFrom(copy, table)) continue;
    const target = copy.target!;
    if (!targets.includes(target)) targets.push(target);
    const pairs = [...copy.columns].flatMap(([to, source]) =>
      source.kind === 'column' && source.table === table ? [{ column: source.column, to }] : [],
    );
    const signature = JSON.stringify([targets.indexOf(target), pairs]);
    const known = paths.get(signature);
    if (known === undefined) paths.set(signature, { source: table, target, copies: [copy], pairs });
    else known.copies.push(copy);
  }
  return [...paths.values()];
}

/** Whether a copy reads a column of the table. */
function readsFrom({ columns, unassignedReads }: Copy, table: Table): boolean {
  return (
    unassignedReads.some((ref) => ref.table === table) ||
    [...columns.values()].some((source) =>
      source.kind === 'column' ? source.table === table : source.reads.some((ref) => ref.table === table),
    )
  );
}

/** A table that will get the name although nothing was copied into it. Columns are matched by name. */
export function* pathByNames(source: Table, info: TableInfo, target: Table, tables: TableTracker): Op<Path> {
  const { columns } = yield* readTableInfo(tables.nameOf(target), schemaOf(target));
  const keys = new Set(columns.map(({ name }) => nameKey(name)));
  const pairs = info.columns
    .map(({ name }) => nameKey(name))
    .filter((key) => keys.has(key))
    .map((key) => ({ column: key, to: key }));
  return { source, target, copies: [], pairs };
}

/**
 * The paths without those that copy only some of the columns of another one: a log of the ids does not contain the
 * rows.
 */
export function mainPaths(paths: readonly Path[], info: TableInfo): readonly Path[] {
  const stored = new Set(info.columns.filter(({ generated }) => !generated).map(({ name }) => nameKey(name)));
  const columns = paths.map(
    ({ pairs }) => new Set(pairs.map(({ column }) => column).filter((column) => stored.has(column))),
  );
  return paths.filter(
    (_, i) =>
      !columns.some((other) => other.size > columns[i]!.size && [...columns[i]!].every((column) => other.has(column))),
  );
}

/** Whether a path copies every column that another one copies. */
export function copiesColumnsOf(path: Path, other: Path): boolean {
  return other.pairs.every(({ column }) => copiedTo(path, column) !== undefined);
}

/**
 * Whether the copy took every row, and since then only recorded statements changed the two tables. Then the counts
 * prove the copy.
 */
export function isWholeCopy(
  { source: table, target, copies }: Path,
  rows: number,
  bookkeeping: RowBookkeeping,
): boolean {
  const [copy, second] = copies;
  if (copy === undefined || second !== undefined || copy.only !== table || !copy.hasNoSideEffects) return false;
  const [source, filled] = [bookkeeping.mark(table), bookkeeping.mark(target)];
  return (
    copy.rows === rows &&
    source.inserted === copy.sourceMark?.inserted &&
    source.otherStatements === copy.sourceMark.otherStatements &&
    filled.otherStatements === copy.mark?.otherStatements &&
    filled.sideEffects === copy.mark.sideEffects
  );
}

/** The number of rows that the copies added. */
export function copiedRows({ copies }: Path): number {
  const parts = new Map(copies.map(({ part, rows }) => [part, rows]));
  return [...parts.values()].reduce((sum, rows) => sum + rows, 0);
}

export function deletedSince({ target, copies }: Path, bookkeeping: RowBookkeeping): number {
  const [first] = copies;
  return first === undefined ? 0 : bookkeeping.mark(target).deleted - (first.mark?.deleted ?? 0);
}

/** The number of values that UPDATE statements set since the copy. `to`: the column of each path. */
export function updatedSince(
  to: readonly (string | undefined)[],
  paths: readonly Path[],
  bookkeeping: RowBookkeeping,
): number {
  return paths.reduce((sum, { target, copies }, i) => {
    const column = to[i];
    if (column === undefined) return sum;
    const now = bookkeeping.mark(target).updated.get(column) ?? 0;
    return sum + now - (copies[0]?.mark?.updated.get(column) ?? 0);
  }, 0);
}

export function copiedTo({ pairs }: Path, key: NameKey): NameKey | undefined {
  const carried = pairs.filter(({ column }) => column === key);
  return (carried.find(({ to }) => to === key) ?? carried[0])?.to;
}

export function columnOf(info: TableInfo, name: string): ColumnInfo | undefined {
  return info.columns.find((column) => nameKey(column.name) === nameKey(name));
}

/** The path as SQL for the comparison, with the key that identifies its rows if one was copied. */
export function* toComparedTable(
  path: Path,
  info: TableInfo,
  name: string,
  target: TableInfo,
  tables: TableTracker,
  bookkeeping: RowBookkeeping,
): Op<ComparedTable> {
  const columns = path.pairs.map(({ column, to }) => ({ from: quote(column), to: quote(to) }));
  const merges = path.copies.some((copy) => copy.merges);
  const constants = constantsOf(path, target, bookkeeping);
  const table = qualified(path.target, tables);
  const equal = [...constants].map(([column, text]) => `${quote(column)} = ${text}`);
  const found =
    equal.length === 0
      ? { table, columns, merges, rowid: rowidOfBoth(info, target) }
      : { table: `(SELECT * FROM ${table} WHERE ${equal.join(' AND ')})`, columns, merges };
  const hasRowid = info.rowidNames.includes('rowid');
  const candidates = hasRowid ? [...info.keys, { columns: ['rowid'], collations: [] }] : info.keys;
  for (const { columns: names } of candidates) {
    const to = names.map((column) => copiedTo(path, nameKey(column)));
    if (to.some((one) => one === undefined)) continue;
    const canBeNull = names.filter((column) => {
      const one = columnOf(info, column);
      return one !== undefined && !one.notNull && column !== info.rowidAlias;
    });
    // A PRIMARY KEY may contain NULLs, and each differs from the others (sqlite.org/lang_createtable.html, section
    // 3.5).
    if (canBeNull.length > 0 && (yield* hasNulls(name, canBeNull))) continue;
    const index = indexFor(to as readonly string[], target, constants);
    const key: ColumnPair[] = names.map((column, i) => {
      const collation = index?.get(to[i]!);
      const isExact =
        (collation === undefined || nameKey(collation) === 'binary') &&
        columnOf(info, column)?.affinity === columnOf(target, to[i]!)?.affinity;
      return { from: quote(column), to: quote(to[i]!), collation, isExact };
    });
    const isIndexed =
      index !== undefined && names.every((column, i) => isComparable(columnOf(info, column), columnOf(target, to[i]!)));
    return { ...found, key, indexed: isIndexed };
  }
  return { ...found, key: undefined, indexed: false };
}

/** The names of two rowids that no column hides. */
function rowidOfBoth({ rowidNames: [from] }: TableInfo, { rowidNames: [to] }: TableInfo): ColumnPair | undefined {
  return from === undefined || to === undefined ? undefined : { from, to };
}

/**
 * The constants that the copies put into columns of a unique key, as in `SELECT 'theme', id, theme`. They separate the
 * rows of this path from others. SQL text by column key.
 */
function constantsOf(path: Path, { keys }: TableInfo, bookkeeping: RowBookkeeping): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [column, source] of path.copies[0]?.columns ?? []) {
    const constant = source.kind === 'expression' ? source.constant : undefined;
    const isSame = path.copies.every(({ columns }) => {
      const other = columns.get(column);
      return other?.kind === 'expression' && other.constant === constant;
    });
    const isOfKey = keys.some(({ columns }) => columns.length > 1 && columns.some((name) => nameKey(name) === column));
    if (constant !== undefined && isSame && isOfKey && updatedSince([column], [path], bookkeeping) === 0)
      found.set(column, constant);
  }
  return found;
}

/** The collations, by column, of a unique index on these columns and on constants. The rowid has none. */
function indexFor(
  columns: readonly string[],
  target: TableInfo,
  constants: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | undefined> | undefined {
  const wanted = new Set(columns);
  if (columns.length === 1 && columns[0] === 'rowid' && target.rowidNames.includes('rowid'))
    return new Map([['rowid', undefined]]);
  const key = target.keys.find(
    (one) =>
      columns.every((column) => one.columns.some((name) => nameKey(name) === column)) &&
      one.columns.every((column) => wanted.has(nameKey(column)) || constants.has(nameKey(column))),
  );
  return key === undefined ? undefined : new Map(key.columns.map((column, i) => [nameKey(column), key.collations[i]]));
}

/**
 * Whether SQLite can look a value up in the new column's index: it can't where the comparison would convert the
 * indexed side (sqlite.org/datatype3.html, section 4.2).
 */
function isComparable(from: ColumnInfo | undefined, to: ColumnInfo | undefined): boolean {
  if (from === undefined || to === undefined || from.affinity === to.affinity) return true;
  return to.affinity === 'text' ? from.affinity === 'blob' : to.affinity !== 'blob';
}

export function* hasNulls(name: string, columns: readonly string[]): Op<boolean> {
  const condition = columns.map((column) => `${quote(column)} IS NULL`).join(' OR ');
  const row = yield* queryOne<{ found: number }>(`SELECT EXISTS (SELECT 1 FROM ${name} WHERE ${condition}) AS found`);
  return Number(row?.found) === 1;
}
