import { queryOne, type Op } from '../../bridge/index.ts';
import { plural } from '../../errors/index.ts';
import { valueExamples } from '../../rebuild/index.ts';
import type { ColumnInfo, TableInfo } from '../../schema/index.ts';
import { nameKey, quote, type NameKey } from '../../sql/index.ts';
import { isSameColumn, readsOf, type ColumnRef, type ColumnSource } from './column-origins.ts';
import type { Copy } from './copy-tracker.ts';
import type { Path } from './copy-paths.ts';
import { qualified, type Table, type TableTracker } from './table-tracker.ts';
import type {
  ColumnDestinations,
  ColumnTransfer,
  CopyTarget,
  TableComparison,
  ValueSummary,
} from './table-comparison.ts';

/** The columns to which the values of each column were copied, or into which they were computed. */
export function destinationsOf(table: Table, copies: readonly Copy[], paths: readonly Path[]): ColumnDestinations {
  const destinations = new Map<NameKey, readonly ColumnRef[]>();
  const add = (column: NameKey, target: Table, to: NameKey): void => {
    destinations.set(column, [...(destinations.get(column) ?? []), { table: target, column: to }]);
  };
  for (const copy of copies)
    for (const [to, source] of copy.byCode === true ? [] : copy.columns)
      for (const ref of readsOf(source)) if (ref.table === table) add(ref.column, copy.target!, to);
  for (const { target, copies: none, pairs } of paths)
    if (none.length === 0) for (const { column, to } of pairs) add(column, target, to);
  return destinations;
}

/** What became of each column, by its key. */
export function transfersOf(
  found: Pick<TableComparison, 'table' | 'info' | 'compared'> & {
    readonly targets: readonly Pick<CopyTarget, 'table' | 'lost'>[];
  },
  all: readonly Copy[],
  paths: readonly Path[],
): ReadonlyMap<NameKey, ColumnTransfer> {
  const { table, info, targets } = found;
  // Where the values that a code migration read went is decided at the end: it may still write them.
  const copies = all.filter(({ byCode }) => byCode !== true);
  const complete = targets.filter(({ lost }) => lost === 0).map((target) => target.table);
  const has = (refs: readonly ColumnRef[], column: NameKey): boolean =>
    refs.some((ref) => isSameColumn(ref, { table, column }));
  const transfer = (key: NameKey): ColumnTransfer => {
    if (found.compared.has(key) || paths.some(({ pairs }) => pairs.some(({ column }) => column === key)))
      return 'copied';
    const sources = copies.flatMap((copy) => [...copy.columns.values()].map((source) => ({ copy, source })));
    const reads = copies.map((copy) => ({
      copy,
      refs: [...copy.unassignedReads, ...[...copy.columns.values()].flatMap(readsOf)],
    }));
    if (reads.some(({ copy, refs }) => copy.target !== undefined && copy.target !== table && has(refs, key)))
      return 'computed';
    const isExchanged = copies.some(
      (copy) =>
        copy.target !== undefined &&
        has(copy.matched, key) &&
        (!copy.adds || sources.some(({ copy: of, source }) => of === copy && (tableOf(source) ?? table) !== table)),
    );
    // Its values selected which rows were copied to another table, or which value the column of its name got.
    const isCondition = copies.some(
      (copy) =>
        copy.target !== undefined &&
        has(copy.filtered, key) &&
        (copy.adds ? complete.some((target) => target !== copy.target) : copy.columns.has(key)),
    );
    if (isExchanged || isCondition) return 'exchanged';
    // A function may copy the column, unless a statement copies the rows without it.
    const isRead = paths.length === 0 && reads.some(({ copy, refs }) => copy.target === undefined && has(refs, key));
    return isRead ? 'read' : 'none';
  };
  return new Map(info.columns.map(({ name }) => [nameKey(name), transfer(nameKey(name))]));
}

/** The table whose values a column has unchanged. */
export function tableOf(source: ColumnSource): Table | undefined {
  return source.kind === 'column' ? source.table : source.picked?.table;
}

/** Notes columns that were replaced by values which they select in other tables, and how many values found none. */
export function* exchangeNotes(
  { info, rows, table }: TableComparison,
  transfers: ReadonlyMap<NameKey, ColumnTransfer>,
  copies: readonly Copy[],
  name: string,
  tables: TableTracker,
): Op<readonly string[]> {
  const notes: string[] = [];
  for (const column of info.columns) {
    const ref = { table, column: nameKey(column.name) };
    if (rows === 0 || transfers.get(ref.column) !== 'exchanged') continue;
    const counts: number[] = [];
    for (const { target, matched, columns } of copies)
      if (matched.some((one) => isSameColumn(one, ref)))
        for (const [to, source] of columns)
          if (readsOf(source).some((one) => one.table !== table))
            counts.push((yield* countValues(qualified(target!, tables), quote(to))).values);
    const { values } = yield* countValues(name, `nullif(${quote(column.name)}, '')`);
    const without = counts.length === 0 ? 0 : values - Math.max(...counts);
    const figure = without > 0 ? ` (${without} of ${plural(values, 'value')} found none)` : '';
    notes.push(
      `${tables.nameOf(table)}.${column.name} is not copied: its values select rows of other tables, and were not compared${figure}`,
    );
  }
  return notes;
}

/** Notes columns whose values all became NULL, or one and the same. An expression may intend that, or be wrong. */
export function* computedNotes(
  { info, rows, table }: TableComparison,
  transfers: ReadonlyMap<NameKey, ColumnTransfer>,
  copies: readonly Copy[],
  name: string,
  tables: TableTracker,
): Op<readonly string[]> {
  const notes: string[] = [];
  if (rows === 0) return notes;
  for (const column of info.columns) {
    const key = nameKey(column.name);
    if (transfers.get(key) !== 'computed') continue;
    for (const copy of copies) {
      // An aggregate has fewer rows by its nature.
      if (copy.byCode === true || copy.merges || copy.rows < rows) continue;
      const before = yield* countValues(name, quote(column.name));
      const computed: { readonly to: string; readonly after: ValueCounts }[] = [];
      for (const [to, source] of copy.columns) {
        if (source.kind !== 'expression') continue;
        if (!source.reads.some((ref) => isSameColumn(ref, { table, column: key }))) continue;
        computed.push({ to, after: yield* countValues(qualified(copy.target!, tables), quote(to)) });
      }
      // It is unknown which column of an UPDATE a value is for. One that has several values is the most likely.
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

interface ValueCounts {
  readonly values: number;
  readonly different: number;
}

function* countValues(table: string, column: string): Op<ValueCounts> {
  const row = yield* queryOne<{ n: number; d: number }>(
    `SELECT count(${column}) AS n, count(DISTINCT ${column}) AS d FROM ${table}`,
  );
  return { values: Number(row?.n ?? 0), different: Number(row?.d ?? 0) };
}

/** The values of some columns of a table, by column key. */
export function* summarizeValues(
  name: string,
  info: TableInfo,
  columns: readonly ColumnInfo[],
): Op<ReadonlyMap<string, ValueSummary>> {
  const held = new Map<string, ValueSummary>();
  const key = info.keys[0]?.columns ?? [];
  for (const column of columns) {
    const { values, different } = yield* countValues(name, quote(column.name));
    const examples = values === 0 ? [] : yield* valueExamples(name, key.map(quote), quote(column.name));
    held.set(nameKey(column.name), { values, different, key, examples });
  }
  return held;
}
