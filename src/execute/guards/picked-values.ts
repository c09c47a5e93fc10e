import type { Op } from '../../bridge/index.ts';
import { compareRows, type ComparedTable } from '../../rebuild/index.ts';
import { quote } from '../../sql/index.ts';
import { isSameColumn, type ColumnRef, type ColumnSource } from './column-origins.ts';
import type { Copy } from './copy-tracker.ts';
import type { MigrationTracker } from './migration-tracker.ts';
import type { Mark, RowBookkeeping } from './row-bookkeeping.ts';
import { qualified, type Table, type TableTracker } from './table-tracker.ts';

/** A column that a copy fills with values that it picked from another. */
interface PickedTo {
  readonly copy: Copy;
  readonly path: ComparedTable;
  readonly to: string;
}

/** What to compare of a column with those that picked its values. */
interface PickedColumn {
  readonly values: string;
  readonly paths: readonly ComparedTable[];
  readonly compared: { readonly from: string; readonly to: readonly string[] };
}

/** Values that had not arrived at one moment. */
interface Measured extends ColumnRef {
  /** When the copies picked values. */
  readonly marks: ReadonlySet<Mark>;
  readonly values: number;
  /** How many values of the column had been deleted or updated. */
  readonly removed: number;
}

/** A function may alternate between picking and changing values, so the number of measurements is limited. */
const most = 10;

/**
 * Counts the values that did not arrive, before an UPDATE or a DELETE changes those that did: it does not explain why
 * the others are missing.
 */
export class MissingBeforeChange {
  #found: readonly Measured[] = [];
  readonly #times = new Map<Table, number>();

  /** `set`: the columns that an UPDATE sets. Undefined: a DELETE. */
  *before(
    target: Table,
    set: ReadonlySet<string> | undefined,
    { tables, rows, copies }: Pick<MigrationTracker, 'tables' | 'rows' | 'copies'>,
  ): Op<void> {
    const refs: ColumnRef[] = [];
    for (const copy of copies.picking(target))
      for (const [to, source] of copy.columns) {
        const ref = source.kind === 'expression' ? source.picked : undefined;
        if (ref === undefined || (set !== undefined && !set.has(to)) || refs.some((one) => isSameColumn(one, ref)))
          continue;
        if (tables.isLiving(ref.table) && !ref.table.virtual) refs.push(ref);
      }
    for (const ref of refs) {
      const picks = picksOf(ref, copies.from(ref.table), tables);
      const times = this.#times.get(ref.table) ?? 0;
      if (times === most || this.#of(ref, picks) !== undefined) continue;
      this.#times.set(ref.table, times + 1);
      const { values, paths, compared } = toCompare(ref, qualified(ref.table, tables), picks);
      const { lost } = yield* compareRows(values, paths, [compared]);
      const measured = {
        ...ref,
        marks: marksOf(picks),
        values: lost - explainedBy(picks, rows),
        removed: removedFrom(ref, rows),
      };
      this.#found = [...this.#found.filter((one) => !isSameColumn(one, ref)), measured];
    }
  }

  /** How many of the missing values no later statement explains. */
  values(ref: ColumnRef, picks: readonly PickedTo[], rows: RowBookkeeping): number {
    const found = this.#of(ref, picks);
    return found === undefined ? 0 : Math.max(0, found.values - (removedFrom(ref, rows) - found.removed));
  }

  #of(ref: ColumnRef, picks: readonly PickedTo[]): Measured | undefined {
    const marks = marksOf(picks);
    return this.#found.find(
      (one) =>
        isSameColumn(one, ref) && one.marks.size === marks.size && [...marks].every((mark) => one.marks.has(mark)),
    );
  }
}

/** The columns that were filled with values picked from this one. */
export function picksOf(ref: ColumnRef, copies: readonly Copy[], tables: TableTracker): readonly PickedTo[] {
  const all = copies.flatMap((copy) => {
    const { target } = copy;
    if (target === undefined || copy.merges || !tables.isLiving(target)) return [];
    return [...copy.columns].flatMap(([to, source]): PickedTo[] => {
      if (!isPickedFrom(source, ref)) return [];
      const columns = [{ from: quote(ref.column), to: quote(to) }];
      const path = { table: qualified(target, tables), columns, key: undefined, indexed: false, merges: false };
      return [{ copy, to, path }];
    });
  });
  // Of several statements that fill the same column, the last may have changed what the others put there.
  return [...new Map(all.map((pick) => [JSON.stringify([pick.path.table, pick.to]), pick])).values()];
}

export function isPickedFrom(source: ColumnSource, ref: ColumnRef): boolean {
  return source.kind === 'expression' && source.picked !== undefined && isSameColumn(source.picked, ref);
}

export function toCompare({ column }: ColumnRef, name: string, picks: readonly PickedTo[]): PickedColumn {
  const from = quote(column);
  return {
    values: `(SELECT ${from} FROM ${name} WHERE ${from} IS NOT NULL AND ${from} <> '')`,
    paths: picks.map(({ path }) => path),
    compared: { from, to: picks.map(({ to }) => quote(to)) },
  };
}

function marksOf(picks: readonly PickedTo[]): ReadonlySet<Mark> {
  return new Set(picks.map(({ copy }) => copy.mark!));
}

/** How many missing values the later statements explain, if all had arrived. */
export function explainedBy(picks: readonly PickedTo[], rows: RowBookkeeping): number {
  return picks.reduce((sum, { copy: { target, mark }, to }) => {
    const now = rows.mark(target!);
    const updated = (now.updated.get(to) ?? 0) - (mark!.updated.get(to) ?? 0);
    return sum + updated + now.deleted - mark!.deleted;
  }, 0);
}

function removedFrom({ table, column }: ColumnRef, rows: RowBookkeeping): number {
  const { deleted, updated } = rows.mark(table);
  return deleted + (updated.get(column) ?? 0);
}
