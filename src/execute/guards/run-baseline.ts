import type { NameKey } from '../../sql/index.ts';
import type { Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import {
  findBroken,
  isVirtual,
  readInventory,
  readTemporary,
  referencesOf,
  type Inventory,
  type SchemaObject,
  type Violations,
} from '../../schema/index.ts';
import { ReferenceGraph } from './reference-graph.ts';
import type { Table } from './table-tracker.ts';
import { TriggerClosure } from './trigger-closure.ts';
import { ViewTexts } from './view-texts.ts';

/**
 * The state that a run has to protect, updated after each migration: the tables before the next one, and the objects
 * from before the run. Creating it reads the schema once; rows are counted when a statement may remove some.
 */
export class RunBaseline {
  /** As it was before the run. */
  readonly inventory: Inventory;
  /** The tables of the database itself, by the key of the name. */
  tables: Map<NameKey, Table>;
  /** Indexes, views and triggers that existed before the run, by `objectKey`. */
  readonly objects: Map<string, SchemaObject>;
  /** The temporary objects that the application has on this connection. */
  readonly temporary: readonly SchemaObject[];
  /** Row counts that are still correct. */
  readonly counts: Map<Table, number> = new Map();
  /** Foreign key violations that are still correct. Undefined: they may have changed. */
  readonly violations: Map<Table, Violations | undefined> = new Map();
  readonly triggers: TriggerClosure;
  readonly views: ViewTexts;
  /** Some table has ON CONFLICT REPLACE: writing it may remove rows. */
  hasReplaceConflict: boolean;
  /** Some table is or was virtual. */
  hasVirtual: boolean;
  #references: ReferenceGraph | undefined;
  #broken: ReadonlyMap<string, string> | undefined;

  constructor(inventory: Inventory, temporary: readonly SchemaObject[] = []) {
    this.inventory = inventory;
    this.objects = new Map(inventory.others);
    const tables = new Map<NameKey, Table>();
    for (const [key, { name, sql }] of inventory.tables)
      tables.set(key, { name, temporary: false, virtual: isVirtual(sql), existedBeforeRun: true });
    this.tables = tables;
    this.hasVirtual = [...tables.values()].some(({ virtual }) => virtual);
    this.temporary = temporary;
    const others = [...inventory.others.values(), ...temporary];
    this.triggers = new TriggerClosure(others.filter(({ type }) => type === 'trigger'));
    this.views = new ViewTexts(others);
    // A search for the words is enough: a false match costs a count, a missed one could cost rows.
    this.hasReplaceConflict = [...inventory.tables.values()].some(
      ({ sql = '' }) => /\bconflict\b/i.test(sql) && /\breplace\b/i.test(sql),
    );
  }

  /** Whether anything existed before the run. */
  get hasObjects(): boolean {
    return this.objects.size > 0 || [...this.tables.values()].some(({ existedBeforeRun }) => existedBeforeRun);
  }

  /** Which table references which, including tables of the run. Parsed on first use. */
  get references(): ReferenceGraph {
    this.#references ??= new ReferenceGraph(referencesOf(this.inventory));
    return this.#references;
  }

  /** A migration succeeded. `now`: the schema, if it changed more than by new objects. */
  accept(tables: Map<NameKey, Table>, now: Inventory | undefined): void {
    this.tables = tables;
    if (now === undefined) return;
    // A function may drop what it declares by other means than DROP TABLE.
    this.tables = new Map([...tables].filter(([key, table]) => !table.existedBeforeRun || now.tables.has(key)));
    for (const key of this.objects.keys()) {
      const object = now.others.get(key);
      if (object === undefined) this.objects.delete(key);
      else this.objects.set(key, object);
    }
  }

  /** After rows were written that are no migration's. */
  forgetRows(): void {
    this.counts.clear();
    this.violations.clear();
  }

  /** After a migration was rolled back to run again: what it cached here is out of date. */
  *undone(leaveOut: (table: string) => boolean): Op<void> {
    this.forgetRows();
    this.#references = new ReferenceGraph(referencesOf(yield* readInventory(leaveOut)));
  }

  /**
   * The views and triggers that did not compile before the run. Call it before the first statement that may break one.
   */
  *brokenBefore(): Op<ReadonlyMap<string, string>> {
    this.#broken ??= yield* findBroken(this.objects);
    return this.#broken;
  }
}

/** Reads the schema before the run changes anything. `leaveOut` recognizes Dunlin's own tables. */
export function* readBaseline(leaveOut: (table: string) => boolean): Op<RunBaseline> {
  const inventory = yield* readInventory(leaveOut);
  return new RunBaseline(inventory, yield* readTemporary());
}

/** Compares the schema before COMMIT with the one that the migrations left. Undefined: they are the same. */
export function findUnseenChange(baseline: RunBaseline, now: Inventory): DunlinError | undefined {
  const lines = [
    ...[...baseline.tables]
      .filter(([key, { existedBeforeRun }]) => existedBeforeRun && !now.tables.has(key))
      .map(([, { name }]) => `table ${name}`),
    ...[...baseline.objects]
      .filter(([key]) => !now.others.has(key))
      .map(([, object]) => `${object.type} ${object.name}`),
  ];
  return lines.length === 0 ? undefined : dunlinError('SCHEMA_CHANGED_UNSEEN', { lines });
}
