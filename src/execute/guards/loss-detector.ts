import type { Op, RebuiltTable } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import type { RebuildCheck } from '../../rebuild/index.ts';
import {
  cascadeClosure,
  hasRows,
  isTableOrView,
  readChildren,
  readInventory,
  type Inventory,
} from '../../schema/index.ts';
import { countOfDelete, isKeyword, nameKey, type AlterChange, type ParsedStatement } from '../../sql/index.ts';
import { Arrivals } from './arrivals.ts';
import type { RunBaseline } from './run-baseline.ts';
import { causeOf, Suspects, type Cause } from './causes.ts';
import type { Way } from './column-homes.ts';
import { OriginReader, type SelectOrigins } from './column-origins.ts';
import { ConstraintNotes, type ConstraintNote } from './constraint-notes.ts';
import { CopyTracker } from './copies.ts';
import type { Declared } from './declared.ts';
import { FullTextCheck, rebuildStatement, StaleIndexes } from './full-text.ts';
import {
  compareBeforeDrop,
  withRenamedColumn,
  type TableComparison,
  type ColumnHolder,
  type ComparisonRequest,
} from './handover.ts';
import { refuseHiding } from './hidden.ts';
import { isOfTable, lossError, notesOfEmpty, type LosingMigration, type Loss } from './losses.ts';
import { MovedReferences } from './moved-references.ts';
import { ObjectCheck } from './objects.ts';
import { TableOutcomes } from './outcome.ts';
import { ReferenceCheck } from './references.ts';
import { countBy, RowBookkeeping, type Shortage } from './row-bookkeeping.ts';
import { readSequences, sequenceLosses, type Sequences } from './sequences.ts';
import { qualified, schemaOf, TableTracker, type Table } from './tables.ts';
import type { TriggerCopy } from './trigger-copies.ts';

/** The migration that is checked. */
export interface CheckedMigration extends LosingMigration {
  readonly foreignKeys: boolean;
  /** Its statements, where they are known beforehand. */
  readonly statements: readonly StepStatement[];
}

/** What a detector is told besides the migration. */
export interface DetectorOptions {
  readonly declared: Declared;
  /** Names Dunlin's own tables. */
  readonly leaveOut: (table: string) => boolean;
  /** Whether values are compared, or rows are only counted. */
  readonly compareValues: boolean;
  /** Full-text indexes that did not fit their content before the migration either. */
  readonly staleBefore: ReadonlySet<string>;
}

/** What a migration that lost nothing did. */
export interface DetectorReport {
  readonly notes: readonly string[];
  /** What rebuilds by hand left out. */
  readonly leftOut: readonly ConstraintNote[];
  readonly rebuilt: readonly RebuiltTable[];
}

/** What is to be done after a statement that changes rows. */
interface Current {
  readonly counts: boolean;
  readonly copies: boolean;
  /** A function writes values. */
  readonly values: boolean;
  readonly cascaded: ReadonlySet<string> | undefined;
  /** Of a DELETE whose triggers may delete: how many rows it names, and how to ask that again. */
  readonly named: { readonly rows: number; readonly sql: string } | undefined;
}

type Facts<Verb extends ParsedStatement['verb']> = Extract<ParsedStatement, { verb: Verb }>;
type Change = Facts<'insert' | 'update' | 'delete'>;

/**
 * Finds what one migration loses, or a set of them that happens together. It sees every statement before and after it
 * runs, takes the figures that it will need while they can be taken, and judges at the end: docs/explanation/guards.md has
 * the rules.
 * A migration of only CREATE, ADD, INSERT and UPDATE measures nothing unless rows are copied or triggers may remove some.
 */
export class LossDetector {
  readonly #baseline: RunBaseline;
  /** One, or those of a set, in the order in which they run. */
  readonly #members: readonly CheckedMigration[];
  /** The one that runs. */
  #member: CheckedMigration;
  /** Which of them ran a statement. */
  readonly #memberOf = new WeakMap<StepStatement, CheckedMigration>();
  readonly #options: DetectorOptions;
  readonly #tables: TableTracker;
  readonly #rows: RowBookkeeping;
  readonly #origins: OriginReader;
  readonly #copies: CopyTracker;
  readonly #objects: ObjectCheck;
  readonly #references: ReferenceCheck;
  readonly #moved: MovedReferences;
  readonly #fullText: FullTextCheck;
  readonly #constraints: ConstraintNotes;
  readonly #arrivals = new Arrivals();
  readonly #handovers = new Map<Table, TableComparison>();
  readonly #shortages: Shortage[] = [];
  /** Columns that this migration added, and those that it dropped by name, by table. */
  readonly #added = new Map<Table, Set<string>>();
  readonly #dropped = new Map<Table, Set<string>>();
  /** The first names of renamed columns, by the keys of the names that they have now. */
  readonly #columnNames = new Map<Table, Map<string, string>>();
  /** Tables that `db.rebuildTable` is about to drop, having checked their copies itself. */
  readonly #checked = new Map<Table, RebuildCheck>();
  /** Tables that had rows when a statement was about to delete or drop them, and those that were dropped without. */
  readonly #held = new Set<Table>();
  readonly #empty = new Set<Table>();
  /** What the statement that runs now needs afterwards. */
  #current: Current | undefined;
  /** Where the columns of a copy come from, asked before a new table can hide the one that is read. */
  #origin: readonly SelectOrigins[] | undefined;
  /** What the triggers of an INSERT copy, and how many rows the tables that they fill have before it. */
  #byTriggers: { readonly copies: readonly TriggerCopy[]; readonly before: ReadonlyMap<Table, number> } | undefined;
  /** Something was dropped, renamed or rebuilt: what there is now has to be read. */
  #structural = false;
  #deletes = false;
  #sequences: Sequences | undefined;
  /** The statements that write sqlite_sequence. */
  readonly #sequenceWriters = new Suspects();
  #now: Inventory | undefined;

  constructor(baseline: RunBaseline, members: readonly CheckedMigration[], options: DetectorOptions) {
    this.#baseline = baseline;
    this.#members = members;
    this.#member = members[0]!;
    this.#options = options;
    this.#tables = new TableTracker(
      baseline.tables,
      baseline.temporary.filter(isTableOrView).map(({ name }) => name),
    );
    this.#rows = new RowBookkeeping(this.#tables, baseline.counts);
    this.#origins = new OriginReader(this.#tables, baseline.views);
    this.#copies = new CopyTracker(this.#tables, this.#origins, this.#rows);
    this.#objects = new ObjectCheck(baseline, this.#tables);
    this.#references = new ReferenceCheck(baseline, this.#tables);
    this.#moved = new MovedReferences(this.#tables);
    this.#fullText = new FullTextCheck(baseline);
    this.#constraints = new ConstraintNotes(this.#tables);
  }

  /** The next migration of the set begins, as on a fresh connection: call it before temporary objects are dropped. */
  *next(): Op<void> {
    for (const table of this.#tables.temporaryTables()) {
      yield* this.#handOn(table, undefined);
      this.#tables.drop(table, true);
    }
    this.#tables.dropTemporaryViews();
    this.#member = this.#members[this.#members.indexOf(this.#member) + 1]!;
  }

  /** Takes what must be known before this statement runs. */
  *before(entry: StepStatement): Op<void> {
    const { facts } = entry;
    this.#current = undefined;
    this.#origin = undefined;
    this.#byTriggers = undefined;
    this.#memberOf.set(entry, this.#member);
    switch (facts.verb) {
      case 'create':
        if ((facts.object === 'table' || facts.object === 'view') && !facts.temporary)
          refuseHiding(this.#baseline, facts.name.name);
        if (
          facts.object === 'table' &&
          facts.asSelect &&
          readsTables(entry) &&
          (yield* this.#isRelevantCopy(entry, undefined))
        )
          this.#origin = yield* this.#origins.ofSelects(entry.statement, true);
        break;
      case 'insert':
      case 'update':
      case 'delete':
        yield* this.#beforeChange(facts, entry);
        break;
      case 'drop':
        yield* this.#beforeDrop(facts, entry);
        break;
      case 'alter':
        yield* this.#beforeAlter(facts, entry);
        break;
      default:
        break;
    }
  }

  /** Follows what the statement did. Call it only when the statement succeeded: code may go on after a failure. */
  *after(entry: StepStatement): Op<void> {
    const { facts } = entry;
    switch (facts.verb) {
      case 'create':
        const made = this.#afterCreate(facts, entry);
        // CREATE TABLE ... AS
        if (made !== undefined && this.#origin !== undefined)
          yield* this.#copies.note(entry, made, { changes: yield* this.#rows.count(made), others: 0 }, this.#origin);
        break;
      case 'insert':
      case 'update':
      case 'delete':
        this.#deletes ||= facts.verb === 'delete';
        if (this.#current?.counts === true) yield* this.#afterCounted(facts, entry, this.#current);
        else this.#rows.skip(this.#tables.find(facts.name));
        if (this.#isCode) yield* this.#noteReturned(facts, entry);
        break;
      case 'select':
        // What a file selects goes nowhere.
        if (this.#isCode) yield* this.#noteCopy(entry);
        break;
      case 'drop':
        this.#afterDrop(facts);
        break;
      case 'alter':
        this.#afterAlter(facts);
        break;
      default:
        break;
    }
  }

  /** `db.rebuildTable` checks its copy itself, before it drops the old table. */
  rebuildChecked(name: string, check: RebuildCheck): void {
    const table = this.#tables.find({ schema: 'main', name });
    if (table !== undefined) this.#checked.set(table, check);
  }

  /** Judges, and throws when something is lost that is not declared. */
  *finish(): Op<DetectorReport> {
    if (this.#hasOnlyAdded) return { notes: [], leftOut: [], rebuilt: [] };
    const { declared, leaveOut } = this.#options;
    const losses: Loss[] = [];
    const notes: string[] = [];
    yield* this.#measureHolders();
    this.#followWays();
    const isDropped = (table: Table, column: string): boolean => this.#dropped.get(table)?.has(column) === true;
    const isOwn = (table: Table, column: string): boolean =>
      this.#added.get(table)?.has(column) === true || isDropped(table, column);
    const outcome = yield* new TableOutcomes(this.#tables, this.#rows, declared, this.#handovers, {
      isOwn,
      isDropped,
      firstColumn: (table, column) => this.#firstColumn(table, column),
    }).judge();
    losses.push(...outcome.losses);
    const isNeeded = this.#structural && (this.#baseline.hasObjects || this.#handovers.size > 0);
    const now = isNeeded ? yield* readInventory(leaveOut) : undefined;
    if (now !== undefined) {
      losses.push(...this.#objects.losses(now, declared, (table, columns) => this.#holdersOf(table, columns)));
      if (this.#sequences !== undefined)
        losses.push(
          ...(yield* sequenceLosses(this.#sequences, this.#tables, now, declared, notes, (table) =>
            this.#sequenceCause(table),
          )),
        );
    }
    losses.push(...(yield* this.#objects.broken(now)));
    for (const { table, ...shortage } of [
      ...this.#shortages.filter((one) => !this.#isCopied(one)),
      ...(yield* this.#rows.shortages()),
    ])
      if (!declared.table(this.#firstName(table)))
        losses.push({ kind: 'rows', table: this.#firstName(table), ...shortage });
    losses.push(...(yield* this.#references.losses()));
    const empty = new Set([...this.#empty].map(({ name }) => name));
    const real = losses.filter((loss) => !isOfTable(loss, empty));
    if (real.length > 0) throw lossError(this.#members, real, this.#deletes, (entry) => this.#memberOf.get(entry));
    notes.push(...notesOfEmpty(losses.filter((loss) => isOfTable(loss, empty))));
    const { stale, orphaned } = yield* this.#fullText.check(leaveOut);
    const unexpected = stale.filter(({ name }) => !this.#options.staleBefore.has(name));
    if (unexpected.length > 0) throw new StaleIndexes(unexpected);
    notes.push(
      ...stale.map(
        (index) =>
          `${index.name} does not fit the text of ${index.content} that it indexes: ${rebuildStatement(index)}`,
      ),
      ...orphaned.map(
        ({ name, content }) => `${name} indexes ${content}, which does not exist: SQLite cannot read its text`,
      ),
    );
    this.#now = now;
    const isSaid = (table: Table): boolean => this.#checked.has(table) || declared.table(this.#firstName(table));
    return {
      notes: [...notes, ...outcome.notes, ...(yield* this.#moved.notes(now))],
      leftOut: this.#constraints.notes(now, isSaid),
      rebuilt: outcome.rebuilt,
    };
  }

  /** Whether nothing was dropped, renamed or measured, and nothing put at risk: there is nothing to judge. */
  get #hasOnlyAdded(): boolean {
    return (
      !this.#structural &&
      this.#handovers.size === 0 &&
      this.#shortages.length === 0 &&
      this.#rows.isEmpty &&
      this.#references.isEmpty &&
      !this.#objects.hasWidened &&
      !this.#fullText.isTouched
    );
  }

  /** The state after this migration is what the next one is held against. Call it when nothing can fail any more. */
  accept(): void {
    this.#baseline.tables = this.#tables.accept();
    const now = this.#now;
    if (now === undefined) return;
    const { objects } = this.#baseline;
    // What is declared may be gone without a DROP TABLE.
    this.#baseline.tables = new Map(
      [...this.#baseline.tables].filter(([key, table]) => !table.existedBeforeRun || now.tables.has(key)),
    );
    for (const key of objects.keys()) {
      const object = now.others.get(key);
      if (object === undefined) objects.delete(key);
      else objects.set(key, object);
    }
  }

  *#beforeChange(facts: Change, entry: StepStatement): Op<void> {
    const { name, verb, conflict } = facts;
    const { triggers, replaces, references } = this.#baseline;
    const key = nameKey(name.name);
    if (key === 'sqlite_sequence') {
      yield* this.#takeSequences();
      this.#sequenceWriters.add(entry);
    }
    const table = this.#tables.find(name);
    if (verb === 'delete' && table !== undefined && this.#canDrop(entry)) yield* this.#holdsRows(table);
    if (verb === 'delete' && table !== undefined && this.#options.compareValues)
      yield* this.#arrivals.beforeDelete(table, this.#copies, this.#rows, this.#tables);
    let cascaded: ReadonlySet<string> | undefined;
    // An INSERT too may replace a row, by its table's own clause or by a trigger, and take its children along.
    if (this.#member.foreignKeys) {
      if (verb === 'delete') cascaded = yield* cascadeClosure(name.name);
      for (const living of this.#tables.living()) yield* this.#rows.atRisk(living, entry);
    }
    // The OR REPLACE of a statement also holds for what its triggers write (sqlite.org/lang_createtrigger.html).
    this.#fullText.touched(triggers.from(key));
    const isDangerous =
      (replaces && verb !== 'delete') || (triggers.fires(key) && (triggers.removes || conflict === 'replace'));
    for (const reached of triggers.from(key)) {
      const one = reached === key ? table : this.#tables.at(reached);
      if (one === undefined) continue;
      if (isDangerous && this.#isProtected(one)) yield* this.#rows.atRisk(one, entry);
      this.#rows.invalidate(one);
    }
    const copies = verb !== 'delete' && readsTables(entry) && (yield* this.#isRelevantCopy(entry, table));
    const named = verb === 'delete' && isDangerous ? yield* this.#rowsNamed(entry) : undefined;
    const values = verb !== 'delete' && this.#isCode && this.#copies.writesValues(entry);
    const counts = copies || values || cascaded !== undefined || named !== undefined || this.#rows.has(table);
    if (copies && verb === 'insert') {
      this.#origin = yield* this.#origins.ofSelects(entry.statement, true);
      if (triggers.fires(key)) this.#byTriggers = yield* this.#foresee(entry, table, this.#origin);
    }
    if (counts) yield* this.#rows.begin();
    this.#current = { counts, copies, values, cascaded, named };
    if (!this.#tables.isMain(name)) return;
    const upserts = verb === 'insert' && /\bdo\s+update\b/i.test(entry.statement.sql);
    if (references.size === 0) return;
    yield* this.#references.written(key, verb !== 'insert' || conflict === 'replace' || upserts, entry);
    if (verb === 'insert' && references.has(key))
      yield* this.#references.copied(this.#origins.tablesRead(entry.statement), table);
  }

  *#afterCounted(facts: Change, entry: StepStatement, { cascaded, named, copies, values }: Current): Op<void> {
    const table = this.#tables.find(facts.name);
    const figures = yield* this.#rows.end(entry);
    if (table !== undefined) yield* this.#rows.enter(table, entry, facts, figures.changes);
    for (const key of cascaded ?? []) {
      const child = this.#tables.at(key);
      if (child !== undefined) this.#rows.cascade(child, figures.others);
    }
    if (named !== undefined) yield* this.#excuseNamed(facts, named, figures.changes);
    if (copies) yield* this.#noteCopies(entry, table, figures);
    if (values && table !== undefined) yield* this.#copies.noteValues(entry, table, figures.changes);
  }

  *#noteReturned({ name }: Change, entry: StepStatement): Op<void> {
    const table = this.#tables.find(name);
    if (table !== undefined && entry.statement.tokens.some((token) => isKeyword(token, 'returning')))
      yield* this.#copies.noteReturned(entry, table);
  }

  *#foresee(
    entry: StepStatement,
    table: Table | undefined,
    origins: readonly SelectOrigins[],
  ): Op<{ readonly copies: readonly TriggerCopy[]; readonly before: ReadonlyMap<Table, number> }> {
    const copies = yield* this.#copies.byTriggers(entry, origins);
    const before = new Map<Table, number>();
    // What goes into a table is compared with that.
    if (table === undefined) for (const { target } of copies) before.set(target, yield* this.#rows.count(target));
    return { copies, before };
  }

  *#noteCopies(
    entry: StepStatement,
    table: Table | undefined,
    figures: { readonly changes: number; readonly others: number },
  ): Op<void> {
    const { copies, before } = this.#byTriggers ?? { copies: [], before: new Map<Table, number>() };
    const added = new Map<Table, number>();
    for (const { target } of copies) {
      const rows = before.get(target);
      this.#rows.invalidate(target);
      // A trigger that also deletes may have added more.
      const isCounted = rows !== undefined && !this.#baseline.triggers.removes;
      added.set(target, isCounted ? (yield* this.#rows.count(target)) - rows : figures.others);
    }
    this.#copies.noteTriggers(entry, copies, added);
    // A view has no rows of its own.
    if (table !== undefined || (copies.length === 0 && figures.others > 0))
      yield* this.#copies.note(entry, table, figures, this.#origin);
    else if (copies.length === 0) this.#copies.noteSwallowed(entry, this.#origin ?? []);
  }

  *#rowsNamed({ statement }: StepStatement): Op<{ readonly rows: number; readonly sql: string } | undefined> {
    const sql = countOfDelete(statement);
    if (sql === undefined || statement.tokens.some(({ kind }) => kind === 'variable')) return undefined;
    const rows = yield* countBy(sql);
    return rows === undefined ? undefined : { rows, sql };
  }

  /**
   * After a DELETE whose triggers delete: what it names and is gone was meant to go, whoever deleted it. changes() counts
   * neither the rows that a trigger took before the DELETE came to them, nor those of an INSTEAD OF trigger. Rows of a
   * view are rows of the tables that it reads.
   */
  *#excuseNamed({ name }: Change, named: { readonly rows: number; readonly sql: string }, changes: number): Op<void> {
    const gone = named.rows - ((yield* countBy(named.sql)) ?? named.rows) - changes;
    if (gone <= 0) return;
    const table = this.#tables.find(name);
    const view = table === undefined ? this.#baseline.views.get(nameKey(name.name)) : undefined;
    for (const one of view === undefined ? [table] : this.#origins.tablesRead(view))
      if (one !== undefined) this.#rows.cascade(one, gone);
  }

  *#beforeDrop(facts: Facts<'drop'>, entry: StepStatement): Op<void> {
    const { object, name } = facts;
    const isRelation = object === 'table' || object === 'view';
    const table = object === 'table' ? this.#tables.find(name) : undefined;
    if (isRelation && !this.#tables.isMain(name)) {
      if (table !== undefined) yield* this.#handOn(table, entry);
      return;
    }
    this.#structural = true;
    yield* this.#objects.changes(entry);
    if (object === 'index') yield* this.#references.indexDropped(name.name, entry);
    if (object !== 'table') return;
    if (this.#member.foreignKeys) {
      const children = yield* readChildren(name.name);
      const { id, code, direction } = this.#member;
      if (children.length > 0)
        throw dunlinError('FOREIGN_KEYS_DROP', { id, code, direction, table: name.name, children });
    }
    if (table !== undefined && !this.#isHolder(table)) this.#copies.compose(table);
    if (table !== undefined && (this.#isHolder(table) || (yield* this.#matters(table)))) {
      yield* this.#takeSequences();
      const shortage = yield* this.#rows.shortage(table);
      if (shortage !== undefined) this.#shortages.push(shortage);
      yield* this.#objects.tableDrops(table, entry);
      if (!this.#tables.isNew(table)) yield* this.#constraints.tableDrops(table);
      if (!(yield* this.#holdsRows(table))) this.#empty.add(table);
      if (!this.#options.declared.table(this.#firstName(table))) yield* this.#measure(table, entry);
    }
    yield* this.#references.written(nameKey(name.name), true, entry);
  }

  *#beforeAlter(facts: Facts<'alter'>, entry: StepStatement): Op<void> {
    const { name, change } = facts;
    if (!this.#tables.isMain(name)) return;
    if (change.kind === 'add-column') {
      yield* this.#objects.widens(name.name, entry);
      const table = this.#tables.find(name);
      if (table !== undefined && change.references.length > 0) yield* this.#references.columnAdded(table, entry);
      return;
    }
    this.#structural = true;
    yield* this.#objects.changes(entry);
    if (change.kind !== 'rename-table') return;
    yield* this.#takeSequences();
    yield* this.#references.written(nameKey(name.name), true, entry);
  }

  /** The table that it made, if it made one. */
  #afterCreate(facts: Facts<'create'>, { statement }: StepStatement): Table | undefined {
    if (facts.object === 'trigger') this.#baseline.triggers.add(facts.table, statement, facts.deletes);
    if (facts.object === 'trigger' || facts.object === 'index') this.#objects.created(facts.object, facts.name.name);
    else if (facts.object === 'view') {
      this.#baseline.views.add(facts.name.name, statement);
      if (facts.temporary) this.#tables.createTemporaryView(facts.name.name);
      else this.#objects.created('view', facts.name.name);
    } else if (facts.object === 'table') {
      const exists =
        facts.ifNotExists && this.#tables.find({ schema: schemaOf(facts), name: facts.name.name }) !== undefined;
      if (exists) return undefined;
      if (facts.replacesOnConflict) this.#baseline.replaces = true;
      const table = this.#tables.create(facts.name.name, facts.temporary, facts.virtual);
      if (facts.virtual) {
        this.#baseline.hasVirtual = true;
        this.#fullText.created(facts.name.name);
      }
      if (!facts.temporary) this.#references.created(table, facts.name.name, facts.references);
      return table;
    }
    return undefined;
  }

  #afterDrop({ object, name }: Facts<'drop'>): void {
    if (!this.#tables.isMain(name) && (object === 'table' || object === 'view')) {
      const table = this.#tables.find(name);
      if (table === undefined) this.#tables.dropTemporaryView(name.name);
      else this.#tables.drop(table, true);
      return;
    }
    this.#objects.dropped(object, name.name);
    this.#fullText.touched([nameKey(name.name)]);
    if (object !== 'table') return;
    this.#references.dropped(name.name);
    const table = this.#tables.find(name);
    if (table !== undefined) this.#tables.drop(table, this.#copies.wasRead(table));
  }

  #afterAlter({ name, change }: Facts<'alter'>): void {
    this.#fullText.touched([nameKey(name.name)]);
    if (change.kind === 'rename-table') this.#fullText.touched([nameKey(change.to)]);
    const table = this.#tables.find(name);
    if (change.kind === 'rename-table') {
      if (this.#tables.isMain(name)) {
        this.#references.renamed(name.name, change.to);
        this.#baseline.triggers.rename(name.name, change.to);
      }
      if (table === undefined) return;
      this.#moved.renamed(table, nameKey(this.#tables.nameOf(table)));
      this.#tables.rename(table, change.to);
      return;
    }
    if (change.kind === 'add-column') this.#references.created(table, name.name, change.references);
    if (table !== undefined) this.#followColumn(table, change);
  }

  #followColumn(table: Table, change: AlterChange): void {
    const added = setOf(this.#added, table);
    if (change.kind === 'add-column') added.add(nameKey(change.column));
    else if (change.kind === 'drop-column') {
      added.delete(nameKey(change.column));
      setOf(this.#dropped, table).add(nameKey(change.column));
      if (!this.#checked.has(table)) this.#copies.dropColumn(table, nameKey(change.column));
    } else if (change.kind === 'rename-column') {
      const [from, to] = [nameKey(change.from), nameKey(change.to)];
      this.#setAside(table, to);
      if (added.delete(from)) added.add(to);
      this.#columnNames.set(
        table,
        new Map(this.#columnNames.get(table)).set(to, this.#firstColumn(table, change.from)),
      );
      this.#copies.renameColumn(table, from, to);
      this.#rows.renameColumn(table, from, to);
      this.#renameInHandovers(table, from, to);
    }
  }

  /** Before a column takes the name of one that was dropped: only that one was meant to go, not what has its name now. */
  #setAside(table: Table, column: string): void {
    const dropped = setOf(this.#dropped, table);
    if (!dropped.delete(column)) return;
    // No column has a name with a NUL in it.
    let aside = `${column}\0`;
    while (dropped.has(aside)) aside += '\0';
    dropped.add(aside);
    this.#renameInHandovers(table, column, aside);
  }

  #renameInHandovers(table: Table, from: string, to: string): void {
    for (const [dropped, handover] of this.#handovers)
      this.#handovers.set(dropped, withRenamedColumn(handover, table, from, to));
  }

  /** Before a temporary table goes: it may hold rows of a dropped table, or of one that will be dropped. */
  *#handOn(table: Table, entry: StepStatement | undefined): Op<void> {
    if (this.#isHolder(table)) yield* this.#measure(table, entry);
    else this.#copies.compose(table);
  }

  /** Measures where a table's rows are, once. */
  *#measure(table: Table, entry: StepStatement | undefined): Op<void> {
    if (this.#handovers.has(table)) return;
    const measure: ComparisonRequest = {
      tables: this.#tables,
      rows: this.#rows,
      copies: this.#copies,
      arrivals: this.#arrivals,
      replaces: this.#baseline.replaces,
      values: this.#options.compareValues,
      checked: this.#checked.get(table),
      upcoming: (dropped) => this.#nextOfName(dropped, entry),
    };
    this.#handovers.set(table, yield* compareBeforeDrop(table, entry, measure));
  }

  /** Tables that hold rows of dropped ones, and pass them on: temporary ones end with the migration. */
  *#measureHolders(): Op<void> {
    for (const table of this.#tables.temporaryTables())
      if (this.#isHolder(table)) yield* this.#measure(table, undefined);
    for (const { table } of this.#tables.dropped) {
      const successor = this.#tables.present(table);
      const holdings = this.#handovers.get(table)?.holdings ?? [];
      if (successor === undefined || holdings.some((one) => this.#tables.present(one.table) === successor)) continue;
      // The table that took the name was filled from a copy, and the copy is still there.
      for (const { table: holder } of holdings)
        if (
          this.#copies
            .from(holder)
            .some(({ target }) => target !== undefined && this.#tables.present(target) === successor)
        )
          yield* this.#measure(holder, undefined);
    }
  }

  /** Adds where values went after their table was measured: back from a copy of them, or by a function. */
  #followWays(): void {
    for (const [table, handover] of this.#handovers) {
      const ways = new Map(handover.ways);
      for (const { name } of handover.rows === 0 ? [] : handover.info.columns) {
        const key = nameKey(name);
        const known = ways.get(key) ?? [];
        const more = this.#copies
          .reached(table, key, handover.held.get(key)?.different ?? handover.rows)
          .map((ref) => ({ table: ref.table, to: ref.column }))
          .filter((way) => this.#tables.isLiving(way.table) && way.table !== table && !way.table.temporary);
        if (more.length > 0) ways.set(key, [...known, ...more]);
      }
      this.#handovers.set(table, { ...handover, ways });
    }
  }

  /** The table that a later statement of the file gives this one's name. */
  #nextOfName(table: Table, entry: StepStatement | undefined): Table | undefined {
    const names = new Set([nameKey(this.#tables.nameOf(table)), nameKey(table.name)]);
    for (const { facts } of this.#later(entry)) {
      if (facts.verb !== 'alter' || facts.change.kind !== 'rename-table' || !names.has(nameKey(facts.change.to)))
        continue;
      return this.#tables.find(facts.name);
    }
    return undefined;
  }

  /** Whether rows of a table are copied that may be lost: it matters, and a table is dropped later. */
  *#isRelevantCopy(entry: StepStatement, target: Table | undefined): Op<boolean> {
    const { facts, statement } = entry;
    const reads = this.#origins.tablesRead(statement);
    this.#copies.markRead(reads, target);
    // What holds rows of a dropped table may pass them on, by other tables as well.
    const passesOn = (table: Table): boolean => this.#handovers.size > 0 && this.#copies.fills(table);
    for (const table of reads) if (this.#isHolder(table) || passesOn(table)) return true;
    if (!this.#canDrop(entry)) return false;
    const asked = facts.verb === 'update' && target !== undefined && reads.size > 0 ? [...reads, target] : reads;
    for (const table of asked)
      if ((table !== target || facts.verb === 'update') && (this.#copies.fills(table) || (yield* this.#matters(table))))
        return true;
    return false;
  }

  /** Whether the rows that a table lost before it was dropped had been copied: then they are where it went. */
  #isCopied({ table, after, lost }: Shortage): boolean {
    const holdings = this.#handovers.get(table)?.holdings ?? [];
    // A log of the ids does not hold the rows.
    const hasAll = (holding: ColumnHolder): boolean =>
      holdings.every(({ pairs }) => pairs.every(({ column }) => holding.pairs.some((pair) => pair.column === column)));
    return holdings.some((holding) => holding.lost === 0 && holding.copied >= after + lost && hasAll(holding));
  }

  /** The statements behind this one: of its file, and of the files of its set. */
  #later(entry: StepStatement | undefined): readonly StepStatement[] {
    if (entry === undefined) return [];
    const { statements } = this.#member;
    const later = statements.slice(statements.indexOf(entry) + 1);
    return this.#rest.length === 0 ? later : [...later, ...this.#rest.flatMap((member) => member.statements)];
  }

  /** The migrations of the set that come after the one that runs. */
  get #rest(): readonly CheckedMigration[] {
    return this.#members.slice(this.#members.indexOf(this.#member) + 1);
  }

  *#noteCopy(entry: StepStatement): Op<void> {
    this.#copies.markRead(this.#origins.tablesRead(entry.statement), undefined);
    yield* this.#copies.note(entry, undefined, { changes: 0, others: 0 });
  }

  /** Whether anything of a table can be lost: it existed before the run, or an earlier migration of it left rows. */
  *#matters(table: Table): Op<boolean> {
    if (this.#tables.isNew(table)) return false;
    return table.existedBeforeRun || (yield* this.#holdsRows(table));
  }

  /** Whether a table has rows, or had some before this migration deleted them. */
  *#holdsRows(table: Table): Op<boolean> {
    if (this.#held.has(table) || this.#rows.hadRows(table)) return true;
    // What rows a virtual table has is up to its module, which may refuse to answer, or be missing.
    if (!table.virtual && !(yield* hasRows(qualified(table, this.#tables)))) return false;
    this.#held.add(table);
    return true;
  }

  /** Whether a table may be dropped after this statement: a file is looked through, a function may do anything. */
  #canDrop(entry: StepStatement): boolean {
    const isUnknown = [this.#member, ...this.#rest].some(({ statements }) => statements.length === 0);
    return isUnknown || this.#later(entry).some(({ facts }) => facts.verb === 'drop' && facts.object === 'table');
  }

  /** What the migration itself made is its own, unless it holds rows of a dropped table. */
  #isProtected(table: Table): boolean {
    return !this.#tables.isNew(table) || this.#isHolder(table);
  }

  /**
   * The names of the tables where those of these columns of a table are that the one in its place does not have: an
   * index follows its column there, but not to a copy beside the column.
   */
  #holdersOf(table: Table, columns: ReadonlySet<string>): readonly string[] {
    const successor = this.#tables.present(table);
    const isInPlace = ({ table: holder, to }: Way): boolean =>
      this.#tables.present(holder) === successor && this.#dropped.get(holder)?.has(to) !== true;
    const ways = [...(this.#handovers.get(table)?.ways ?? [])].filter(
      ([column, list]) => columns.has(column) && !list.some(isInPlace),
    );
    return ways.flatMap(([, list]) => list.map((way) => this.#tables.nameOf(way.table)));
  }

  #isHolder(table: Table): boolean {
    return [...this.#handovers.values()].some(
      ({ holdings, ways }) =>
        holdings.some((holding) => holding.table === table) ||
        [...ways.values()].some((list) => list.some((way) => way.table === table)),
    );
  }

  /** The name under which the rows of a table are known: that of the first table whose place it took. */
  #firstName(table: Table): string {
    const former = this.#tables.dropped.find(({ successor }) => successor === table);
    return former === undefined ? table.name : this.#firstName(former.table);
  }

  /** The name that a column had before the migration. */
  #firstColumn(table: Table, name: string): string {
    return this.#columnNames.get(table)?.get(nameKey(name)) ?? name;
  }

  get #isCode(): boolean {
    return this.#member.statements.length === 0;
  }

  /** A sequence goes with its table, or somebody writes it. */
  #sequenceCause(table: Table): Cause {
    const entry = this.#handovers.get(table)?.entry;
    return entry === undefined ? causeOf(this.#sequenceWriters) : { entry };
  }

  *#takeSequences(): Op<void> {
    if (this.#sequences !== undefined) return;
    this.#structural = true;
    this.#sequences = yield* readSequences(this.#tables);
  }
}

/** Whether a statement reads tables. The text is asked before its tokens: most rows are written without either word. */
function readsTables({ statement }: StepStatement): boolean {
  return (
    /\b(?:select|from)\b/i.test(statement.sql) &&
    statement.tokens.some((token) => isKeyword(token, 'select') || isKeyword(token, 'from'))
  );
}

function setOf<Key>(sets: Map<Key, Set<string>>, key: Key): Set<string> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  return set;
}
