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
  type Violations,
} from '../../schema/index.ts';
import type { Table } from './tables.ts';
import { TriggerClosure } from './trigger-closure.ts';
import { ViewTexts } from './view-texts.ts';

/**
 * What a run has to protect, brought up to date after each migration: the tables before the next one, and the objects
 * that existed before the run. Reading it costs one look at the schema; rows are counted when a statement can hurt them.
 */
export class RunBaseline {
  /** As it was before the run. */
  readonly inventory: Inventory;
  /** The tables of the database itself, by the key of the name. */
  tables: Map<string, Table>;
  /** Indexes, views and triggers that existed before the run, by `objectKey`. */
  readonly objects: Map<string, SchemaObject>;
  /** The temporary objects that the application has on this connection. */
  readonly temporary: readonly SchemaObject[];
  /** Row counts that are right at this moment. */
  readonly counts: Map<Table, number> = new Map();
  /** Foreign key violations that are right at this moment; undefined: they may have changed. */
  readonly violations: Map<Table, Violations | undefined> = new Map();
  readonly triggers: TriggerClosure;
  readonly views: ViewTexts;
  /** Some table says ON CONFLICT REPLACE: writing it may remove rows. */
  replaces: boolean;
  /** There is a virtual table, or was one. */
  hasVirtual: boolean;
  #references: References | undefined;
  #broken: ReadonlyMap<string, string> | undefined;

  constructor(inventory: Inventory, temporary: readonly SchemaObject[] = []) {
    this.inventory = inventory;
    this.objects = new Map(inventory.others);
    const tables = new Map<string, Table>();
    for (const [key, { name, sql }] of inventory.tables)
      tables.set(key, { name, temporary: false, virtual: isVirtual(sql), existedBeforeRun: true });
    this.tables = tables;
    this.hasVirtual = [...tables.values()].some(({ virtual }) => virtual);
    this.temporary = temporary;
    const others = [...inventory.others.values(), ...temporary];
    this.triggers = new TriggerClosure(others.filter(({ type }) => type === 'trigger'));
    this.views = new ViewTexts(others);
    // The words alone are enough: a flag too many costs a count, one too few a row.
    this.replaces = [...inventory.tables.values()].some(
      ({ sql = '' }) => /\bconflict\b/i.test(sql) && /\breplace\b/i.test(sql),
    );
  }

  /** Whether anything existed before the run. */
  get hasObjects(): boolean {
    return this.objects.size > 0 || [...this.tables.values()].some(({ existedBeforeRun }) => existedBeforeRun);
  }

  /** Which table refers to which, tables that the run made included. Parsed on first use. */
  get references(): References {
    this.#references ??= referencesOf(this.inventory);
    return this.#references;
  }

  /** The tables that refer to another, itself left out. */
  childrenOf(key: string): readonly string[] {
    return [...this.references].filter(([child, parents]) => child !== key && parents.has(key)).map(([child]) => child);
  }

  /** After a migration was undone to be run once more: what it left here is no longer so. */
  *undone(leaveOut: (table: string) => boolean): Op<void> {
    this.counts.clear();
    this.violations.clear();
    this.#references = referencesOf(yield* readInventory(leaveOut));
  }

  /** The views and triggers that did not compile before the run. Ask before the first statement that may break one. */
  *brokenBefore(): Op<ReadonlyMap<string, string>> {
    this.#broken ??= yield* findBroken(this.objects);
    return this.#broken;
  }
}

/** Reads what there is before the run changes anything. `leaveOut` names Dunlin's own tables. */
export function* readBaseline(leaveOut: (table: string) => boolean): Op<RunBaseline> {
  const inventory = yield* readInventory(leaveOut);
  return new RunBaseline(inventory, yield* readTemporary());
}

/** Compares the schema before COMMIT with what the migrations should have left. Undefined: it is the same. */
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
