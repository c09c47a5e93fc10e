import { query, type Op } from '../../bridge/index.ts';
import {
  findDroppedConstraints,
  indexedTable,
  droppedConstraintsLine,
  toInventory,
  type IndexedTable,
  type Inventory,
  type SchemaRow,
} from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/** Constraints that a rebuild by hand left out, and the part that deserves a warning in `check`. */
export interface ConstraintNote {
  readonly note: string;
  readonly warning: string | undefined;
}

/**
 * Notes the constraints of a table that its successor does not have. CREATE TABLE writes all of them again, and no row
 * shows that one is missing.
 */
export class ConstraintNotes {
  readonly #tables: TableTracker;
  readonly #before = new Map<Table, IndexedTable>();

  constructor(tables: TableTracker) {
    this.#tables = tables;
  }

  /** Before a table is dropped. Reads its present text, with columns that the migration added. */
  *beforeTableDrop(table: Table): Op<void> {
    const name = this.#tables.nameOf(table);
    const rows = yield* query<SchemaRow>(
      `SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE type IN ('table', 'index') AND tbl_name = ? COLLATE NOCASE`,
      [name],
    );
    const found = indexedTable(toInventory(rows), name);
    if (found !== undefined) this.#before.set(table, found);
  }

  /** At the end. `isSaid`: whether the migration declares changes of a table. */
  notes(now: Inventory | undefined, isSaid: (table: Table) => boolean): readonly ConstraintNote[] {
    if (now === undefined) return [];
    return [...this.#before].flatMap(([table, was]) => {
      const successor = this.#tables.present(table);
      if (successor === undefined || isSaid(table)) return [];
      const is = indexedTable(now, this.#tables.nameOf(successor));
      return is === undefined ? [] : constraintNotes(was, is, now);
    });
  }
}

/** The note on one table, if constraints are missing. */
export function constraintNotes(was: IndexedTable, is: IndexedTable, now: Inventory): readonly ConstraintNote[] {
  const found = findDroppedConstraints(was, is, (name) => now.tables.has(nameKey(name)));
  const note = droppedConstraintsLine(is.table.name, found);
  return note === undefined ? [] : [{ note, warning: droppedConstraintsLine(is.table.name, { ...found, minor: [] }) }];
}
