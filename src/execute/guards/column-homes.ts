import { queryOne, type Op } from '../../bridge/index.ts';
import { plural } from '../../errors/index.ts';
import { valueExamples, type Example } from '../../rebuild/index.ts';
import type { ColumnInfo, TableInfo } from '../../schema/index.ts';
import { nameKey, quote } from '../../sql/index.ts';
import { readsOf, type ColumnRef } from './column-origins.ts';
import type { Copy } from './copies.ts';
import type { Path } from './copy-paths.ts';
import type { TableComparison, ColumnHolder } from './handover.ts';
import { qualified, type Table, type TableTracker } from './tables.ts';

/** How a column of a dropped table lives on. */
export type ColumnHome = 'copied' | 'computed' | 'exchanged' | 'read' | 'none';

/** By the key of a column: where it went, as it is or computed. */
export type ColumnWays = ReadonlyMap<string, readonly Way[]>;

export interface Way {
  readonly table: Table;
  readonly to: string;
}

export function waysOf(table: Table, copies: readonly Copy[], paths: readonly Path[]): ColumnWays {
  const ways = new Map<string, { table: Table; to: string }[]>();
  const add = (column: string, target: Table, to: string): void => {
    ways.set(column, [...(ways.get(column) ?? []), { table: target, to }]);
  };
  for (const copy of copies)
    for (const [to, source] of copy.byCode === true ? [] : copy.columns)
      for (const ref of readsOf(source)) if (ref.table === table) add(ref.column, copy.target!, to);
  for (const { target, copies: none, pairs } of paths)
    if (none.length === 0) for (const { column, to } of pairs) add(column, target, to);
  return ways;
}

/** How each column lives on, by its key. */
export function homesOf(
  found: Pick<TableComparison, 'table' | 'info' | 'compared'> & {
    readonly holdings: readonly Pick<ColumnHolder, 'table' | 'lost'>[];
  },
  all: readonly Copy[],
  paths: readonly Path[],
): ReadonlyMap<string, ColumnHome> {
  const { table, info, holdings } = found;
  // Where a function's values went is told at the end: it may still write them.
  const copies = all.filter(({ byCode }) => byCode !== true);
  const complete = holdings.filter(({ lost }) => lost === 0).map((holding) => holding.table);
  const has = (refs: readonly ColumnRef[], key: string): boolean =>
    refs.some((ref) => ref.table === table && ref.column === key);
  const home = (key: string): ColumnHome => {
    if (found.compared.has(key) || paths.some(({ pairs }) => pairs.some(({ column }) => column === key)))
      return 'copied';
    const sources = copies.flatMap((copy) => [...copy.columns.values()].map((source) => ({ copy, source })));
    const reads = copies.map((copy) => ({
      copy,
      refs: [...copy.alsoReads, ...[...copy.columns.values()].flatMap(readsOf)],
    }));
    if (reads.some(({ copy, refs }) => copy.target !== undefined && copy.target !== table && has(refs, key)))
      return 'computed';
    const isExchanged = copies.some(
      (copy) =>
        copy.target !== undefined &&
        has(copy.matched, key) &&
        (!copy.adds ||
          sources.some(({ copy: of, source }) => of === copy && source.kind === 'column' && source.table !== table)),
    );
    // Its values decide which rows went into another table, or what an UPDATE made of the column of its name.
    const isCondition = copies.some(
      (copy) =>
        copy.target !== undefined &&
        has(copy.filtered, key) &&
        (copy.adds ? complete.some((holder) => holder !== copy.target) : copy.columns.has(key)),
    );
    if (isExchanged || isCondition) return 'exchanged';
    // A function may carry rows, but what a statement copies without this column it did not carry.
    const isRead = paths.length === 0 && reads.some(({ copy, refs }) => copy.target === undefined && has(refs, key));
    return isRead ? 'read' : 'none';
  };
  return new Map(info.columns.map(({ name }) => [nameKey(name), home(nameKey(name))]));
}

/** Says which columns were replaced by what they select of other tables. */
export function exchangeNotes(
  { info, rows, table }: TableComparison,
  homes: ReadonlyMap<string, ColumnHome>,
  tables: TableTracker,
): readonly string[] {
  if (rows === 0) return [];
  return info.columns
    .filter(({ name }) => homes.get(nameKey(name)) === 'exchanged')
    .map(
      ({ name }) =>
        `${tables.nameOf(table)}.${name} is not copied: its values select rows of other tables, and were not compared`,
    );
}

/** Says where every value of a column became NULL, or several became one: an expression may be meant to, and may be a slip. */
export function* computedNotes(
  { info, rows, table }: TableComparison,
  homes: ReadonlyMap<string, ColumnHome>,
  copies: readonly Copy[],
  name: string,
  tables: TableTracker,
): Op<readonly string[]> {
  const notes: string[] = [];
  if (rows === 0) return notes;
  for (const column of info.columns) {
    const key = nameKey(column.name);
    if (homes.get(key) !== 'computed') continue;
    for (const copy of copies) {
      // Of a summary one row is all that there can be.
      if (copy.byCode === true || copy.merges || copy.rows < rows) continue;
      const before = yield* spread(name, quote(column.name));
      const computed: { readonly to: string; readonly after: Spread }[] = [];
      for (const [to, source] of copy.columns) {
        if (source.kind !== 'expression') continue;
        if (!source.reads.some((ref) => ref.table === table && ref.column === key)) continue;
        computed.push({ to, after: yield* spread(qualified(copy.target!, tables), quote(to)) });
      }
      // Which of the columns of an UPDATE a value is for is not told: one that has several will be it.
      if (!copy.adds && computed.some(({ after }) => after.different > 1)) continue;
      const where = `${tables.nameOf(table)}.${column.name}`;
      const how = `the ${copy.adds ? 'copy' : 'UPDATE'} computed ${tables.nameOf(copy.target!)}`;
      for (const { to, after } of computed)
        if (before.values > 0 && after.values === 0)
          notes.push(`${where}: ${plural(before.values, 'value')} before, all NULL after ${how}.${to}`);
        else if (before.different >= 3 && after.different === 1)
          notes.push(`${where}: ${plural(before.different, 'different value')} before, one after ${how}.${to}`);
    }
  }
  return notes;
}

interface Spread {
  readonly values: number;
  readonly different: number;
}

function* spread(table: string, column: string): Op<Spread> {
  const row = yield* queryOne<{ n: number; d: number }>(
    `SELECT count(${column}) AS n, count(DISTINCT ${column}) AS d FROM ${table}`,
  );
  return { values: Number(row?.n ?? 0), different: Number(row?.d ?? 0) };
}

/** What a column without a home holds. */
export interface HeldValues {
  readonly values: number;
  readonly different: number;
  /** The columns that tell rows apart, and up to three rows with a value. */
  readonly key: readonly string[];
  readonly examples: readonly Example[];
}

/** What some columns of a table hold, by key. */
export function* heldValues(
  name: string,
  info: TableInfo,
  columns: readonly ColumnInfo[],
): Op<ReadonlyMap<string, HeldValues>> {
  const held = new Map<string, HeldValues>();
  const key = info.keys[0]?.columns ?? [];
  for (const column of columns) {
    const { values, different } = yield* spread(name, quote(column.name));
    const examples = values === 0 ? [] : yield* valueExamples(name, key.map(quote), quote(column.name));
    held.set(nameKey(column.name), { values, different, key, examples });
  }
  return held;
}
