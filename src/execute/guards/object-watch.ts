import type { Op } from '../../bridge/index.ts';
import {
  dependents,
  findBroken,
  objectKey,
  type Inventory,
  type SchemaObject,
  type SchemaObjects,
} from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Declared } from './declared.ts';
import type { Guard, GuardedTable } from './guard.ts';
import type { Loss } from './losses.ts';
import type { Fate } from './names.ts';

/** Sees to it that indexes, triggers and views survive by name, and that views and triggers still compile. */
export class ObjectWatch {
  readonly #guard: Guard;
  /** What was dropped by name, by `objectKey`. */
  readonly #dropped = new Set<string>();
  /** The tables to which columns were added. */
  readonly #widened = new Set<string>();

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  /** Before a statement that drops, renames or changes columns. */
  *changes(): Op<void> {
    if (this.#guard.active) yield* this.#guard.brokenBefore();
  }

  /**
   * Before ADD COLUMN, which SQLite does not look at twice: a trigger that says INSERT INTO t VALUES (...) without
   * columns, a UNION of `*`, a name that is now in two tables of a join no longer compile.
   */
  *widens(table: string): Op<void> {
    if (dependents(this.#guard.objects, table).size === 0) return;
    yield* this.#guard.brokenBefore();
    this.#widened.add(table);
  }

  dropped(type: string, name: string): void {
    this.#dropped.add(objectKey(type, name));
  }

  losses(now: Inventory, fateOf: (table: GuardedTable) => Fate, declared: Declared): readonly Loss[] {
    const losses: Loss[] = [];
    for (const table of this.#guard.tables.values())
      if (fateOf(table).kind === 'lost' && !declared.table(table.name))
        losses.push({ kind: 'table', table: table.name });
    for (const [key, object] of this.#guard.objects) {
      const { type, name, table } = object;
      if (type === 'table' || now.others.has(key) || this.#dropped.has(key)) continue;
      if (this.#wentWithTable(object, now, fateOf) || declared.object(name, table)) continue;
      losses.push({ kind: type, name, table });
    }
    return losses;
  }

  /** The views and triggers that compiled before the run and do not now. Without `now`, only columns were added. */
  *broken(now: Inventory | undefined): Op<readonly Loss[]> {
    const { objects } = this.#guard;
    const asked: SchemaObjects =
      now === undefined
        ? new Map([...this.#widened].flatMap((table) => [...dependents(objects, table)]))
        : new Map([...now.others].filter(([key]) => objects.has(key)));
    if (asked.size === 0) return [];
    const before = yield* this.#guard.brokenBefore();
    const losses: Loss[] = [];
    for (const [key, reason] of yield* findBroken(asked)) {
      const object = asked.get(key);
      if (object !== undefined && !before.has(key))
        losses.push({ kind: 'broken', type: object.type, name: object.name, reason });
    }
    return losses;
  }

  /** A table that is dropped takes its indexes and triggers along, a view its INSTEAD OF triggers. */
  #wentWithTable(object: SchemaObject, now: Inventory, fateOf: (table: GuardedTable) => Fate): boolean {
    const table = this.#guard.tables.get(nameKey(object.table));
    if (table !== undefined) return fateOf(table).kind === 'dropped';
    return (
      ['table', 'view'].some((type) => this.#dropped.has(objectKey(type, object.table))) && !exists(now, object.table)
    );
  }
}

function exists(now: Inventory, name: string): boolean {
  return now.tables.has(nameKey(name)) || now.others.has(objectKey('view', name));
}
