import type { Inventory, SchemaObject } from '../../schema/index.ts';
import { nameKey, type ObjectName } from '../../sql/index.ts';
import type { Guard, GuardedTable } from './guard.ts';

/** What became of a guarded table. */
export interface Fate {
  /**
   * It lives on; or a DROP TABLE ended it, and under its name there is a rebuilt one, a plainly new one, or none; or it
   * is gone without a word.
   */
  readonly kind: 'lives' | 'rebuilt' | 'replaced' | 'dropped' | 'lost';
  /** The name of its successor; without one, the last it had. */
  readonly name: string;
  readonly table: SchemaObject | undefined;
  /** The successor is another table that existed before the run, or was made by an earlier migration of it. */
  readonly older: boolean;
}

/**
 * Follows the tables' identities through a migration's top-level statements: CREATE makes a new one, DROP ends one,
 * RENAME moves it. Only what a migration changes is kept here; everything else is looked up in the guard, so a
 * migration costs the same however many tables there are.
 */
export class TableNames {
  readonly #guard: Guard;
  /** Names that this migration changed: the guarded table now there, or undefined for a new table or none. */
  readonly #changed = new Map<string, GuardedTable | undefined>();
  /** Temporary tables and views: they hide those of the database. */
  readonly #hidden: Set<string>;
  readonly #created = new Set<string>();
  /** The guarded tables whose identity a DROP TABLE ended. */
  readonly #ended = new Map<GuardedTable, Ending>();

  constructor(guard: Guard) {
    this.#guard = guard;
    const tables = guard.temporary.filter(({ type }) => type === 'table' || type === 'view');
    this.#hidden = new Set(tables.map(({ name }) => nameKey(name)));
  }

  /**
   * Whether a name means a table of the database itself: an unqualified one is looked for among the temporary objects
   * first. What is in an attached database is not ours.
   */
  isMain({ schema, name }: ObjectName): boolean {
    return schema === undefined ? !this.#hidden.has(nameKey(name)) : nameKey(schema) === 'main';
  }

  /** The guarded table that a statement means by this name. */
  find(name: ObjectName): GuardedTable | undefined {
    return this.isMain(name) ? this.at(nameKey(name.name)) : undefined;
  }

  /** The guarded table that lives under this name in the database itself. */
  at(key: string): GuardedTable | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#guard.tables.get(key);
  }

  /** The guarded tables that were not dropped, with their present names. */
  *living(): Iterable<readonly [name: string, table: GuardedTable]> {
    for (const table of this.#guard.tables.values()) if (!this.#ended.has(table)) yield [this.nameOf(table), table];
  }

  hasEnded(table: GuardedTable): boolean {
    return this.#ended.has(table);
  }

  /** A temporary table or view was made, or ended. */
  hide(name: string): void {
    this.#hidden.add(nameKey(name));
  }

  reveal(name: string): void {
    this.#hidden.delete(nameKey(name));
  }

  create(name: string): void {
    const key = nameKey(name);
    this.#changed.set(key, undefined);
    this.#created.add(key);
    for (const ending of this.#ended.values()) if (ending.key === key && !ending.readBefore) ending.replaced = true;
  }

  /** `readBefore`: a statement of the migration had read the table, so its rows may have been carried away. */
  drop(name: string, readBefore: boolean): void {
    const key = nameKey(name);
    const table = this.at(key);
    this.#changed.set(key, undefined);
    this.#created.delete(key);
    if (table !== undefined) this.#ended.set(table, { key: nameKey(table.name), readBefore, replaced: false });
  }

  rename(from: string, to: string): void {
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    const table = this.at(fromKey);
    this.#changed.set(fromKey, undefined);
    this.#changed.set(toKey, table);
    if (this.#created.delete(fromKey)) this.#created.add(toKey);
  }

  /** A guarded table's successor is where its identity lives now, else the table now under its name, else none. */
  fateOf(table: GuardedTable, now: Inventory | undefined): Fate {
    const ending = this.#ended.get(table);
    const present = this.nameOf(table);
    const key = ending?.key ?? nameKey(present);
    const successor = now?.tables.get(key);
    const found = {
      name: successor?.name ?? present,
      table: successor,
      older: ending !== undefined && successor !== undefined && !this.#created.has(key),
    };
    if (ending === undefined)
      return { kind: now === undefined || successor !== undefined ? 'lives' : 'lost', ...found };
    if (successor === undefined) return { kind: 'dropped', ...found };
    return { kind: ending.replaced ? 'replaced' : 'rebuilt', ...found };
  }

  /** Where a guarded table lives now. */
  nameOf(table: GuardedTable): string {
    for (const [key, moved] of this.#changed) if (moved === table) return key;
    return table.name;
  }
}

/** How a guarded table's identity ended. */
interface Ending {
  /** The key of its name before the migration: a table found there afterwards is its successor. */
  readonly key: string;
  readonly readBefore: boolean;
  /** DROP t, then CREATE t, and nothing read t: the author plainly wants a new, empty table. */
  replaced: boolean;
}
