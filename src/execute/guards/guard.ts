import type { Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import {
  isVirtual,
  readInventory,
  referencesOf,
  type Inventory,
  type References,
  type SchemaObject,
} from '../../schema/index.ts';
import { mentions, nameKey, splitStatements } from '../../sql/index.ts';

/** A table that existed before the run. Its identity outlives renames and rebuilds; `name` is where it lives now. */
export interface GuardedTable {
  name: string;
  readonly virtual: boolean;
}

/**
 * What a run has to protect: everything that existed before it. On a fresh database that is nothing, and guarding
 * costs nothing. Per migration a `Watch` follows the statements and compares; what it found good it reports back.
 */
export class Guard {
  readonly inventory: Inventory;
  /** By the key of the present name. */
  readonly tables: Map<string, GuardedTable> = new Map();
  /** Indexes, views and triggers, by `objectKey`. */
  readonly objects: Map<string, SchemaObject>;
  /** Row counts known to be right now. */
  readonly counts: Map<GuardedTable, number> = new Map();
  /** Some trigger deletes or replaces, or some table says ON CONFLICT REPLACE: any write may remove rows anywhere. */
  dangerous: boolean;
  hasTriggers: boolean;
  #triggers: Map<string, Set<string>> | undefined;
  #references: References | undefined;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.objects = new Map(inventory.others);
    for (const [key, table] of inventory.tables) this.tables.set(key, { name: table.name, virtual: isVirtual(table.sql) });
    const triggers = [...inventory.others.values()].filter((object) => object.type === 'trigger');
    this.hasTriggers = triggers.length > 0;
    // The word alone is enough: a flag too many costs a count, one too few a row.
    this.dangerous =
      triggers.some((trigger) => /\b(delete|replace)\b/i.test(trigger.sql ?? '')) ||
      [...inventory.tables.values()].some((table) => /\bconflict\s+replace\b/i.test(table.sql ?? ''));
  }

  /** Whether there is anything to lose. */
  get active(): boolean {
    return this.tables.size > 0 || this.objects.size > 0;
  }

  /** Who refers to whom, tables made by this run included. Taken apart on first use only. */
  get references(): References {
    this.#references ??= referencesOf(this.inventory);
    return this.#references;
  }

  /** A trigger was made: what its body mentions may change when its table is written. */
  addTrigger(table: string, named: Iterable<string>): void {
    this.hasTriggers = true;
    const key = nameKey(table);
    this.#reach().set(key, new Set([...(this.#reach().get(key) ?? []), ...named]));
  }

  /** The tables that may change when this one is written: itself, and through triggers all that those mention. */
  reachOf(key: string): ReadonlySet<string> {
    const reached = new Set([key]);
    if (!this.hasTriggers) return reached;
    // A Set's iterator visits what is added while it runs, so this closes over triggers that fire triggers.
    for (const table of reached) for (const named of this.#reach().get(table) ?? []) reached.add(named);
    return reached;
  }

  #reach(): Map<string, Set<string>> {
    if (this.#triggers !== undefined) return this.#triggers;
    this.#triggers = new Map();
    for (const object of this.inventory.others.values()) {
      const statement = object.type === 'trigger' ? splitStatements(object.sql ?? '')[0] : undefined;
      if (statement !== undefined) this.addTrigger(object.table, mentions(statement));
    }
    return this.#triggers;
  }

  /** The children of a table, itself left out. */
  childrenOf(key: string): readonly string[] {
    return [...this.references].filter(([child, parents]) => child !== key && parents.has(key)).map(([child]) => child);
  }
}

/** Reads what there is before the run changes anything. */
export function* beginGuard(leaveOut: (table: string) => boolean): Op<Guard> {
  return new Guard(yield* readInventory(leaveOut));
}

/** Compares the whole with what the migrations, one by one, should have left. Undefined: all is as it should be. */
export function* compareWhole(guard: Guard, leaveOut: (table: string) => boolean): Op<DunlinError | undefined> {
  if (!guard.active) return undefined;
  const now = yield* readInventory(leaveOut);
  const lines = [
    ...[...guard.tables.values()].filter((table) => !now.tables.has(nameKey(table.name))).map((table) => `table ${table.name}`),
    ...[...guard.objects].filter(([key]) => !now.others.has(key)).map(([, object]) => `${object.type} ${object.name}`),
  ];
  return lines.length === 0 ? undefined : dunlinError('SCHEMA_CHANGED_UNSEEN', { lines });
}

