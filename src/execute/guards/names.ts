import { nameKey, type ObjectName } from '../../sql/index.ts';
import type { Guard, GuardedTable } from './guard.ts';

/**
 * Follows the tables' identities through a migration's top-level statements: CREATE makes a new one, DROP ends one,
 * RENAME moves it. Only what a migration changes is kept here; everything else is looked up in the guard, so a
 * migration costs the same however many tables there are.
 */
export class TableNames {
  readonly #guard: Guard;
  /** Names that this migration changed: the guarded table now there, or undefined for a new table or none. */
  readonly #changed = new Map<string, GuardedTable | undefined>();
  readonly #temporary = new Set<string>();
  readonly #created = new Set<string>();
  /** The guarded tables whose identity a DROP TABLE ended, with the name they had before the migration. */
  readonly ended: Map<GuardedTable, Ending> = new Map();

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  /** The guarded table that a statement means by this name. A temporary table hides one of the same name. */
  find(name: ObjectName | string): GuardedTable | undefined {
    if (this.isTemporary(name)) return undefined;
    const key = nameKey(typeof name === 'string' ? name : name.name);
    return this.#changed.has(key) ? this.#changed.get(key) : this.#guard.tables.get(key);
  }

  isTemporary(name: ObjectName | string): boolean {
    const { schema, name: bare } = typeof name === 'string' ? { schema: undefined, name } : name;
    if (schema !== undefined) return nameKey(schema) === 'temp';
    return this.#temporary.has(nameKey(bare));
  }

  /** Whether this migration made the table. */
  isNew(name: string): boolean {
    return this.#created.has(nameKey(name));
  }

  create(name: string, temporary: boolean): void {
    const key = nameKey(name);
    if (temporary) {
      this.#temporary.add(key);
      return;
    }
    this.#changed.set(key, undefined);
    this.#created.add(key);
    for (const ending of this.ended.values()) if (ending.key === key && !ending.readBefore) ending.replaced = true;
  }

  drop(name: ObjectName, readBefore: (table: GuardedTable) => boolean): void {
    const key = nameKey(name.name);
    if (this.isTemporary(name)) {
      this.#temporary.delete(key);
      return;
    }
    const table = this.find(name);
    this.#changed.set(key, undefined);
    this.#created.delete(key);
    if (table !== undefined) this.ended.set(table, { key: this.originalKey(table), readBefore: readBefore(table), replaced: false });
  }

  rename(from: ObjectName, to: string): void {
    const [fromKey, toKey] = [nameKey(from.name), nameKey(to)];
    if (this.isTemporary(from)) {
      this.#temporary.delete(fromKey);
      this.#temporary.add(toKey);
      return;
    }
    const table = this.find(from);
    this.#changed.set(fromKey, undefined);
    this.#changed.set(toKey, table);
    if (this.#created.delete(fromKey)) this.#created.add(toKey);
  }

  /** The names that now stand for guarded tables in another place than before. */
  moved(): readonly (readonly [key: string, table: GuardedTable | undefined])[] {
    return [...this.#changed];
  }

  /** The key of the name that a table had when the migration began. */
  originalKey(table: GuardedTable): string {
    return nameKey(table.name);
  }
}

/** How a guarded table's identity ended. */
export interface Ending {
  /** The key of its name before the migration: a table found there afterwards is its successor. */
  readonly key: string;
  /** Whether a statement of the migration had read it: then its rows were carried away, and a rebuild is going on. */
  readonly readBefore: boolean;
  /** DROP t, then CREATE t, and nothing read t: the author plainly wants a new, empty table. */
  replaced: boolean;
}
