import { nameKey, type AlterChange, type NameKey } from '../../sql/index.ts';
import type { Table } from './table-tracker.ts';

/** Follows the columns that ALTER TABLE adds, drops and renames in one migration. */
export class ColumnChanges {
  /** The keys of added and of dropped columns. */
  readonly #added = new Map<Table, Set<NameKey>>();
  readonly #dropped = new Map<Table, Set<NameKey>>();
  /** The first names of renamed columns, by the key of their present name. */
  readonly #firstNames = new Map<Table, Map<NameKey, string>>();

  isDropped(table: Table, column: NameKey): boolean {
    return this.#dropped.get(table)?.has(column) === true;
  }

  /** Whether the migration itself added the column, or dropped it by name. */
  isAddedOrDropped(table: Table, column: NameKey): boolean {
    return this.#added.get(table)?.has(column) === true || this.isDropped(table, column);
  }

  /** The name that a column had before the migration. */
  firstName(table: Table, column: string): string {
    return this.#firstNames.get(table)?.get(nameKey(column)) ?? column;
  }

  /** The key that a column from before the migration has now. */
  lastKey(table: Table, column: string): NameKey {
    const key = nameKey(column);
    for (const [now, first] of this.#firstNames.get(table) ?? []) if (nameKey(first) === key) return now;
    return key;
  }

  /** Records a change, and tells `onRename` each column key that changes. */
  record(table: Table, change: AlterChange, onRename: (from: NameKey, to: NameKey) => void): void {
    const added = setOf(this.#added, table);
    if (change.kind === 'add-column') {
      added.add(nameKey(change.column));
      this.#firstNames.get(table)?.delete(nameKey(change.column));
    } else if (change.kind === 'drop-column') {
      added.delete(nameKey(change.column));
      setOf(this.#dropped, table).add(nameKey(change.column));
    } else if (change.kind === 'rename-column') {
      const [from, to] = [nameKey(change.from), nameKey(change.to)];
      this.#releaseName(table, to, onRename);
      if (added.delete(from)) added.add(to);
      const names = this.#firstNames.get(table) ?? new Map<NameKey, string>();
      const first = this.firstName(table, change.from);
      names.delete(from);
      names.set(to, first);
      this.#firstNames.set(table, names);
      onRename(from, to);
    }
  }

  /**
   * Another column takes the name of a dropped one. Only the first one was dropped on purpose, so its key changes. The column
   * of an ADD COLUMN needs no such care: it counts as the migration's own either way.
   */
  #releaseName(table: Table, column: NameKey, onRename: (from: NameKey, to: NameKey) => void): void {
    const dropped = setOf(this.#dropped, table);
    if (!dropped.delete(column)) return;
    // No column has a name with a NUL in it.
    let key = `${column}\0`;
    while (dropped.has(key)) key += '\0';
    dropped.add(key);
    onRename(column, key);
  }
}

function setOf(sets: Map<Table, Set<NameKey>>, table: Table): Set<NameKey> {
  const set = sets.get(table) ?? new Set();
  sets.set(table, set);
  return set;
}
