import { isTableOrView, type Inventory, type SchemaObject } from '../../schema/index.ts';
import { nameKey, type ObjectName } from '../../sql/index.ts';
import type { Guard, GuardedTable } from './guard.ts';

/** What became of a guarded table. */
export interface Fate {
  /**
   * It lives on; or a DROP TABLE ended it, and what followed under its name is a rebuilt one, a plainly new one, or
   * none; or it is gone without a word.
   */
  readonly kind: 'lives' | 'rebuilt' | 'replaced' | 'dropped' | 'lost';
  /** The name of its successor; without one, the last it had. */
  readonly name: string;
  readonly table: SchemaObject | undefined;
  /** The successor was there before the migration. */
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
  /** The names, by key, that renamed tables had in this migration. */
  readonly #former = new Map<GuardedTable, readonly string[]>();
  /** The guarded tables whose identity a DROP TABLE ended, and that have no successor yet. */
  readonly #ended = new Map<GuardedTable, Ending>();
  /** Those that live on in a rebuilt table: whether that was there before the migration. */
  readonly #rebuilt = new Map<GuardedTable, { readonly older: boolean }>();

  readonly #onSucceed: (table: GuardedTable) => void;

  /** `onSucceed` is told when a rebuilt table has taken a dropped one's place. */
  constructor(guard: Guard, onSucceed: (table: GuardedTable) => void) {
    this.#guard = guard;
    this.#onSucceed = onSucceed;
    const tables = guard.temporary.filter(isTableOrView);
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
    for (const [table, ending] of this.#ended) {
      if (!ending.keys.has(key) || isSettled(ending)) continue;
      if (ending.readBefore) this.#succeed(table, key);
      else ending.replaced = true;
    }
  }

  /** `readBefore`: a statement of the migration had read the table, so its rows may have been carried away. */
  drop(name: string, readBefore: boolean): void {
    const key = nameKey(name);
    const table = this.at(key);
    this.#changed.set(key, undefined);
    if (table !== undefined) {
      const keys = new Set([...(this.#former.get(table) ?? [nameKey(table.name)]), key]);
      this.#ended.set(table, { keys, readBefore, replaced: false, overtaker: undefined });
      // Renamed away before, and its name given to a new one.
      const successor = [...keys].findLast(
        (name) => this.#created.has(name) && this.at(name) === undefined && name !== key,
      );
      if (successor !== undefined) this.#succeed(table, successor);
    }
    this.#created.delete(key);
  }

  rename(from: string, to: string): void {
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    const table = this.at(fromKey);
    if (table !== undefined) this.#former.set(table, [...(this.#former.get(table) ?? []), fromKey]);
    this.#changed.set(fromKey, undefined);
    this.#changed.set(toKey, table);
    if (this.#created.delete(fromKey)) this.#created.add(toKey);
    for (const [ended, ending] of this.#ended) {
      if (!ending.keys.has(toKey) || isSettled(ending)) continue;
      if (table === undefined) this.#succeed(ended, toKey);
      else ending.overtaker = table;
    }
  }

  /** A table takes a dropped one's place: what happens to it from now on happens to that one's rows. */
  #succeed(table: GuardedTable, key: string): void {
    this.#ended.delete(table);
    this.#rebuilt.set(table, { older: !this.#created.has(key) });
    this.#changed.set(key, table);
    this.#onSucceed(table);
  }

  /** A guarded table's successor is where its identity lives now, else the one that took its name, else none. */
  fateOf(table: GuardedTable, now: Inventory | undefined): Fate {
    const ending = this.#ended.get(table);
    const name = this.nameOf(ending?.overtaker ?? table);
    const successor = now?.tables.get(nameKey(name));
    const found = { name: successor?.name ?? name, table: successor };
    if (ending?.overtaker !== undefined) return { kind: 'rebuilt', older: true, ...found };
    if (ending !== undefined) return { kind: ending.replaced ? 'replaced' : 'dropped', older: false, ...found };
    if (now !== undefined && successor === undefined) return { kind: 'lost', older: false, ...found };
    const rebuilt = this.#rebuilt.get(table);
    return { kind: rebuilt === undefined ? 'lives' : 'rebuilt', older: rebuilt?.older ?? false, ...found };
  }

  /** Where a guarded table lives now. */
  nameOf(table: GuardedTable): string {
    for (const [key, moved] of this.#changed) if (moved === table) return key;
    return table.name;
  }
}

/** How a guarded table's identity ended. */
interface Ending {
  /** The names it had in this migration: a table that takes one of them is its successor. */
  readonly keys: ReadonlySet<string>;
  readonly readBefore: boolean;
  /** DROP t, then CREATE t, and nothing read t: the author plainly wants a new, empty table. */
  replaced: boolean;
  /** Another table that existed before the run and was given its name. */
  overtaker: GuardedTable | undefined;
}

/** Whether what follows is known: a later table under one of its names is another matter. */
function isSettled(ending: Ending): boolean {
  return ending.replaced || ending.overtaker !== undefined;
}
