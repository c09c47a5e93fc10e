import type { Op } from '../../bridge/index.ts';
import { compareRows, type ComparedTable } from '../../rebuild/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { readsOf } from './column-origins.ts';
import type { CopyTracker } from './copy-tracker.ts';
import { deletedSince, groupPaths, toComparedTable, type Path } from './copy-paths.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './table-tracker.ts';

/** A function may alternate between copying and deleting, so the number of measurements is limited. */
const most = 10;

/**
 * Counts the rows that a copy left out, before a DELETE. A join may copy a row twice; a DELETE of such duplicates does
 * not excuse the rows that were never copied.
 */
export class MissingBeforeDelete {
  /** By target, then by source. */
  readonly #missing = new Map<Table, Map<Table, { readonly rows: number; readonly deleted: number }>>();
  /** The number of copies at the last measurement. */
  readonly #measured = new Map<Table, { readonly copies: number; readonly times: number }>();

  *beforeDelete(target: Table, copies: CopyTracker, bookkeeping: RowBookkeeping, tables: TableTracker): Op<void> {
    const { copies: known, times } = this.#measured.get(target) ?? { copies: 0, times: 0 };
    if (target.virtual || times > most) return;
    const all = copies.into(target);
    const isSimple = all.length === 1 && all[0]!.only !== undefined;
    if (all.length === known || isSimple) return;
    this.#missing.delete(target);
    this.#measured.set(target, { copies: all.length, times: times + 1 });
    if (times === most) return;
    const missing = new Map<Table, { readonly rows: number; readonly deleted: number }>();
    for (const source of new Set(
      all.flatMap(({ columns }) => [...columns.values()].flatMap(readsOf)).map(({ table }) => table),
    )) {
      if (source === target || source.virtual || !tables.isLiving(source)) continue;
      const paths = groupPaths(source, all).filter(({ pairs }) => pairs.length > 0);
      const rows = yield* countMissing(source, target, paths, tables, bookkeeping);
      const deleted = Math.max(0, ...paths.map((path) => deletedSince(path, bookkeeping)));
      missing.set(source, { rows: rows - deleted, deleted: bookkeeping.mark(source).deleted });
    }
    this.#missing.set(target, missing);
  }

  /** The number of rows that were missing in the one target of these paths. */
  rows(source: Table, paths: readonly Path[], bookkeeping: RowBookkeeping): number {
    const [target, second] = new Set(paths.map((path) => path.target));
    const found = target === undefined ? undefined : this.#missing.get(target)?.get(source);
    if (found === undefined || second !== undefined) return 0;
    return Math.max(0, found.rows - (bookkeeping.mark(source).deleted - found.deleted));
  }
}

/** The number of rows that no path copied. */
function* countMissing(
  source: Table,
  target: Table,
  paths: readonly Path[],
  tables: TableTracker,
  bookkeeping: RowBookkeeping,
): Op<number> {
  const info = yield* readTableInfo(tables.nameOf(source), schemaOf(source));
  const now = yield* readTableInfo(tables.nameOf(target), schemaOf(target));
  const name = qualified(source, tables);
  const found: ComparedTable[] = [];
  for (const path of paths) found.push(yield* toComparedTable(path, info, name, now, tables, bookkeeping));
  // Without duplicates, the DELETE removed rows on purpose.
  if (found.every(({ indexed }) => indexed)) return 0;
  const [only, second] = found;
  const columns =
    only === undefined || second !== undefined ? [] : only.columns.map(({ from, to }) => ({ from, to: [to] }));
  return (yield* compareRows(name, found, columns)).lost;
}
