import type { Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import {
  findBroken,
  isVirtual,
  readInventory,
  readTemporary,
  referencesOf,
  type Inventory,
  type References,
  type SchemaObject,
} from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Selection } from './columns.ts';
import { Reach } from './reach.ts';
import { Views } from './views.ts';

/** A table that existed before the run. Its identity outlives renames and rebuilds; `name` is where it lives now. */
export interface GuardedTable {
  name: string;
  readonly virtual: boolean;
  /** The keys of columns that this run added: they were not there before it. */
  readonly added: Set<string>;
  /** What selects of this run took from it, all in one. */
  taken: Selection | undefined;
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
  /** The temporary objects that the application has on this connection. */
  readonly temporary: readonly SchemaObject[];
  /** Row counts known to be right now. */
  readonly counts: Map<GuardedTable, number> = new Map();
  readonly reach: Reach;
  readonly views: Views;
  /** Some table says ON CONFLICT REPLACE: writing it may remove rows. */
  replaces: boolean;
  #references: References | undefined;
  #broken: ReadonlyMap<string, string> | undefined;

  constructor(inventory: Inventory, temporary: readonly SchemaObject[] = []) {
    this.inventory = inventory;
    this.objects = new Map(inventory.others);
    for (const [key, { name, sql }] of inventory.tables)
      this.tables.set(key, { name, virtual: isVirtual(sql), added: new Set(), taken: undefined });
    this.temporary = temporary;
    this.reach = new Reach([...inventory.others.values(), ...temporary].filter(({ type }) => type === 'trigger'));
    this.views = new Views([...inventory.others.values(), ...temporary]);
    // The words alone are enough: a flag too many costs a count, one too few a row.
    this.replaces = [...inventory.tables.values()].some(
      ({ sql = '' }) => /\bconflict\b/i.test(sql) && /\breplace\b/i.test(sql),
    );
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

  /** The children of a table, itself left out. */
  childrenOf(key: string): readonly string[] {
    return [...this.references].filter(([child, parents]) => child !== key && parents.has(key)).map(([child]) => child);
  }

  /** The views and triggers that did not compile before the run. Ask before the first statement that may break one. */
  *brokenBefore(): Op<ReadonlyMap<string, string>> {
    this.#broken ??= yield* findBroken(this.objects);
    return this.#broken;
  }
}

/** Reads what there is before the run changes anything. */
export function* beginGuard(leaveOut: (table: string) => boolean): Op<Guard> {
  const inventory = yield* readInventory(leaveOut);
  return new Guard(inventory, yield* readTemporary());
}

/** Compares the whole with what the migrations, one by one, should have left. Undefined: all is as it should be. */
export function compareWhole(guard: Guard, now: Inventory): DunlinError | undefined {
  const lines = [
    ...[...guard.tables.values()]
      .filter((table) => !now.tables.has(nameKey(table.name)))
      .map((table) => `table ${table.name}`),
    ...[...guard.objects].filter(([key]) => !now.others.has(key)).map(([, object]) => `${object.type} ${object.name}`),
  ];
  return lines.length === 0 ? undefined : dunlinError('SCHEMA_CHANGED_UNSEEN', { lines });
}
