import type { Op } from '../../bridge/index.ts';
import type { RunRecorder } from '../../lock/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import type { RebuildCheck } from '../../rebuild/index.ts';
import { nameKey, type NameKey } from '../../sql/index.ts';
import type { CheckedUnit } from './checked-unit.ts';
import type { ColumnChanges } from './column-changes.ts';
import type { ColumnRef } from './column-origins.ts';
import type { MigrationTracker } from './migration-tracker.ts';
import { MissingBeforeDelete } from './missing-before-delete.ts';
import { MissingBeforeChange } from './picked-values.ts';
import type { Shortage } from './row-bookkeeping.ts';
import { compareBeforeDrop, withRenamedColumn } from './compare-before-drop.ts';
import type { Table } from './table-tracker.ts';
import type { CopyTarget, TableComparison } from './table-comparison.ts';

/** Compares each table with the copies of its rows when it is dropped, and keeps what the comparison found. */
export class UnitComparisons {
  readonly missingBeforeDelete: MissingBeforeDelete = new MissingBeforeDelete();
  readonly missingBeforeChange: MissingBeforeChange = new MissingBeforeChange();
  readonly #tracker: MigrationTracker;
  readonly #unit: CheckedUnit;
  readonly #compareValues: boolean;
  readonly #recorder: RunRecorder | undefined;
  readonly #found = new Map<Table, TableComparison>();
  /** Tables that `db.rebuildTable` is about to drop. It checked their copies itself. */
  readonly #checked = new Map<Table, RebuildCheck>();

  constructor(tracker: MigrationTracker, unit: CheckedUnit, compareValues: boolean, recorder?: RunRecorder) {
    this.#tracker = tracker;
    this.#unit = unit;
    this.#compareValues = compareValues;
    this.#recorder = recorder;
  }

  get all(): ReadonlyMap<Table, TableComparison> {
    return this.#found;
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  markChecked(table: Table, check: RebuildCheck): void {
    this.#checked.set(table, check);
  }

  isChecked(table: Table): boolean {
    return this.#checked.has(table);
  }

  /** The statement that dropped a table. */
  dropOf(table: Table): StepStatement | undefined {
    return this.#found.get(table)?.entry;
  }

  /** Whether rows or values of a dropped table went to this one. */
  isTarget(table: Table): boolean {
    return [...this.#found.values()].some(
      ({ targets, destinations }) =>
        targets.some((target) => target.table === table) ||
        [...destinations.values()].some((refs) => refs.some((ref) => ref.table === table)),
    );
  }

  /** Compares a table before `entry` drops it. `undefined`: the end of the migration drops it. */
  *compare(table: Table, entry: StepStatement | undefined): Op<void> {
    if (this.#found.has(table)) return;
    const { tables, rows, copies, baseline } = this.#tracker;
    const comparison = yield* compareBeforeDrop(table, entry, {
      tables,
      rows,
      copies,
      missingBeforeDelete: this.missingBeforeDelete,
      missingBeforeChange: this.missingBeforeChange,
      hasReplaceConflict: baseline.hasReplaceConflict,
      compareValues: this.#compareValues,
      checked: this.#checked.get(table),
      nextOfName: (dropped) => this.#nextOfName(dropped, entry),
      recorder: this.#recorder,
    });
    this.#found.set(table, comparison);
  }

  /** Before a temporary table is dropped: it may contain rows of a table that was or will be dropped. */
  *beforeTemporaryDrop(table: Table, entry: StepStatement | undefined): Op<void> {
    if (this.isTarget(table)) yield* this.compare(table, entry);
    else this.#tracker.copies.joinCopiesAcross(table);
  }

  /** At the end: compares the tables through which rows of dropped ones reached others. */
  *finish(): Op<void> {
    const { tables, copies } = this.#tracker;
    for (const table of tables.temporaryTables()) if (this.isTarget(table)) yield* this.compare(table, undefined);
    for (const { table } of tables.dropped) {
      const successor = tables.present(table);
      const targets = this.#found.get(table)?.targets ?? [];
      if (successor === undefined || targets.some((one) => tables.present(one.table) === successor)) continue;
      // The table that took the name was filled from a copy that still exists.
      for (const one of targets)
        if (copies.from(one.table).some(({ target }) => target !== undefined && tables.present(target) === successor))
          yield* this.compare(one.table, undefined);
    }
    this.#addLaterDestinations();
  }

  /** Adds where values went after the comparison: back from a copy, or through a code migration. */
  #addLaterDestinations(): void {
    const { tables, copies } = this.#tracker;
    for (const [table, comparison] of this.#found) {
      const destinations = new Map(comparison.destinations);
      for (const { name } of comparison.rows === 0 ? [] : comparison.info.columns) {
        const key = nameKey(name);
        const more = copies
          .destinationsOf(table, key, comparison.notCopied.get(key)?.different ?? comparison.rows)
          .filter((ref) => tables.isLiving(ref.table) && ref.table !== table && !ref.table.temporary);
        if (more.length > 0) destinations.set(key, [...(destinations.get(key) ?? []), ...more]);
      }
      this.#found.set(table, { ...comparison, destinations });
    }
  }

  renameColumn(table: Table, from: NameKey, to: NameKey): void {
    for (const [dropped, comparison] of this.#found)
      this.#found.set(dropped, withRenamedColumn(comparison, table, from, to));
  }

  /** Whether rows that a table lost before its DROP had been copied: then a copy has them. */
  isCopied({ table, after, lost }: Shortage): boolean {
    const targets = this.#found.get(table)?.targets ?? [];
    // A log of the ids does not contain the rows.
    const hasAll = (target: CopyTarget): boolean =>
      targets.every(({ pairs }) => pairs.every(({ column }) => target.pairs.some((pair) => pair.column === column)));
    // A backup does not make up for rows that the table with the name lacks.
    const { tables } = this.#tracker;
    const successor = tables.present(table);
    const isOwn = (target: CopyTarget): boolean =>
      successor === undefined || tables.present(target.table) === successor;
    return targets.some(
      (target) => isOwn(target) && target.lost === 0 && target.copied >= after + lost && hasAll(target),
    );
  }

  /**
   * The tables that have those of these columns which the successor of their table does not have. An index follows its
   * column there, but not to a copy beside the column.
   */
  destinationNames(table: Table, columns: ReadonlySet<NameKey>, changes: ColumnChanges): readonly string[] {
    const { tables } = this.#tracker;
    const successor = tables.present(table);
    const isInPlace = (ref: ColumnRef): boolean =>
      tables.present(ref.table) === successor && !changes.isDropped(ref.table, ref.column);
    return [...(this.#found.get(table)?.destinations ?? [])]
      .filter(([column, refs]) => columns.has(column) && !refs.some(isInPlace))
      .flatMap(([, refs]) => refs.map((ref) => tables.nameOf(ref.table)));
  }

  /** The table to which a later statement of the file gives this one's name. */
  #nextOfName(table: Table, entry: StepStatement | undefined): Table | undefined {
    const { tables } = this.#tracker;
    const names = new Set([nameKey(tables.nameOf(table)), nameKey(table.name)]);
    for (const { facts } of this.#unit.statementsAfter(entry))
      if (facts.verb === 'alter' && facts.change.kind === 'rename-table' && names.has(nameKey(facts.change.to)))
        return tables.find(facts.name);
    return undefined;
  }
}
