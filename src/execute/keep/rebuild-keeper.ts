import { queryOne, script, type Op } from '../../bridge/index.ts';
import type { KeptParts, Step, StepStatement } from '../../plan/index.ts';
import {
  dependents,
  objectKey,
  readChildren,
  readInventory,
  type Inventory,
  type SchemaObject,
} from '../../schema/index.ts';
import { nameKey, sameName } from '../../sql/index.ts';
import type { DeclaredLosses } from '../guards/declared-losses.ts';
import { createBlocking, dropBlocking } from './blocking-objects.ts';
import { findRebuilds } from './find-rebuilds.ts';
import { dropBrokenTriggers, putBackObjects, rememberObjects } from './kept-objects.ts';
import { namesTable, type KeepContext, type KeptRebuild } from './kept-rebuild.ts';
import { rewriteStatement } from './kept-texts.ts';

/**
 * Keeps what the rebuilds of a migration or a set leave out (the option `rebuilds`). The files of generators write a
 * rebuild as CREATE, INSERT ... SELECT, DROP and RENAME, and know only what the tool's own schema can say.
 *
 * - The new CREATE TABLE gets the clauses of the old one that it says nothing of.
 * - Indexes and triggers of the old table are created again when the new one has its name, unless a later statement
 *   creates them or one before has dropped them.
 * - SQLite refuses a RENAME while a view or trigger names a missing table: those are dropped before it, and created again
 *   after it.
 *
 * What can't be kept is lost, and the guards decide as without the option.
 */
export class RebuildKeeper {
  /** Why an index, a trigger or a view could not be created again, by `objectKey`. */
  readonly notKept: ReadonlyMap<string, string>;
  readonly #context: KeepContext;
  readonly #rebuilds: readonly KeptRebuild[];
  /** The keys of the names that no table has at the moment. */
  readonly #missing = new Set<string>();
  /** What stood in the way of the present statement, to be created again after it. */
  #blocking: readonly SchemaObject[] = [];
  /** Triggers that were put back and may not compile, with their rebuilds. */
  readonly #unchecked = new Map<KeptRebuild, ReadonlyMap<string, SchemaObject>>();
  #isLegacy = false;

  constructor(statements: readonly StepStatement[], parts: KeptParts, declared: DeclaredLosses) {
    this.#context = { statements, parts, declared, dropped: new Set(), notKept: new Map() };
    this.notKept = this.#context.notKept;
    this.#rebuilds = findRebuilds(statements).map((rebuild) => ({
      ...rebuild,
      objects: new Map(),
      broken: new Map(),
      columns: [],
      statistics: undefined,
      table: undefined,
      isEnded: false,
      toolNames: new Set(),
      kept: new Set(),
      removed: new Set(),
    }));
  }

  get isEmpty(): boolean {
    return this.#rebuilds.length === 0;
  }

  /** The statement that runs in place of one. The guards have to measure this one. */
  rewrite(entry: StepStatement): Op<StepStatement> {
    return rewriteStatement(entry, this.#rebuilds, this.#context);
  }

  /** Before a statement runs. */
  *before(entry: StepStatement): Op<void> {
    const { facts } = entry;
    for (const one of this.#rebuilds) {
      if (one.freesName !== entry) continue;
      const inventory = yield* readInventory(() => false);
      yield* rememberObjects(one, inventory, this.#context);
      // SQLite would rename the table in all that names it, which is to name the new one.
      if (facts.verb === 'alter' && (yield* isNamedElsewhere(one, inventory))) this.#isLegacy = yield* setLegacy();
    }
    if (facts.verb === 'alter' && facts.change.kind !== 'add-column' && this.#missing.size > 0)
      this.#blocking = yield* dropBlocking(this.#rebuilds.filter(({ name }) => this.#missing.has(nameKey(name))));
  }

  /** After a statement that succeeded. */
  *after(entry: StepStatement): Op<void> {
    const { facts } = entry;
    yield* createBlocking(this.#blocking, this.#rebuilds, this.#context);
    this.#blocking = [];
    if (this.#isLegacy) yield* script('PRAGMA legacy_alter_table = OFF');
    this.#isLegacy = false;
    if (facts.verb === 'drop' && facts.object !== 'table')
      this.#context.dropped.add(objectKey(facts.object, facts.name.name));
    for (const one of this.#rebuilds) {
      if (one.freesName === entry) this.#missing.add(nameKey(one.name));
      else if (namesTable(entry, one.name)) this.#missing.delete(nameKey(one.name));
      if (one.lastStatement !== entry) continue;
      one.isEnded = true;
      this.#unchecked.set(one, yield* putBackObjects(one, this.#context));
    }
    if (this.#missing.size === 0) yield* this.#checkTriggers();
  }

  /** What is kept in the new table that a statement fills. */
  keptFor({ facts }: StepStatement): readonly string[] {
    if (facts.verb !== 'insert') return [];
    const { name } = facts.name;
    return this.#rebuilds.flatMap(({ createStatement, isEnded, kept }) =>
      !isEnded && namesTable(createStatement, name) ? [...kept] : [],
    );
  }

  /** What the rebuilds of a table have kept. Call it at the end. */
  keptOf(table: string): readonly string[] {
    const ofTable = this.#rebuilds.filter(({ name }) => sameName(name, table));
    return [...new Set(ofTable.flatMap(({ kept }) => [...kept]))];
  }

  /**
   * What each rebuild has kept, unless its table is among the `reported` ones, and what it has not because the schema no
   * longer has it. Call it at the end.
   */
  notes(reported: readonly { readonly table: string }[]): readonly string[] {
    const isReported = (name: string): boolean => reported.some(({ table }) => sameName(table, name));
    return this.#rebuilds.flatMap(({ name, kept, removed }) => [
      ...(kept.size === 0 || isReported(name) ? [] : [`rebuilds ${name} and keeps: ${[...kept].join(', ')}`]),
      ...(removed.size === 0
        ? []
        : [`rebuilds ${name} without what was removed from the schema: ${[...removed].join(', ')}`]),
    ]);
  }

  *#checkTriggers(): Op<void> {
    for (const [one, triggers] of this.#unchecked) yield* dropBrokenTriggers(one, triggers, this.#context);
    this.#unchecked.clear();
  }
}

/** Keeps what the rebuilds of a migration, or of a set whose migrations all say so, leave out; undefined without any. */
export function keeperOf(steps: readonly Step[], declared: DeclaredLosses): RebuildKeeper | undefined {
  const kept = steps.flatMap(({ keeps }) => keeps ?? []);
  if (kept.length < steps.length) return undefined;
  const removed = kept.map((one) => one.removed);
  const keeper = new RebuildKeeper(
    steps.flatMap(({ statements }) => statements),
    {
      ...kept[0]!,
      removed: {
        indexes: removed.flatMap(({ indexes }) => indexes),
        conditions: removed.flatMap(({ conditions }) => conditions),
        columns: removed.flatMap(({ columns }) => columns),
      },
    },
    declared,
  );
  return keeper.isEmpty ? undefined : keeper;
}

function* isNamedElsewhere({ name, objects }: KeptRebuild, { others }: Inventory): Op<boolean> {
  const naming = [...dependents(others, name).keys()].some((key) => !objects.has(key));
  return naming || (yield* readChildren(name)).length > 0;
}

/** Returns false if it was on already. */
function* setLegacy(): Op<boolean> {
  const legacy = yield* queryOne<{ legacy_alter_table: number }>('PRAGMA legacy_alter_table');
  if (Number(legacy?.legacy_alter_table) !== 0) return false;
  yield* script('PRAGMA legacy_alter_table = ON');
  return true;
}
