import type { Op } from '../../bridge/index.ts';
import { dunlinError, type MigrationRef } from '../../errors/index.ts';
import { cascadeClosure, countRows, findBroken, isAutoincrement, objectKey, readColumns, readInventory, type Inventory } from '../../schema/index.ts';
import { mentions, nameKey, selection, sources, type ObjectName, type SqlStatement, type StatementFacts } from '../../sql/index.ts';
import { lostColumns, type ColumnChanges } from './columns.ts';
import type { Declared } from './declared.ts';
import type { Guard, GuardedTable } from './guard.ts';
import { lossError, type Loss } from './losses.ts';
import { TableNames } from './names.ts';
import { ReferenceWatch } from './reference-watch.ts';
import { readSequences, sequenceLosses } from './sequences.ts';

/** What a watch is told about its migration. */
export interface Watched extends MigrationRef {
  readonly id: string;
  readonly foreignKeys: boolean;
}

/**
 * Guards one migration: sees every top-level statement before and after it runs, takes the figures that it will need
 * before a statement can change them, and compares at the end. A migration of only CREATE, ADD, RENAME, INSERT and
 * UPDATE counts nothing; see docs/guards.md for the rules.
 */
export class Watch {
  readonly #guard: Guard;
  readonly #migration: Watched;
  readonly #declared: Declared;
  readonly #leaveOut: (table: string) => boolean;
  readonly #names: TableNames;
  readonly #references: ReferenceWatch;
  readonly #counts = new Map<GuardedTable, number>();
  readonly #columns = new Map<GuardedTable, ColumnChanges>();
  /** Selects that read a guarded table: a rebuild carries the columns that they mention. */
  readonly #reads = new Map<GuardedTable, SqlStatement[]>();
  /** Tables of which rows are plainly deleted, guarded or new (by key). */
  readonly #emptied = new Set<GuardedTable | string>();
  readonly #dropped = new Set<string>();
  #structural = false;
  #deletes = false;
  #sequences: ReadonlyMap<string, number> | undefined;
  #brokenBefore: ReadonlyMap<string, string> | undefined;

  constructor(guard: Guard, migration: Watched, declared: Declared, leaveOut: (table: string) => boolean) {
    this.#guard = guard;
    this.#migration = migration;
    this.#declared = declared;
    this.#leaveOut = leaveOut;
    this.#names = new TableNames(guard);
    this.#references = new ReferenceWatch(guard, this.#names);
  }

  /** Takes what must be known before this statement runs. */
  *before(facts: StatementFacts, statement: SqlStatement): Op<void> {
    switch (facts.verb) {
      case 'insert':
      case 'update':
      case 'delete':
        yield* this.#beforeWrite(facts.name, facts.verb, facts.verb === 'delete' || facts.conflict === 'replace');
        break;
      case 'drop':
        yield* this.#beforeDrop(facts);
        break;
      case 'alter':
        yield* this.#beforeAlter(facts);
        break;
      default:
        break;
    }
    if (this.#guard.active) this.#noteReads(facts, statement);
  }

  /** Follows what the statement did to names. Call it only when the statement succeeded. */
  after(facts: StatementFacts, statement: SqlStatement): void {
    switch (facts.verb) {
      case 'create':
        if (facts.object === 'table') {
          if (facts.ifNotExists && this.#names.find(facts.name) !== undefined) break;
          this.#names.create(facts.name.name, facts.temporary || this.#names.isTemporary(facts.name));
          if (facts.replacesOnConflict) this.#guard.dangerous = true;
          this.#references.created(facts.name.name, facts.references);
        } else if (facts.object === 'trigger') {
          this.#guard.addTrigger(facts.table, mentions(statement));
          if (facts.deletes) this.#guard.dangerous = true;
        }
        break;
      case 'drop':
        if (facts.object === 'table') this.#names.drop(facts.name, (table) => this.#reads.has(table));
        else this.#dropped.add(objectKey(facts.object, facts.name.name));
        break;
      case 'alter':
        this.#afterAlter(facts);
        break;
      default:
        break;
    }
  }

  /** Compares and throws when something undeclared is lost. Returns notes on what was put right. */
  *finish(): Op<readonly string[]> {
    const losses: Loss[] = [];
    const notes: string[] = [];
    const now = this.#structural && this.#guard.active ? yield* readInventory(this.#leaveOut) : undefined;
    if (now !== undefined) {
      losses.push(...this.#objectLosses(now), ...(yield* this.#columnLosses(now)));
      if (this.#sequences !== undefined)
        losses.push(...(yield* sequenceLosses(this.#sequences, this.#guard, (table) => this.#fateOf(table, now), this.#declared, notes)));
      losses.push(...(yield* this.#brokenNow(now)));
    }
    losses.push(...(yield* this.#rowLosses(now)));
    losses.push(...(yield* this.#references.violations()));
    if (losses.length > 0) throw lossError(this.#migration, losses, this.#deletes);
    if (now !== undefined) this.#accept(now);
    return notes;
  }

  *#beforeWrite(name: ObjectName, verb: 'insert' | 'update' | 'delete', removes: boolean): Op<void> {
    const table = this.#names.find(name);
    if (nameKey(name.name) === 'sqlite_sequence') yield* this.#takeSequences();
    if (removes) {
      this.#deletes ||= verb === 'delete';
      // A DELETE from the new table of a rebuild is said as plainly as one from the old; an OR REPLACE there is not.
      if (table !== undefined || verb === 'delete') this.#emptied.add(table ?? nameKey(name.name));
      if (this.#migration.foreignKeys && verb === 'delete')
        for (const key of yield* cascadeClosure(name.name)) this.#emptied.add(this.#names.find(key) ?? key);
    }
    if (this.#guard.dangerous || (this.#migration.foreignKeys && verb !== 'insert')) yield* this.#countAll();
    if (this.#guard.hasTriggers) this.#guard.counts.clear();
    else if (table !== undefined) this.#guard.counts.delete(table);
    yield* this.#references.written(name, verb !== 'insert' || removes);
  }

  *#beforeDrop(facts: Extract<StatementFacts, { verb: 'drop' }>): Op<void> {
    this.#structural = true;
    yield* this.#takeBroken();
    if (facts.object !== 'table') return;
    const table = this.#names.find(facts.name);
    const children = this.#guard.childrenOf(nameKey(facts.name.name));
    if (this.#migration.foreignKeys && children.length > 0)
      throw dunlinError('FOREIGN_KEYS_DROP', { id: this.#migration.id, table: facts.name.name, children });
    if (table !== undefined) {
      yield* this.#takeSequences();
      yield* this.#takeColumns(table, facts.name.name);
      yield* this.#count(table, facts.name.name);
    }
    yield* this.#references.written(facts.name, true);
  }

  *#beforeAlter(facts: Extract<StatementFacts, { verb: 'alter' }>): Op<void> {
    const { kind } = facts.change;
    if (kind === 'add-column') {
      this.#references.created(facts.name.name, facts.change.references);
      return;
    }
    this.#structural = true;
    yield* this.#takeBroken();
    const table = this.#names.find(facts.name);
    if (table !== undefined && kind !== 'rename-table') yield* this.#takeColumns(table, facts.name.name);
    if (kind !== 'rename-table') return;
    yield* this.#takeSequences();
    yield* this.#references.written(facts.name, true);
  }

  #afterAlter(facts: Extract<StatementFacts, { verb: 'alter' }>): void {
    const { change } = facts;
    const table = this.#names.find(facts.name);
    const columns = table === undefined ? undefined : this.#columns.get(table);
    if (change.kind === 'rename-table') {
      this.#names.rename(facts.name, change.to);
      this.#references.renamed(facts.name.name, change.to);
      if (this.#emptied.delete(nameKey(facts.name.name))) this.#emptied.add(nameKey(change.to));
    } else if (change.kind === 'drop-column') columns?.dropped.add(nameKey(change.column));
    else if (change.kind === 'rename-column') columns?.renamed.set(nameKey(change.from), nameKey(change.to));
  }

  #noteReads(facts: StatementFacts, statement: SqlStatement): void {
    const copies = (facts.verb === 'create' && facts.object === 'table' && facts.asSelect) || facts.verb === 'insert' || facts.verb === 'update';
    if (!copies) return;
    for (const name of sources(statement)) {
      const table = this.#names.find(name);
      if (table !== undefined) this.#reads.set(table, [...(this.#reads.get(table) ?? []), statement]);
    }
  }

  *#countAll(): Op<void> {
    for (const table of this.#guard.tables.values()) {
      if (!this.#names.ended.has(table)) yield* this.#count(table, this.#nameOf(table));
    }
  }

  /** Counts a table unless its figure is known, at the latest possible moment before it can shrink. */
  *#count(table: GuardedTable, name: string): Op<void> {
    if (table.virtual || this.#counts.has(table)) return;
    const known = this.#guard.counts.get(table) ?? (yield* countRows(name));
    this.#counts.set(table, known);
  }

  *#takeColumns(table: GuardedTable, name: string): Op<void> {
    if (table.virtual || this.#columns.has(table)) return;
    this.#columns.set(table, { before: yield* readColumns(name), dropped: new Set(), renamed: new Map() });
  }

  *#takeSequences(): Op<void> {
    if (this.#sequences !== undefined || !this.#guard.active || !this.#guard.inventory.hasSequences) return;
    this.#structural = true;
    this.#sequences = yield* readSequences();
  }

  *#takeBroken(): Op<void> {
    if (this.#guard.active) this.#brokenBefore ??= yield* findBroken({ ...this.#guard.inventory, others: this.#guard.objects });
  }

  /** Where a guarded table lives now. */
  #nameOf(table: GuardedTable): string {
    return this.#names.moved().find(([, moved]) => moved === table)?.[0] ?? table.name;
  }

  /** What became of a guarded table: it lives on, it was rebuilt or replaced under its name, or it is gone. */
  #fateOf(table: GuardedTable, now: Inventory | undefined): { readonly kind: 'lives' | 'rebuilt' | 'replaced' | 'dropped' | 'lost'; readonly name: string; readonly autoincrement: boolean } {
    const ending = this.#names.ended.get(table);
    const key = ending?.key ?? nameKey(this.#nameOf(table));
    const successor = now?.tables.get(key);
    const facts = { name: successor?.name ?? this.#nameOf(table), autoincrement: isAutoincrement(successor?.sql) };
    if (ending === undefined) return { kind: now === undefined || successor !== undefined ? 'lives' : 'lost', ...facts };
    if (successor === undefined) return { kind: 'dropped', ...facts };
    return { kind: ending.replaced ? 'replaced' : 'rebuilt', ...facts };
  }

  *#rowLosses(now: Inventory | undefined): Op<readonly Loss[]> {
    const losses: Loss[] = [];
    for (const [table, before] of this.#counts) {
      const fate = this.#fateOf(table, now);
      if (fate.kind === 'dropped' || fate.kind === 'replaced' || fate.kind === 'lost') continue;
      const after = yield* countRows(fate.name);
      this.#guard.counts.set(table, after);
      const said = this.#emptied.has(table) || this.#emptied.has(nameKey(fate.name)) || this.#declared.table(table.name);
      if (after < before && !said) losses.push({ kind: 'rows', table: table.name, before, after });
    }
    return losses;
  }

  *#columnLosses(now: Inventory): Op<readonly Loss[]> {
    const losses: Loss[] = [];
    for (const [table, changes] of this.#columns) {
      const fate = this.#fateOf(table, now);
      if (fate.kind !== 'lives' && fate.kind !== 'rebuilt') continue;
      const present = new Set((yield* readColumns(fate.name)).map((column) => nameKey(column.name)));
      const selections = (this.#reads.get(table) ?? []).flatMap((statement) => selection(statement) ?? []);
      for (const column of lostColumns(changes, present, fate.kind === 'rebuilt' ? selections : undefined)) {
        if (!this.#declared.column(table.name, column)) losses.push({ kind: 'column', table: table.name, column });
      }
    }
    return losses;
  }

  #objectLosses(now: Inventory): readonly Loss[] {
    const losses: Loss[] = [];
    for (const table of this.#guard.tables.values()) {
      if (this.#fateOf(table, now).kind === 'lost' && !this.#declared.table(table.name)) losses.push({ kind: 'table', table: table.name });
    }
    for (const [key, object] of this.#guard.objects) {
      if (now.others.has(key) || this.#dropped.has(key) || object.type === 'table') continue;
      const table = this.#guard.tables.get(nameKey(object.table));
      const carriedAway = table === undefined ? this.#isDroppedView(object.table, now) : this.#fateOf(table, now).kind === 'dropped';
      if (carriedAway || this.#declared.object(object.name, object.table)) continue;
      losses.push({ kind: object.type, name: object.name, table: object.table });
    }
    return losses;
  }

  /** A view that was dropped by name takes its INSTEAD OF triggers along. */
  #isDroppedView(name: string, now: Inventory): boolean {
    const key = objectKey('view', name);
    return this.#dropped.has(key) && !now.others.has(key);
  }

  /** Views and triggers that compiled before and do not now. Those that the migration dropped are not asked about. */
  *#brokenNow(now: Inventory): Op<readonly Loss[]> {
    const before = this.#brokenBefore;
    if (before === undefined) return [];
    const others = new Map([...now.others].filter(([key]) => this.#guard.objects.has(key)));
    const broken = yield* findBroken({ ...now, others });
    return [...broken]
      .filter(([key]) => !before.has(key))
      .map(([key, reason]) => ({ kind: 'broken', type: others.get(key)?.type ?? 'object', name: others.get(key)?.name ?? key, reason }));
  }

  /** The state after this migration is what the next one is held against. */
  #accept(now: Inventory): void {
    const fates = [...this.#guard.tables.values()].map((table) => ({ table, fate: this.#fateOf(table, now) }));
    this.#guard.tables.clear();
    for (const { table, fate } of fates) {
      if (fate.kind === 'dropped' || fate.kind === 'lost') {
        this.#guard.counts.delete(table);
        continue;
      }
      if (fate.kind === 'replaced') this.#guard.counts.delete(table);
      table.name = fate.name;
      this.#guard.tables.set(nameKey(fate.name), table);
    }
    for (const key of this.#guard.objects.keys()) {
      const object = now.others.get(key);
      if (object === undefined) this.#guard.objects.delete(key);
      else this.#guard.objects.set(key, object);
    }
  }
}
