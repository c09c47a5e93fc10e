import type { Op } from '../../bridge/index.ts';
import {
  changedExamples,
  compareRows,
  countStranded,
  lostExamples,
  strandedExamples,
  type Comparison,
  type ComparedTable,
} from '../../rebuild/index.ts';
import { readTableInfo, type TableInfo } from '../../schema/index.ts';
import { nameKey, quote, unquote } from '../../sql/index.ts';
import type { MissingBeforeDelete } from './missing-before-delete.ts';
import { columnChecks, rowColumns, type ColumnCheck } from './column-checks.ts';
import { type ColumnRef } from './column-origins.ts';
import {
  copiedTo,
  copiedRows,
  deletedSince,
  copiesColumnsOf,
  toComparedTable,
  updatedSince,
  type Path,
} from './copy-paths.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import { schemaOf, type Table, type TableTracker } from './table-tracker.ts';
import type {
  ChangedValues,
  ColumnDestinations,
  ComparisonRequest,
  Finding,
  StrandedValues,
  TableComparison,
  ValueSummary,
} from './table-comparison.ts';

export const nothing: Finding = { lost: 0, key: [], examples: [], changed: [] };

/** Compares the rows of one table with its copies. */
export class PathComparer {
  readonly #table: Table;
  readonly #info: TableInfo;
  readonly #name: string;
  readonly #bookkeeping: RowBookkeeping;
  readonly #tables: TableTracker;
  /** A function read its rows, and may have written them as values. */
  readonly #isReadByCode: boolean;
  readonly #missing: MissingBeforeDelete;
  readonly #targets = new Map<Table, TableInfo>();
  /** Columns that were compared or proven to be the same, by key, with their destinations. */
  readonly compared: Map<string, ColumnRef[]> = new Map();
  /** Columns, by key, that were not compared or had changed values. */
  readonly differing: Set<string> = new Set();
  /** Whether rows or values had to be compared. */
  hasCompared = false;
  /** Columns that were compared with the column of their name, although their values were not copied there. */
  readonly #ownNames: { readonly column: string; readonly table: Table }[] = [];

  constructor(table: Table, info: TableInfo, name: string, request: ComparisonRequest) {
    this.#table = table;
    this.#info = info;
    this.#name = name;
    this.#bookkeeping = request.rows;
    this.#tables = request.tables;
    this.#missing = request.missingBeforeDelete;
    this.#isReadByCode = request.copies.from(table).some(({ target }) => target === undefined);
  }

  *read(target: Table): Op<void> {
    this.#targets.set(target, yield* readTableInfo(this.#tables.nameOf(target), schemaOf(target)));
  }

  /** Adds the columns that were compared under their own name. */
  withOwnNames(destinations: ColumnDestinations): ColumnDestinations {
    const all = new Map(destinations);
    for (const { column, table } of this.#ownNames) all.set(column, [...(all.get(column) ?? []), { table, column }]);
    return all;
  }

  #noteCompared(column: string, table: Table, to: string): void {
    this.compared.set(column, [...(this.compared.get(column) ?? []), { table, column: to }]);
  }

  /**
   * `isProven`: every row is known to be copied, and only values can have changed. `asSet`: equal rows may have become
   * one.
   */
  *compare(paths: readonly Path[], isProven: boolean, asSet = false): Op<Finding> {
    const checks = columnChecks(this.#info, paths, this.#targets, isProven);
    for (const { pairs, target } of paths) for (const { column, to } of pairs) this.#noteCompared(column, target, to);
    for (const { column, to } of checks) {
      const key = nameKey(column);
      for (const [i, { target, pairs }] of paths.entries())
        if (to[i] === key && !pairs.some((pair) => pair.column === key)) {
          this.#noteCompared(key, target, key);
          this.#ownNames.push({ column: key, table: target });
        }
    }
    if (isProven && checks.length === 0) return nothing;
    this.hasCompared = true;
    const comparedTables = [...(yield* this.#toComparedTables(paths))];
    const isKeyed = comparedTables.every(({ key }) => key !== undefined);
    // Without a key, all copied columns identify a row.
    const columns =
      isKeyed || isProven
        ? checks
        : yield* rowColumns(this.#info, this.#name, paths, this.#targets, checks, this.#bookkeeping);
    for (const [i, { pairs }] of isProven ? [] : [...paths.entries()])
      for (const { column } of pairs)
        if (!columns.some((one) => nameKey(one.column) === column && one.to[i] !== undefined))
          this.differing.add(column);
    const compared = columns.map(({ column, to }) => ({
      from: quote(column),
      to: to.map((one) => (one === undefined ? undefined : quote(one))),
    }));
    if (!isKeyed && !isProven)
      for (const [i, comparedTable] of comparedTables.entries())
        comparedTables[i] = {
          ...comparedTable,
          columns: compared.flatMap(({ from, to }) => (to[i] === undefined ? [] : [{ from, to: to[i] }])),
        };
    const found = yield* compareRows(this.#name, comparedTables, compared);
    const stranded = columns.map((check, i) => (isMain(check, paths) ? found.stranded[i]! : 0));
    const absent = paths.length === 1 && !asSet ? found.paths[0]!.lost : found.lost;
    const { lost, unequal } = this.#explain(
      { ...found, lost: absent + Math.max(0, ...stranded) },
      paths,
      comparedTables,
    );
    const changed: ChangedValues[] = [];
    for (const [i, { column }] of columns.entries()) if (found.changed[i]! > 0) this.differing.add(nameKey(column));
    const change = function* (i: number, values: number): Op<void> {
      const { column, to, how } = columns[i]!;
      const successor = to.find((one) => one !== undefined) ?? column;
      const examples = yield* changedExamples(name, comparedTables, compared[i]!);
      const refs = paths.flatMap(({ target: table }, j) => (to[j] === undefined ? [] : [{ table, column: to[j] }]));
      const carriers = paths.flatMap(({ target: table, pairs }) =>
        pairs.filter((pair) => pair.column === nameKey(column)).map((pair) => ({ table, column: pair.to })),
      );
      const updated = bookkeeping.updated(refs);
      const of = found.rows;
      changed.push({ column, successor, how, changed: values, of, examples, entry, compared: refs, carriers, updated });
    };
    const [name, bookkeeping] = [this.#name, this.#bookkeeping];
    const entry = paths[0]?.copies[0]?.entry;
    for (const [i, { to, isUpdatable }] of columns.entries())
      if (found.changed[i]! > (isUpdatable ? updatedSince(to, paths, this.#bookkeeping) : 0))
        yield* change(i, found.changed[i]!);
    if (unequal > 0) {
      for (const i of columns.keys()) {
        const alone = yield* compareRows(name, comparedTables, [compared[i]!]);
        if (alone.lost > 0) yield* change(i, Math.min(alone.lost, unequal));
      }
      // Every value exists, but in other combinations.
      if (changed.length === 0 && columns.length > 0) yield* change(0, unequal);
    }
    const missing = Math.max(lost, this.#neverArrived(paths, comparedTables, found.rows));
    const key = comparedTables[0]?.key?.map(({ from }) => from) ?? [];
    const examples = missing > 0 ? yield* lostExamples(name, comparedTables, key) : [];
    return { lost: missing, key: key.map(unquote), examples, changed };
  }

  /** Whether a unique index of the target allows only one row for each row of the table. */
  *isIndexed(path: Path): Op<boolean> {
    return (yield* this.#toComparedTable(path)).indexed;
  }

  /** Whether a key identifies rows in all of these tables. */
  *areKeyed(paths: readonly Path[]): Op<boolean> {
    for (const path of paths) if ((yield* this.#toComparedTable(path)).key === undefined) return false;
    return true;
  }

  *#toComparedTable(path: Path): Op<ComparedTable> {
    return yield* toComparedTable(
      path,
      this.#info,
      this.#name,
      this.#targets.get(path.target)!,
      this.#tables,
      this.#bookkeeping,
    );
  }

  *#toComparedTables(paths: readonly Path[]): Op<readonly ComparedTable[]> {
    const found: ComparedTable[] = [];
    for (const path of paths) found.push(yield* this.#toComparedTable(path));
    return found;
  }

  /**
   * Values in rows that were not copied, of columns that only these copies have. If such a copy has all columns of the
   * others, it is meant to contain whole rows, as an archive is: the values are lost (`stranded`). Otherwise it is a
   * part that was split off. It need not have a row for each value while another table has the name
   * (`strandedByParts`).
   */
  *leftBehind(
    lacking: readonly Path[],
    paths: readonly Path[],
    destinations: ColumnDestinations,
  ): Op<Pick<TableComparison, 'stranded' | 'strandedByParts'>> {
    const stranded = new Map<string, ValueSummary>();
    const strandedByParts = new Map<string, StrandedValues>();
    for (const { name } of this.#info.columns) {
      const key = nameKey(name);
      const partial = lacking.filter((path) => copiedTo(path, key) !== undefined);
      const others = paths.filter((path) => copiedTo(path, key) === undefined);
      const isElsewhere = (destinations.get(key) ?? []).some(
        ({ table }) => !partial.some(({ target }) => target === table),
      );
      if (partial.length === 0 || others.length === 0 || isElsewhere) continue;
      const [some, all] = [yield* this.#toComparedTables(partial), yield* this.#toComparedTables(paths)];
      const values = yield* countStranded(this.#name, quote(name), some, all);
      if (values === 0) continue;
      const shown = all[0]?.key?.map(({ from }) => from) ?? [];
      const examples = yield* strandedExamples(this.#name, shown, quote(name), some, all);
      const found = { values, different: values, key: shown.map(unquote), examples };
      const deleted = partial.reduce((sum, path) => sum + deletedSince(path, this.#bookkeeping), 0);
      const lost = values - deleted;
      if (!partial.some((holder) => others.every((other) => copiesColumnsOf(holder, other))))
        strandedByParts.set(key, {
          ...found,
          lost,
          targets: new Set(partial.map(({ target }) => target)),
          entry: partial[0]?.copies[0]?.entry,
        });
      else if (lost > 0) stranded.set(key, { ...found, values: lost, different: lost });
    }
    return { stranded, strandedByParts };
  }

  /**
   * The number of rows that cannot have been copied, because the copies added fewer. A row of another table, or an
   * older one, may look like a missing row, unless a unique index identifies it.
   */
  #neverArrived(paths: readonly Path[], comparedTables: readonly ComparedTable[], rows: number): number {
    const isExact = comparedTables.every(({ indexed, merges }) => !indexed && !merges);
    const isPlain = paths.every(({ copies }) => copies.length > 0 && !copies.some((copy) => copy.skipsDuplicates));
    if (!isExact || !isPlain || this.#isReadByCode) return 0;
    return Math.max(0, rows - paths.reduce((sum, path) => sum + copiedRows(path), 0));
  }

  /**
   * The missing rows that are lost. A DELETE from the new table explains as many as it deleted, an UPDATE of its key
   * as many as it changed, but together at most as many as were copied: a row that was inserted and deleted again
   * explains no row that the copy left out. Nor does a DELETE explain rows that were missing before it. Without a key,
   * if as many rows were copied as there were, they are not lost but changed.
   */
  #explain(
    { rows, lost, keyed }: Comparison,
    paths: readonly Path[],
    comparedTables: readonly ComparedTable[],
  ): { readonly lost: number; readonly unequal: number } {
    const copied = paths.reduce((sum, path) => sum + copiedRows(path), 0);
    const deleted = paths.reduce((sum, path) => sum + deletedSince(path, this.#bookkeeping), 0);
    const rekeyed = paths.reduce((sum, path, i) => {
      const key = comparedTables[i]!.key ?? [];
      return sum + Math.max(0, ...key.map(({ to }) => updatedSince([nameKey(unquote(to))], [path], this.#bookkeeping)));
    }, 0);
    const explained = lost - Math.min(deleted + rekeyed, Math.max(0, copied - (rows - lost)));
    const left = Math.max(explained, Math.min(lost, this.#missing.rows(this.#table, paths, this.#bookkeeping)));
    const isExact = paths.every(({ copies }) => copies.every(({ only }) => only === this.#table));
    if (keyed || !isExact) return { lost: left, unequal: 0 };
    const missing = Math.min(left, Math.max(0, rows - copied));
    return { lost: missing, unequal: left - missing };
  }
}

/** Whether a path with the most columns has this one. Rows that are missing there are missing everywhere. */
function isMain({ to }: ColumnCheck, paths: readonly Path[]): boolean {
  const most = Math.max(...paths.map(({ pairs }) => pairs.length));
  return paths.some(({ pairs }, i) => pairs.length === most && to[i] !== undefined);
}
