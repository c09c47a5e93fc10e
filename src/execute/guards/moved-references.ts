import type { Op } from '../../bridge/index.ts';
import { dependents, readChildren, type Inventory } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/**
 * Finds foreign keys, views and triggers that follow a renamed table although a new table has its old name. RENAME
 * rewrites them (sqlite.org/lang_altertable.html, section 2), which is rarely intended if the old table is kept.
 */
export class MovedReferences {
  readonly #tables: TableTracker;
  readonly #renamed = new Map<Table, string>();

  constructor(tables: TableTracker) {
    this.#tables = tables;
  }

  /** Before a table loses the name of this key. */
  beforeRename(table: Table, key: string): void {
    if (!table.temporary && !this.#tables.isNew(table) && !this.#renamed.has(table)) this.#renamed.set(table, key);
  }

  *notes(now: Inventory | undefined): Op<readonly string[]> {
    const notes: string[] = [];
    for (const [table, key] of this.#renamed) {
      const other = this.#tables.at(key);
      if (now === undefined || other === undefined || !this.#tables.isNew(other) || !this.#tables.isLiving(table))
        continue;
      const name = this.#tables.nameOf(table);
      const children = (yield* readChildren(name)).map((child) => `the foreign key of ${child}`);
      const others = [...dependents(now.others, name).values()]
        .filter((object) => nameKey(object.table) !== nameKey(name))
        .map(({ type, name: own }) => `${type} ${own}`);
      const moved = [...children, ...others];
      if (moved.length > 0)
        notes.push(
          `${moved.join(', ')} ${moved.length === 1 ? 'names' : 'name'} ${name} now, not the new table ${this.#tables.nameOf(other)}: RENAME took ${moved.length === 1 ? 'it' : 'them'} along`,
        );
    }
    return notes;
  }
}
