import { queryOne, script, type Op } from '../../bridge/index.ts';
import type { RemovedParts, TableClause } from '../../migration/index.ts';
import type { KeptParts, Step, StepStatement } from '../../plan/index.ts';
import {
  insertWithout,
  isRefusal,
  keepClauses,
  missingIndexClauses,
  readStatistics,
  restoreStatistics,
  sharedGenerated,
  type Statistics,
} from '../../rebuild/index.ts';
import {
  dependents,
  findBroken,
  objectKey,
  readChildren,
  readColumns,
  readInventory,
  readTableInfo,
  type Inventory,
  type SchemaObject,
} from '../../schema/index.ts';
import {
  codeTokens,
  nameKey,
  quote,
  sameName,
  splitStatements,
  triggerClauses,
  unquote,
  type SqlStatement,
} from '../../sql/index.ts';
import type { DeclaredLosses } from '../guards/declared-losses.ts';
import { isMoved, usesOrder } from './column-order.ts';
import { findRebuilds, type Rebuild } from './find-rebuilds.ts';

/** A rebuild, with the indexes, triggers and statistics of its table. */
interface KeptRebuild extends Rebuild {
  /** The indexes and triggers of the old table, in the order of their creation, by `objectKey`. */
  readonly objects: Map<string, SchemaObject>;
  /** Triggers that did not compile before either. */
  broken: ReadonlyMap<string, string>;
  /** The names of the old table's columns. */
  columns: readonly string[];
  /** What ANALYZE has found. */
  statistics: Statistics | undefined;
  /** The text of the old table, if it is known before its name is taken. */
  table: string | undefined;
  isEnded: boolean;
  /** The indexes with a name that the tool itself gives, by `objectKey`. */
  readonly toolNames: Set<string>;
  /** What it has kept, in words. */
  readonly kept: Set<string>;
  /** What it has not kept because it was removed from the tool's schema. */
  readonly removed: Set<string>;
}

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
  /** Why an index or a trigger could not be put back, by `objectKey`. */
  readonly notKept: Map<string, string> = new Map();
  readonly #statements: readonly StepStatement[];
  readonly #clauses: readonly TableClause[];
  readonly #removed: RemovedParts;
  readonly #indexNames: KeptParts['indexNames'];
  readonly #made: KeptParts['made'];
  readonly #declared: DeclaredLosses;
  readonly #rebuilds: readonly KeptRebuild[];
  /** The names that no table has at the moment. */
  readonly #missing = new Set<string>();
  /** What the migration itself has dropped, by `objectKey`. */
  readonly #dropped = new Set<string>();
  /** What stands in the way of the present statement, to be created again after it. */
  #cleared: readonly SchemaObject[] = [];
  /** Triggers that were put back and may not compile, with their rebuilds. */
  readonly #unchecked = new Map<KeptRebuild, Map<string, SchemaObject>>();
  #isLegacy = false;

  constructor(
    statements: readonly StepStatement[],
    { clauses, removed, indexNames, made }: KeptParts,
    declared: DeclaredLosses,
  ) {
    this.#statements = statements;
    this.#clauses = clauses;
    this.#removed = removed;
    this.#indexNames = indexNames;
    this.#made = made;
    this.#declared = declared;
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
  *rewrite(entry: StepStatement): Op<StepStatement> {
    const { facts, statement } = entry;
    let { sql } = statement;
    for (const one of this.#rebuilds)
      if (one.creates === entry && facts.verb === 'create') sql = yield* this.#withClauses(one, facts.name.name, sql);
    if (facts.verb === 'insert') sql = yield* this.#withoutGenerated(facts.name.name, statement);
    if (facts.verb === 'create' && facts.object === 'index')
      sql = this.#indexAsBefore(facts.name.name, facts.table, sql);
    return sql === statement.sql ? entry : withText(entry, sql);
  }

  /** Before a statement runs. */
  *before(entry: StepStatement): Op<void> {
    const { facts } = entry;
    for (const one of this.#rebuilds) if (one.takes === entry) yield* this.#remember(one, entry);
    if (facts.verb === 'alter' && facts.change.kind !== 'add-column' && this.#missing.size > 0)
      yield* this.#clearTheWay();
  }

  /** After a statement that succeeded. */
  *after(entry: StepStatement): Op<void> {
    const { facts } = entry;
    yield* this.#createCleared();
    if (this.#isLegacy) yield* script('PRAGMA legacy_alter_table = OFF');
    this.#isLegacy = false;
    if (facts.verb === 'drop' && facts.object !== 'table') this.#dropped.add(objectKey(facts.object, facts.name.name));
    for (const one of this.#rebuilds) {
      if (one.takes === entry) this.#missing.add(nameKey(one.name));
      else if (namesTable(entry, one.name)) this.#missing.delete(nameKey(one.name));
      if (one.ends === entry) yield* this.#putBack(one);
    }
    if (this.#missing.size === 0) yield* this.#checkTriggers();
  }

  /** What is kept in the new table that a statement fills. */
  keptFor({ facts }: StepStatement): readonly string[] {
    if (facts.verb !== 'insert') return [];
    const { name } = facts.name;
    return this.#rebuilds.flatMap(({ creates, isEnded, kept }) =>
      !isEnded && namesTable(creates, name) ? [...kept] : [],
    );
  }

  /** What each rebuild has kept, and what it has not because the schema no longer has it. Call it at the end. */
  notes(): readonly string[] {
    return this.#rebuilds.flatMap(({ name, kept, removed }) => [
      ...(kept.size === 0 ? [] : [`rebuilds ${name} and keeps: ${[...kept].join(', ')}`]),
      ...(removed.size === 0
        ? []
        : [`rebuilds ${name} without what was removed from the schema: ${[...removed].join(', ')}`]),
    ]);
  }

  /** Reads the indexes, triggers and statistics of a table that is about to lose its name. */
  *#remember(one: KeptRebuild, { facts }: StepStatement): Op<void> {
    const inventory = yield* readInventory(() => false);
    for (const [key, object] of inventory.others)
      if (object.type !== 'view' && object.sql !== undefined && sameName(object.table, one.name)) {
        one.objects.set(key, object);
        this.#dropped.delete(key);
      }
    const triggers = [...one.objects].filter(([, { type }]) => type === 'trigger');
    one.broken = yield* findBroken(new Map(triggers));
    one.columns = (yield* readColumns(one.name)).map(({ name }) => name);
    const { indexes } = yield* readTableInfo(one.name);
    for (const { name, columns } of indexes) {
      const names = columns.map((column) => column.name ?? '');
      if (isNamed(this.#indexNames?.(one.name, names) ?? [], name)) one.toolNames.add(objectKey('index', name));
    }
    one.statistics = yield* readStatistics(one.name);
    one.table = inventory.tables.get(nameKey(one.name))?.sql;
    // SQLite would rename the table in all that names it, which is to name the new one.
    if (facts.verb === 'alter' && (yield* this.#isNamedElsewhere(one, inventory))) this.#isLegacy = yield* setLegacy();
  }

  *#isNamedElsewhere({ name, objects }: KeptRebuild, { others }: Inventory): Op<boolean> {
    const naming = [...dependents(others, name).keys()].some((key) => !objects.has(key));
    return naming || (yield* readChildren(name)).length > 0;
  }

  /** The CREATE TABLE with what it leaves out; as it is if IF NOT EXISTS will find a table. */
  *#withClauses(one: KeptRebuild, created: string, sql: string): Op<string> {
    const { tables } = yield* readInventory(() => false);
    const was = one.table ?? tables.get(nameKey(one.name))?.sql;
    if (tables.has(nameKey(created))) return sql;
    const isDeclared = (column: string): boolean => {
      if (isNamed(this.#removed.columns, `${one.name}.${column}`)) {
        this.#declared.add(`${one.name}.${column}`);
        one.removed.add(`generated column ${column}`);
      }
      return this.#declared.includesColumn(one.name, column);
    };
    const { sql: text, kept } = keepClauses(was ?? '', sql, this.#clauses, isDeclared);
    for (const clause of kept) one.kept.add(clause);
    return text;
  }

  /**
   * The INSERT into a new table without its generated columns. drizzle-kit lists them, and SQLite refuses that
   * (sqlite.org/gencol.html, section 2.3). What was no generated column before may be lost by this, which the guards
   * measure.
   */
  *#withoutGenerated(table: string, statement: SqlStatement): Op<string> {
    const one = this.#rebuilds.find(({ creates, isEnded }) => !isEnded && namesTable(creates, table));
    if (one === undefined) return statement.sql;
    const generated = (yield* readColumns(table)).filter((column) => column.generated !== null).map(({ name }) => name);
    const sql = insertWithout(statement, generated);
    if (sql === undefined) return statement.sql;
    const { tables } = yield* readInventory(() => false);
    const was = one.table ?? tables.get(nameKey(one.name))?.sql ?? '';
    for (const name of sharedGenerated(was, tables.get(nameKey(table))!.sql!)) one.kept.add(`generated column ${name}`);
    return sql;
  }

  /** The old text of an index that a migration creates again, if the new one only says less. */
  #indexAsBefore(name: string, table: string, sql: string): string {
    const key = objectKey('index', name);
    const one = this.#rebuilds.findLast(({ objects, isEnded }) => isEnded && objects.has(key));
    const was = one?.objects.get(key)?.sql;
    const isOther = was === undefined || this.#dropped.has(key) || !sameName(one!.name, table);
    const missing = isOther ? undefined : missingIndexClauses(was, sql);
    if (missing === undefined) return sql;
    if (isNamed(this.#removed.conditions, `${table}.${name}`)) {
      one!.removed.add(`WHERE of index ${name}`);
      return sql;
    }
    one!.kept.add(`${missing} of index ${name}`);
    return was!;
  }

  /** Drops the views and triggers that name a missing table. */
  *#clearTheWay(): Op<void> {
    const { others } = yield* readInventory(() => false);
    const found = new Map<string, SchemaObject>();
    for (const { name, kept } of this.#rebuilds.filter((one) => this.#missing.has(nameKey(one.name)))) {
      const naming = dependents(others, name);
      for (const key of (yield* findBroken(naming)).keys()) {
        const object = naming.get(key)!;
        found.set(key, object);
        kept.add(`${object.type} ${object.name}`);
      }
    }
    // A view takes its triggers with it. Triggers of one table fire in an order, which stays if all are created again.
    const owners = new Set([...found.values()].map(({ type, name, table }) => nameKey(type === 'view' ? name : table)));
    this.#cleared = [...others.values()].filter(
      ({ type, name, table }) => found.has(objectKey(type, name)) || (type === 'trigger' && owners.has(nameKey(table))),
    );
    for (const type of ['trigger', 'view'])
      for (const object of this.#cleared)
        if (object.type === type) yield* script(`DROP ${type} main.${quote(object.name)}`);
  }

  /** Creates the cleared views and triggers again. */
  *#createCleared(): Op<void> {
    const moved: string[] = [];
    for (const one of this.#cleared.length === 0 ? [] : this.#rebuilds) {
      const now = (yield* readColumns(one.name)).map(({ name }) => name);
      if (isMoved(one.columns, now)) moved.push(one.name);
    }
    const missing = new Set<string>();
    for (const object of this.#cleared) {
      const { type, name, table } = object;
      if (moved.some((changed) => usesOrder(object, changed))) {
        this.notKept.set(objectKey(type, name), otherOrder);
        for (const { kept } of this.#rebuilds) kept.delete(`${type} ${name}`);
        if (type === 'view') missing.add(nameKey(name));
      } else if (type !== 'trigger' || !missing.has(nameKey(table))) yield* script(object.sql!);
    }
    this.#cleared = [];
  }

  *#putBack(one: KeptRebuild): Op<void> {
    one.isEnded = true;
    const { others } = yield* readInventory(() => false);
    const now = (yield* readColumns(one.name)).map(({ name }) => name);
    const triggers = new Map<string, SchemaObject>();
    for (const [key, object] of one.objects) {
      if (object.type === 'index' && isNamed(this.#removed.indexes, `${one.name}.${object.name}`)) {
        this.#declared.add(object.name);
        one.removed.add(`index ${object.name}`);
        continue;
      }
      if (others.has(key) || this.#dropped.has(key) || this.#isCreatedLater(one, object)) continue;
      if (one.toolNames.has(key)) {
        this.notKept.set(key, 'its name is one that the tool gives, so its schema may no longer have it');
        continue;
      }
      if (this.#made.has(`${object.type} ${nameKey(object.name)}`)) continue;
      const lacking = updatedColumns(object).find((column) => isNamed(one.columns, column) && !isNamed(now, column));
      if (lacking !== undefined) {
        this.notKept.set(key, `no such column: ${lacking}`);
        continue;
      }
      if (isMoved(one.columns, now) && usesOrder(object, one.name)) {
        this.notKept.set(key, otherOrder);
        continue;
      }
      try {
        yield* script(object.sql!);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.notKept.set(key, error.message);
        continue;
      }
      one.kept.add(`${object.type} ${object.name}`);
      if (object.type === 'trigger') triggers.set(key, object);
    }
    this.#unchecked.set(one, triggers);
    yield* restoreStatistics(one.name, one.statistics!);
  }

  /** SQLite compiles a trigger only when it fires. One that does not compile any more is not kept. */
  *#checkTriggers(): Op<void> {
    for (const [{ broken, kept }, triggers] of this.#unchecked)
      for (const [key, reason] of yield* findBroken(triggers)) {
        if (broken.has(key)) continue;
        const { name } = triggers.get(key)!;
        yield* script(`DROP TRIGGER main.${quote(name)}`);
        kept.delete(`trigger ${name}`);
        this.notKept.set(key, reason);
      }
    this.#unchecked.clear();
  }

  #isCreatedLater({ ends }: KeptRebuild, { type, name }: SchemaObject): boolean {
    const later = this.#statements.slice(this.#statements.indexOf(ends));
    const next = later.find(
      ({ facts, skip }) =>
        skip === undefined &&
        (facts.verb === 'create' || facts.verb === 'drop') &&
        facts.object === type &&
        sameName(facts.name.name, name),
    );
    return next?.facts.verb === 'create';
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

/** A statement with another text, at the position of the one in the file. */
function withText(entry: StepStatement, sql: string): StepStatement {
  const [statement] = splitStatements(sql, entry.statement);
  return { ...entry, statement: statement! };
}

/** The columns of UPDATE OF. SQLite creates a trigger for columns that do not exist, and never fires it for them. */
function updatedColumns({ type, sql }: SchemaObject): readonly string[] {
  const event = type === 'trigger' ? (triggerClauses(sql!).get('event') ?? '') : '';
  const list = /\bupdate\s+of\b/i.exec(event);
  if (list === null) return [];
  const tokens = codeTokens(event.slice(list.index + list[0].length));
  return tokens.filter(({ text }) => text !== ',').map(({ text }) => unquote(text));
}

const otherOrder = 'it counts on the order of the columns, which is another one now';

function isNamed(names: readonly string[], name: string): boolean {
  return names.some((one) => sameName(one, name));
}

/** Whether a statement gives a table this name. */
function namesTable({ facts }: StepStatement, name: string): boolean {
  if (facts.verb === 'create') return facts.object === 'table' && sameName(facts.name.name, name);
  return facts.verb === 'alter' && facts.change.kind === 'rename-table' && sameName(facts.change.to, name);
}

/** Returns false if it was on already. */
function* setLegacy(): Op<boolean> {
  const legacy = yield* queryOne<{ legacy_alter_table: number }>('PRAGMA legacy_alter_table');
  if (Number(legacy?.legacy_alter_table) !== 0) return false;
  yield* script('PRAGMA legacy_alter_table = ON');
  return true;
}
