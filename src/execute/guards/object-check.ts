import { query, type Op } from '../../bridge/index.ts';
import {
  dependents,
  findBroken,
  objectKey,
  type Inventory,
  type SchemaObject,
  type SchemaObjects,
  type SchemaRow,
} from '../../schema/index.ts';
import { mentions, nameKey, splitStatements, type ParsedStatement } from '../../sql/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import type { RunBaseline } from './run-baseline.ts';
import type { DeclaredLosses } from './declared-losses.ts';
import type { Loss } from './losses.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/**
 * Checks that indexes, triggers and views survive, by type, name and table, and that views and triggers still compile.
 * Those from before the run are protected, and those of dropped tables that have rows.
 */
export class ObjectCheck {
  readonly #baseline: RunBaseline;
  readonly #tables: TableTracker;
  /** Objects that the migration dropped or created, by `objectKey`. */
  readonly #dropped = new Set<string>();
  readonly #created = new Set<string>();
  /** The indexes and triggers of tables that were dropped. */
  readonly #objectsOfDropped = new Map<
    Table,
    { readonly objects: readonly SchemaObject[]; readonly entry: StepStatement }
  >();
  /** The tables to which columns were added. */
  readonly #withAddedColumns = new Set<string>();
  /** The statements that may break views and triggers. */
  readonly #schemaStatements: StepStatement[] = [];

  constructor(baseline: RunBaseline, tables: TableTracker) {
    this.#baseline = baseline;
    this.#tables = tables;
  }

  /** Before a statement that drops, renames or changes columns. */
  *beforeSchemaChange(entry: StepStatement): Op<void> {
    this.#schemaStatements.push(entry);
    if (this.#baseline.hasObjects) yield* this.#baseline.brokenBefore();
  }

  /**
   * Before ADD COLUMN. SQLite does not check whether triggers and views still compile: INSERT INTO t VALUES (...)
   * without columns, a UNION of `*`, or a name that two joined tables now have.
   */
  *beforeAddColumn(table: string, entry: StepStatement): Op<void> {
    if (dependents(this.#baseline.objects, table).size === 0) return;
    this.#schemaStatements.push(entry);
    yield* this.#baseline.brokenBefore();
    this.#withAddedColumns.add(table);
  }

  /** Whether columns were added to a table that a view or trigger may name. */
  get hasAddedColumns(): boolean {
    return this.#withAddedColumns.size > 0;
  }

  /** Before a table is dropped, together with its indexes and triggers. */
  *beforeTableDrop(table: Table, entry: StepStatement): Op<void> {
    const rows = yield* query<SchemaRow>(
      `SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name = ? COLLATE NOCASE`,
      [this.#tables.nameOf(table)],
    );
    const objects = rows
      .filter(({ type, name }) => !this.#created.has(objectKey(type, name)))
      .map(({ type, name, tbl_name, sql }): SchemaObject => ({ type, name, table: tbl_name, sql: sql ?? undefined }));
    this.#objectsOfDropped.set(table, { objects, entry });
    for (const { type, name } of objects) this.#dropped.delete(objectKey(type, name));
  }

  created(type: string, name: string): void {
    this.#created.add(objectKey(type, name));
  }

  dropped(type: string, name: string): void {
    this.#dropped.add(objectKey(type, name));
  }

  /**
   * `notKept`: why an object could not be put back, by `objectKey`. `destinationNames`: the tables that columns of a dropped
   * table were copied to. Its objects may follow.
   */
  losses(
    now: Inventory,
    declared: DeclaredLosses,
    notKept: ReadonlyMap<string, string>,
    destinationNames: (table: Table, columns: ReadonlySet<string>) => readonly string[],
  ): readonly Loss[] {
    const losses: Loss[] = [];
    const lose = ({ type, name }: SchemaObject, table: string, entry?: StepStatement): void => {
      const reason = notKept.get(objectKey(type, name));
      if (type !== 'table' && !declared.includesObject(name, table))
        losses.push({ kind: type, name, table, reason, entry });
    };
    for (const [key, table] of this.#baseline.tables) {
      const present = this.#tables.present(table);
      if (!table.existedBeforeRun || this.#isDropped(table) || declared.includesTable(table.name)) continue;
      if (present === undefined || !now.tables.has(nameKey(this.#tables.nameOf(present))))
        losses.push({ kind: 'table', table: this.#baseline.inventory.tables.get(key)?.name ?? table.name });
    }
    for (const [table, { objects, entry }] of this.#objectsOfDropped) {
      const successor = this.#tables.present(table);
      if (successor === undefined) continue;
      for (const object of objects) {
        const columns = new Set(splitStatements(object.sql ?? '').flatMap((statement) => [...mentions(statement)]));
        const names = [this.#tables.nameOf(successor), ...destinationNames(table, columns)];
        if (!this.#isThere(object, names, now)) lose(object, table.name, entry);
      }
    }
    const dropped = [...this.#objectsOfDropped.values()].flatMap(({ objects }) => objects);
    const inDropped = new Set(dropped.map(({ type, name }) => objectKey(type, name)));
    for (const [key, object] of this.#baseline.objects) {
      if (now.others.has(key) || this.#dropped.has(key) || inDropped.has(key) || this.#wentWithTable(object, now))
        continue;
      lose(object, object.table);
    }
    return losses;
  }

  /** The views and triggers that compiled before the run and do not now. Without `now`, only columns were added. */
  *broken(now: Inventory | undefined): Op<readonly Loss[]> {
    const { objects } = this.#baseline;
    const asked: SchemaObjects =
      now === undefined
        ? new Map([...this.#withAddedColumns].flatMap((table) => [...dependents(objects, table)]))
        : new Map([...now.others].filter(([key]) => objects.has(key)));
    if (asked.size === 0) return [];
    const before = yield* this.#baseline.brokenBefore();
    const losses: Loss[] = [];
    for (const [key, reason] of yield* findBroken(asked)) {
      const object = asked.get(key);
      if (object !== undefined && !before.has(key))
        losses.push({
          kind: 'broken',
          type: object.type,
          name: object.name,
          reason,
          entry: this.#breaks(object, reason),
        });
    }
    return losses;
  }

  /** The last statement that changed what SQLite reports as missing, or what the object names. */
  #breaks({ sql = '' }: SchemaObject, reason: string): StepStatement | undefined {
    const [said, text] = [nameKey(reason), nameKey(sql)];
    const names = (where: string): StepStatement | undefined =>
      this.#schemaStatements.findLast(({ facts }) => changedNames(facts).some((name) => where.includes(nameKey(name))));
    return names(said) ?? names(text);
  }

  /** Whether it was created again on one of these tables, or dropped by name afterwards. */
  #isThere({ type, name }: SchemaObject, tables: readonly string[], now: Inventory): boolean {
    const key = objectKey(type, name);
    const found = now.others.get(key);
    return this.#dropped.has(key) || tables.some((table) => nameKey(table) === nameKey(found?.table ?? ''));
  }

  #isDropped(table: Table): boolean {
    return this.#tables.dropped.some((dropped) => dropped.table === table);
  }

  /** A dropped view includes its INSTEAD OF triggers, a dropped table its indexes and triggers. */
  #wentWithTable(object: SchemaObject, now: Inventory): boolean {
    const table = this.#baseline.tables.get(nameKey(object.table));
    if (table !== undefined) return this.#isDropped(table);
    const isDropped = ['table', 'view'].some((type) => this.#dropped.has(objectKey(type, object.table)));
    const key = nameKey(object.table);
    return isDropped && !now.tables.has(key) && !now.others.has(objectKey('view', key));
  }
}

/** What a statement drops, renames or adds a column to. */
function changedNames(facts: ParsedStatement): readonly string[] {
  if (facts.verb === 'drop') return [facts.name.name];
  if (facts.verb !== 'alter') return [];
  const { change } = facts;
  if (change.kind === 'rename-table') return [facts.name.name, change.to];
  if (change.kind === 'rename-column') return [change.from, change.to];
  return 'column' in change ? [change.column] : [facts.name.name];
}
