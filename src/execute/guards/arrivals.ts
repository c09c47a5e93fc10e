import type { Op } from '../../bridge/index.ts';
import { compareRows, type CopyPath } from '../../rebuild/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { readsOf } from './column-origins.ts';
import type { CopyTracker } from './copies.ts';
import { deletedSince, groupPaths, toCopyPath, type Path } from './copy-paths.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './tables.ts';

/** Functions may copy and delete in turn, without end. */
const most = 10;

/**
 * What copies that may bring rows more than once, such as a join, left out: measured before a DELETE, which may remove
 * the doubles of other rows and explains none of these.
 */
export class Arrivals {
  /** By the table that was filled, and the one that it was filled from. */
  readonly #missing = new Map<Table, Map<Table, { readonly rows: number; readonly deleted: number }>>();
  /** How many copies there were when a table was measured last. */
  readonly #measured = new Map<Table, { readonly copies: number; readonly times: number }>();

  *beforeDelete(target: Table, copies: CopyTracker, books: RowBookkeeping, tables: TableTracker): Op<void> {
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
      const rows = yield* countMissing(source, target, paths, tables, books);
      const deleted = Math.max(0, ...paths.map((path) => deletedSince(path, books)));
      missing.set(source, { rows: rows - deleted, deleted: books.mark(source).deleted });
    }
    this.#missing.set(target, missing);
  }

  /** How many rows had not come to the one table that these paths lead to. */
  missing(source: Table, paths: readonly Path[], books: RowBookkeeping): number {
    const [target, second] = new Set(paths.map((path) => path.target));
    const found = target === undefined ? undefined : this.#missing.get(target)?.get(source);
    if (found === undefined || second !== undefined) return 0;
    return Math.max(0, found.rows - (books.mark(source).deleted - found.deleted));
  }
}

/** How many rows of a table none of these paths brought. */
function* countMissing(
  source: Table,
  target: Table,
  paths: readonly Path[],
  tables: TableTracker,
  books: RowBookkeeping,
): Op<number> {
  const info = yield* readTableInfo(tables.nameOf(source), schemaOf(source));
  const now = yield* readTableInfo(tables.nameOf(target), schemaOf(target));
  const name = qualified(source, tables);
  const found: CopyPath[] = [];
  for (const path of paths) found.push(yield* toCopyPath(path, info, name, now, tables, books));
  // Where no row can come twice a DELETE removes no doubles.
  if (found.every(({ indexed }) => indexed)) return 0;
  const [only, second] = found;
  const columns =
    only === undefined || second !== undefined ? [] : only.columns.map(({ from, to }) => ({ from, to: [to] }));
  return (yield* compareRows(name, found, columns)).lost;
}
