import type { Op, RebuiltTable } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import type { RunRecorder } from '../../lock/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import type { RebuildCheck } from '../../rebuild/index.ts';
import { readChildren, readInventory, type Inventory } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import { CheckedUnit, type CheckedMigration } from './checked-unit.ts';
import { ColumnChanges } from './column-changes.ts';
import { ConstraintNotes, type ConstraintNote } from './constraint-notes.ts';
import type { DeclaredLosses } from './declared-losses.ts';
import { FullTextCheck } from './full-text.ts';
import { GuardedTables } from './guarded-tables.ts';
import { isOfTable, lossError, notesOfEmpty, type Loss } from './losses.ts';
import { MigrationTracker, type Parsed } from './migration-tracker.ts';
import { MovedReferences } from './moved-references.ts';
import { ObjectCheck } from './object-check.ts';
import { ReferenceCheck } from './reference-check.ts';
import type { Shortage } from './row-bookkeeping.ts';
import { RowStatements } from './row-statements.ts';
import type { RunBaseline } from './run-baseline.ts';
import { SequenceCheck } from './sequences.ts';
import { UnitComparisons } from './unit-comparisons.ts';
import { TableOutcomes } from './table-outcomes.ts';
import type { Table } from './table-tracker.ts';
import { refuseHiding } from './temporary-hiding.ts';

/** What a detector needs besides the migrations. */
export interface DetectorOptions {
  readonly declared: DeclaredLosses;
  /** Recognizes Dunlin's own tables. */
  readonly leaveOut: (table: string) => boolean;
  /** Whether values are compared, or rows are only counted. */
  readonly compareValues: boolean;
  /** Full-text indexes that did not fit their content before the migration either. */
  readonly outOfSyncBefore: ReadonlySet<string>;
  /** Why indexes and triggers of a rebuilt table could not be put back, by `objectKey`; filled while statements run. */
  readonly notKept: ReadonlyMap<string, string>;
  /** What the rebuilds of a table have kept. */
  readonly keptOf: (table: string) => readonly string[];
  /** The rows are elsewhere. */
  readonly recorder?: RunRecorder | undefined;
}

/** What a migration that lost nothing did. */
export interface DetectorReport {
  readonly notes: readonly string[];
  /** Constraints that rebuilds by hand left out. */
  readonly leftOut: readonly ConstraintNote[];
  readonly rebuilt: readonly RebuiltTable[];
}

/**
 * Finds what a migration loses, or a set of migrations that is applied together. Protected are:
 * - rows: `RowBookkeeping` counts them, `UnitComparisons` compares a table with the copies of its rows before its DROP;
 * - values and columns: compared at the same time;
 * - indexes, triggers and views (`ObjectCheck`), AUTOINCREMENT sequences (`SequenceCheck`);
 * - foreign keys: no new violation (`ReferenceCheck`); full-text indexes fit their content (`FullTextCheck`).
 *
 * `before` and `after` see each statement and measure what can only be measured then. `finish` decides, at the end of the
 * migration. A migration of only CREATE, ADD, INSERT and UPDATE measures nothing, unless it copies rows or triggers may
 * remove some. docs/explanation/guards.md has the rules.
 */
export class LossDetector {
  readonly #baseline: RunBaseline;
  readonly #unit: CheckedUnit;
  readonly #options: DetectorOptions;
  readonly #tracker: MigrationTracker;
  readonly #guarded: GuardedTables;
  readonly #comparisons: UnitComparisons;
  readonly #rowStatements: RowStatements;
  readonly #objects: ObjectCheck;
  readonly #references: ReferenceCheck;
  readonly #moved: MovedReferences;
  readonly #fullText: FullTextCheck;
  readonly #constraints: ConstraintNotes;
  readonly #sequences: SequenceCheck;
  readonly #columns = new ColumnChanges();
  /** Tables that had fewer rows than expected when they were dropped. */
  readonly #shortages: Shortage[] = [];
  /** Tables that were dropped without rows. */
  readonly #droppedEmpty = new Set<Table>();
  /** Something was dropped, renamed or rebuilt, so the schema has to be read at the end. */
  #isStructural = false;
  #now: Inventory | undefined;

  constructor(baseline: RunBaseline, members: readonly CheckedMigration[], options: DetectorOptions) {
    this.#baseline = baseline;
    this.#options = options;
    this.#unit = new CheckedUnit(members);
    this.#tracker = new MigrationTracker(baseline);
    const { tables, rows } = this.#tracker;
    this.#guarded = new GuardedTables(tables, rows, options.recorder);
    this.#comparisons = new UnitComparisons(this.#tracker, this.#unit, options.compareValues, options.recorder);
    this.#objects = new ObjectCheck(baseline, tables);
    this.#references = new ReferenceCheck(baseline, tables);
    this.#moved = new MovedReferences(tables);
    this.#fullText = new FullTextCheck(baseline);
    this.#constraints = new ConstraintNotes(tables);
    this.#sequences = new SequenceCheck(tables);
    this.#rowStatements = new RowStatements({
      tracker: this.#tracker,
      unit: this.#unit,
      guarded: this.#guarded,
      comparisons: this.#comparisons,
      references: this.#references,
      fullText: this.#fullText,
      sequences: this.#sequences,
      compareValues: options.compareValues,
    });
  }

  /** The next migration of the set begins, as on a new connection. Call it before temporary objects are dropped. */
  *next(): Op<void> {
    const { tables } = this.#tracker;
    for (const table of tables.temporaryTables()) {
      yield* this.#comparisons.beforeTemporaryDrop(table, undefined);
      tables.drop(table, true);
    }
    tables.dropTemporaryViews();
    this.#unit.next();
  }

  /** Measures what the statement may destroy. */
  *before(entry: StepStatement): Op<void> {
    const { facts } = entry;
    this.#unit.started(entry);
    this.#rowStatements.reset();
    switch (facts.verb) {
      case 'create':
        if ((facts.object === 'table' || facts.object === 'view') && !facts.temporary)
          refuseHiding(this.#baseline, facts.name.name);
        if (facts.object === 'table' && facts.asSelect) yield* this.#rowStatements.beforeCreateAs(entry);
        break;
      case 'insert':
      case 'update':
      case 'delete':
        yield* this.#rowStatements.before(facts, entry);
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
    this.#options.recorder?.runs(entry);
  }

  /** Follows what the statement did. Call it only if the statement succeeded: a code migration may catch an error and continue. */
  *after(entry: StepStatement): Op<void> {
    const { facts } = entry;
    switch (facts.verb) {
      case 'create':
        yield* this.#afterCreate(facts, entry);
        break;
      case 'insert':
      case 'update':
      case 'delete':
        yield* this.#rowStatements.after(facts, entry);
        break;
      case 'select':
        yield* this.#rowStatements.afterSelect(entry);
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

  /** `db.rebuildTable` checked its copy itself. Call it before the old table is dropped. */
  rebuildChecked(name: string, check: RebuildCheck): void {
    const table = this.#tracker.tables.find({ schema: 'main', name });
    if (table !== undefined) this.#comparisons.markChecked(table, check);
  }

  /** Throws if the migration lost anything that it does not declare. */
  *finish(): Op<DetectorReport> {
    if (this.#hasOnlyAdded) return { notes: [], leftOut: [], rebuilt: [] };
    const { declared, leaveOut, outOfSyncBefore, notKept, keptOf } = this.#options;
    const { tables, rows } = this.#tracker;
    yield* this.#comparisons.finish();
    const outcome = yield* new TableOutcomes(this.#tracker, declared, this.#comparisons.all, this.#columns).evaluate();
    const losses: Loss[] = [...outcome.losses];
    const notes: string[] = [];
    const needsSchema = this.#hasStructuralChange && (this.#baseline.hasObjects || !this.#comparisons.isEmpty);
    const now = needsSchema ? yield* readInventory(leaveOut) : undefined;
    if (now !== undefined) {
      const destinationNames = (table: Table, columns: ReadonlySet<string>): readonly string[] =>
        this.#comparisons.destinationNames(table, columns, this.#columns);
      losses.push(...this.#objects.losses(now, declared, notKept, destinationNames));
      losses.push(...(yield* this.#sequences.losses(now, declared, notes, (table) => this.#comparisons.dropOf(table))));
    }
    losses.push(...(yield* this.#objects.broken(now)));
    const shortages = this.#shortages.filter((one) => !this.#comparisons.isCopied(one));
    for (const { table, ...shortage } of [...shortages, ...(yield* rows.shortages())])
      if (!this.#isDeclared(table)) losses.push({ kind: 'rows', table: tables.firstName(table), ...shortage });
    losses.push(...(yield* this.#references.losses()));
    const empty = new Set([...this.#droppedEmpty].map(({ name }) => name));
    const real = losses.filter((loss) => !isOfTable(loss, empty) && this.#isMeasured(loss));
    if (real.length > 0)
      throw lossError(this.#unit.members, real, this.#rowStatements.sawDelete, (entry) => this.#unit.memberOf(entry));
    notes.push(...notesOfEmpty(losses.filter((loss) => isOfTable(loss, empty))));
    notes.push(...(yield* this.#fullText.check(leaveOut, outOfSyncBefore)));
    this.#now = now;
    return {
      notes: [...notes, ...outcome.notes, ...(yield* this.#moved.notes(now))],
      leftOut: this.#constraints.notes(now, (table) => this.#comparisons.isChecked(table) || this.#isDeclared(table)),
      rebuilt: outcome.rebuilt.map((one) => ({ ...one, kept: keptOf(one.table) })),
    };
  }

  /** Makes the state after this migration the baseline of the next one. Call it when nothing can fail any more. */
  accept(): void {
    this.#baseline.accept(this.#tracker.tables.accept(), this.#now);
  }

  get #hasStructuralChange(): boolean {
    return this.#isStructural || this.#sequences.isRead;
  }

  /** Whether nothing was dropped, renamed, compared or counted. */
  get #hasOnlyAdded(): boolean {
    return (
      !this.#hasStructuralChange &&
      this.#comparisons.isEmpty &&
      this.#shortages.length === 0 &&
      this.#tracker.rows.isEmpty &&
      this.#references.isEmpty &&
      !this.#objects.hasAddedColumns &&
      !this.#fullText.isTouched
    );
  }

  /** Where it is recorded, every new row refers to nothing, because the rows are elsewhere. */
  #isMeasured(loss: Loss): boolean {
    return this.#options.recorder === undefined || loss.kind !== 'violation' || loss.missing === true;
  }

  #isDeclared(table: Table): boolean {
    return this.#options.declared.includesTable(this.#tracker.tables.firstName(table));
  }

  *#beforeDrop({ object, name }: Parsed<'drop'>, entry: StepStatement): Op<void> {
    const { tables } = this.#tracker;
    const table = object === 'table' ? tables.find(name) : undefined;
    if ((object === 'table' || object === 'view') && !tables.isMain(name)) {
      if (table !== undefined) yield* this.#comparisons.beforeTemporaryDrop(table, entry);
      return;
    }
    this.#isStructural = true;
    yield* this.#objects.beforeSchemaChange(entry);
    if (object === 'index') yield* this.#references.beforeIndexDrop(name.name, entry);
    if (object !== 'table') return;
    if (this.#unit.current.foreignKeys) {
      const children = yield* readChildren(name.name);
      const { id, code, direction, alwaysOn } = this.#unit.current;
      if (children.length > 0)
        throw dunlinError('FOREIGN_KEYS_DROP', { id, code, direction, alwaysOn, table: name.name, children });
    }
    if (table !== undefined) yield* this.#beforeTableDrop(table, entry);
    yield* this.#references.beforeWrite(nameKey(name.name), true, entry);
  }

  *#beforeTableDrop(table: Table, entry: StepStatement): Op<void> {
    const { tables, rows, copies } = this.#tracker;
    const isTarget = this.#comparisons.isTarget(table);
    if (!isTarget) copies.joinCopiesAcross(table);
    if (!isTarget && !(yield* this.#guarded.isGuarded(table))) return;
    yield* this.#sequences.readBefore();
    const shortage = yield* rows.shortage(table);
    if (shortage !== undefined) this.#shortages.push(shortage);
    yield* this.#objects.beforeTableDrop(table, entry);
    if (!tables.isNew(table)) yield* this.#constraints.beforeTableDrop(table);
    if (!(yield* this.#guarded.hadRows(table))) this.#droppedEmpty.add(table);
    if (!this.#isDeclared(table)) yield* this.#comparisons.compare(table, entry);
  }

  *#beforeAlter({ name, change }: Parsed<'alter'>, entry: StepStatement): Op<void> {
    const { tables } = this.#tracker;
    if (!tables.isMain(name)) return;
    if (change.kind === 'add-column') {
      yield* this.#objects.beforeAddColumn(name.name, entry);
      const table = tables.find(name);
      if (table !== undefined && change.references.length > 0) yield* this.#references.beforeAddColumn(table, entry);
      return;
    }
    this.#isStructural = true;
    yield* this.#objects.beforeSchemaChange(entry);
    if (change.kind !== 'rename-table') return;
    yield* this.#sequences.readBefore();
    yield* this.#references.beforeWrite(nameKey(name.name), true, entry);
  }

  *#afterCreate(facts: Parsed<'create'>, entry: StepStatement): Op<void> {
    const { name } = facts;
    if (facts.object === 'trigger' || facts.object === 'index' || (facts.object === 'view' && !facts.temporary))
      this.#objects.created(facts.object, name.name);
    const table = this.#tracker.created(facts, entry.statement);
    if (facts.object !== 'table' || table === undefined) return;
    if (facts.virtual) this.#fullText.created(name.name);
    if (!facts.temporary) this.#references.created(table, name.name, facts.references);
    if (facts.asSelect) yield* this.#rowStatements.afterCreateAs(entry, table);
  }

  #afterDrop(facts: Parsed<'drop'>): void {
    const { object, name } = facts;
    if (this.#tracker.tables.isMain(name) || (object !== 'table' && object !== 'view')) {
      this.#objects.dropped(object, name.name);
      this.#fullText.markTouched([nameKey(name.name)]);
      if (object === 'table') this.#references.dropped(name.name);
    }
    this.#tracker.dropped(facts);
  }

  #afterAlter(facts: Parsed<'alter'>): void {
    const { name, change } = facts;
    const { tables, copies } = this.#tracker;
    const table = tables.find(name);
    this.#fullText.markTouched([nameKey(name.name)]);
    if (change.kind === 'rename-table') {
      this.#fullText.markTouched([nameKey(change.to)]);
      if (tables.isMain(name)) this.#references.renamed(name.name, change.to);
      if (table !== undefined) this.#moved.beforeRename(table, nameKey(tables.nameOf(table)));
    } else if (change.kind === 'add-column') this.#references.created(table, name.name, change.references);
    if (table !== undefined) {
      this.#columns.record(table, change, (from, to) => this.#comparisons.renameColumn(table, from, to));
      if (change.kind === 'drop-column' && !this.#comparisons.isChecked(table))
        copies.dropColumn(table, nameKey(change.column));
    }
    this.#tracker.altered(facts);
  }
}
