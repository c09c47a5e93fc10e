import type { Op } from '../../bridge/index.ts';
import type { RunRecorder } from '../../lock/index.ts';
import { hasRows } from '../../schema/index.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import { qualified, type Table, type TableTracker } from './table-tracker.ts';

/** Knows which tables the migration may not damage: those from before the run, and those that earlier migrations filled. */
export class GuardedTables {
  readonly #tables: TableTracker;
  readonly #rows: RowBookkeeping;
  readonly #recorder: RunRecorder | undefined;
  readonly #withRows = new Set<Table>();

  constructor(tables: TableTracker, rows: RowBookkeeping, recorder?: RunRecorder) {
    this.#tables = tables;
    this.#rows = rows;
    this.#recorder = recorder;
  }

  *isGuarded(table: Table): Op<boolean> {
    if (this.#tables.isNew(table)) return false;
    return table.existedBeforeRun || (yield* this.hadRows(table));
  }

  /** Whether a table has rows, or had some before this migration deleted them. */
  *hadRows(table: Table): Op<boolean> {
    if (this.#recorder?.hasRows(table.name) === true) return true;
    if (this.#withRows.has(table) || this.#rows.hadRows(table)) return true;
    // The module of a virtual table may refuse to read it, or be missing.
    if (!table.virtual && !(yield* hasRows(qualified(table, this.#tables)))) return false;
    this.#withRows.add(table);
    return true;
  }
}
