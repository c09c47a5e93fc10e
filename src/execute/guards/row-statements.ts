import type { Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { cascadeClosure } from '../../schema/index.ts';
import {
  assignmentsOf,
  countOfDelete,
  isKeyword,
  isUpsert,
  nameKey,
  namesIn,
  setColumns,
  updateParts,
} from '../../sql/index.ts';
import type { CheckedUnit } from './checked-unit.ts';
import type { SelectOrigins } from './column-origins.ts';
import type { FullTextCheck } from './full-text.ts';
import type { GuardedTables } from './guarded-tables.ts';
import type { MigrationTracker, Parsed } from './migration-tracker.ts';
import type { ReferenceCheck } from './reference-check.ts';
import { countBy, type ChangeCounts } from './row-bookkeeping.ts';
import type { SequenceCheck } from './sequences.ts';
import type { UnitComparisons } from './unit-comparisons.ts';
import type { Table } from './table-tracker.ts';
import type { TriggerCopy } from './trigger-copies.ts';

type Change = Parsed<'insert' | 'update' | 'delete'>;

/** The parts of the detector that INSERT, UPDATE and DELETE need. */
export interface DetectorParts {
  readonly tracker: MigrationTracker;
  readonly unit: CheckedUnit;
  readonly guarded: GuardedTables;
  readonly comparisons: UnitComparisons;
  readonly references: ReferenceCheck;
  readonly fullText: FullTextCheck;
  readonly sequences: SequenceCheck;
  readonly compareValues: boolean;
}

/** What has to be done after the statement that runs now. */
interface Pending {
  /** Whether its change counts (changes(), total_changes()) are needed. */
  readonly needsCounts: boolean;
  /** Whether it copies rows that may be lost. */
  readonly isCopy: boolean;
  /** Whether a code migration writes values that it may have read from a table. */
  readonly writesReadValues: boolean;
  /** The tables that its foreign key actions may delete from. */
  readonly cascaded: ReadonlySet<string> | undefined;
  /** The rows that a DELETE selects, where its triggers delete too. `sql` counts them again. */
  readonly selected: { readonly rows: number; readonly sql: string } | undefined;
  /** What triggers copy, and how many rows their targets have before. */
  readonly byTriggers: { readonly triggerCopies: readonly TriggerCopy[]; readonly before: ReadonlyMap<Table, number> };
}

const noTriggers: Pending['byTriggers'] = { triggerCopies: [], before: new Map() };

/** Measures INSERT, UPDATE, DELETE and CREATE TABLE ... AS: the rows that they add and remove, and those that they copy. */
export class RowStatements {
  readonly #parts: DetectorParts;
  #pending: Pending | undefined;
  /** Where the columns of a copy come from. SQLite is asked before a new table can hide the one that is read. */
  #origins: readonly SelectOrigins[] | undefined;
  /** Whether some statement was a DELETE. */
  sawDelete = false;

  constructor(parts: DetectorParts) {
    this.#parts = parts;
  }

  /** Call it before each statement: forgets what `before` prepared for a statement that then failed. */
  reset(): void {
    this.#pending = undefined;
    this.#origins = undefined;
  }

  /** Before CREATE TABLE ... AS. */
  *beforeCreateAs(entry: StepStatement): Op<void> {
    if (mayCopy(entry) && (yield* this.#noteCopy(entry, undefined)))
      this.#origins = yield* this.#parts.tracker.origins.ofSelects(entry.statement, true);
  }

  *afterCreateAs(entry: StepStatement, table: Table): Op<void> {
    if (this.#origins === undefined) return;
    const { rows, copies } = this.#parts.tracker;
    yield* copies.record(entry, table, { changes: yield* rows.count(table), sideEffects: 0 }, this.#origins);
  }

  *before(facts: Change, entry: StepStatement): Op<void> {
    const { name, verb, conflict } = facts;
    const { unit, guarded, comparisons, references, fullText } = this.#parts;
    const { baseline, tables, rows, origins, copies } = this.#parts.tracker;
    const { triggers } = baseline;
    const key = nameKey(name.name);
    if (key === 'sqlite_sequence') yield* this.#parts.sequences.beforeWrite(entry);
    const table = tables.find(name);
    if (verb === 'delete' && table !== undefined) {
      // Only to remember, before the DELETE, that the table had rows.
      if (unit.mayDropAfter(entry)) yield* guarded.hadRows(table);
      if (this.#parts.compareValues) yield* comparisons.missingBeforeDelete.beforeDelete(table, copies, rows, tables);
    }
    if (verb !== 'insert' && table !== undefined && this.#parts.compareValues)
      yield* comparisons.missingBeforeChange.before(
        table,
        verb === 'update' ? setColumns(entry.statement) : undefined,
        this.#parts.tracker,
      );
    // An INSERT too may replace a row, by its table's own clause or by a trigger, and delete its children.
    if (unit.current.foreignKeys) for (const living of tables.living()) yield* rows.countBefore(living, entry);
    const cascaded = unit.current.foreignKeys && verb === 'delete' ? yield* cascadeClosure(name.name) : undefined;
    fullText.markTouched(triggers.reachableFrom(key));
    // The OR REPLACE of a statement also holds for what its triggers write (sqlite.org/lang_createtrigger.html).
    const mayRemove =
      (baseline.hasReplaceConflict && verb !== 'delete') ||
      (triggers.fires(key) && (triggers.anyRemovesRows || conflict === 'replace'));
    for (const reached of triggers.reachableFrom(key)) {
      const one = reached === key ? table : tables.at(reached);
      if (one === undefined) continue;
      // The migration may remove rows of its own tables, unless they come from a dropped one.
      if (mayRemove && (!tables.isNew(one) || comparisons.isTarget(one))) yield* rows.countBefore(one, entry);
      rows.invalidate(one);
    }
    const isCopy = verb !== 'delete' && mayCopy(entry) && (yield* this.#noteCopy(entry, table));
    const selected = verb === 'delete' && mayRemove ? yield* countSelected(entry) : undefined;
    const writesReadValues = verb !== 'delete' && unit.isCode && copies.writesValues(entry);
    const needsCounts =
      isCopy || writesReadValues || cascaded !== undefined || selected !== undefined || rows.isTracked(table);
    let byTriggers = noTriggers;
    if (isCopy && verb === 'insert') this.#origins = yield* origins.ofSelects(entry.statement, true);
    // An UPDATE of a table is compared with that table.
    if (isCopy && triggers.fires(key) && (verb === 'insert' || table === undefined))
      byTriggers = yield* this.#findTriggerCopies(entry, table, this.#origins ?? []);
    if (needsCounts) yield* rows.beginStatement();
    this.#pending = { needsCounts, isCopy, writesReadValues, cascaded, selected, byTriggers };
    if (!tables.isMain(name) || baseline.references.isEmpty) return;
    const changesKeys = verb !== 'insert' || conflict === 'replace' || isUpsert(entry.statement);
    yield* references.beforeWrite(key, changesKeys, entry);
    if (verb === 'insert' && baseline.references.has(key))
      yield* references.beforeCopy(origins.tablesRead(entry.statement), table);
  }

  *after(facts: Change, entry: StepStatement): Op<void> {
    const { tables, rows, copies } = this.#parts.tracker;
    const table = tables.find(facts.name);
    this.sawDelete ||= facts.verb === 'delete';
    if (this.#pending?.needsCounts === true) yield* this.#measure(facts, entry, this.#pending);
    else rows.skipStatement(table);
    if (
      this.#parts.unit.isCode &&
      table !== undefined &&
      entry.statement.tokens.some((token) => isKeyword(token, 'returning'))
    )
      yield* copies.recordReturned(entry, table);
  }

  /** A code migration may write the rows of its SELECT anywhere. The result of a SELECT in an SQL migration is discarded. */
  *afterSelect(entry: StepStatement): Op<void> {
    const { origins, copies } = this.#parts.tracker;
    if (!this.#parts.unit.isCode) return;
    copies.markRead(origins.tablesRead(entry.statement), undefined);
    yield* copies.record(entry, undefined, { changes: 0, sideEffects: 0 });
  }

  *#measure(facts: Change, entry: StepStatement, pending: Pending): Op<void> {
    const { tables, rows, copies } = this.#parts.tracker;
    const table = tables.find(facts.name);
    const counts = yield* rows.endStatement(entry);
    if (table !== undefined) yield* rows.record(table, entry, facts, counts.changes);
    for (const key of pending.cascaded ?? []) {
      const child = tables.at(key);
      if (child !== undefined) rows.recordSideDeletes(child, counts.sideEffects);
    }
    if (pending.selected !== undefined) yield* this.#recordSelected(facts, pending.selected, counts.changes);
    if (pending.isCopy) yield* this.#recordCopies(entry, table, counts, pending.byTriggers);
    if (pending.writesReadValues && table !== undefined) yield* copies.recordValues(entry, table, counts.changes);
  }

  *#findTriggerCopies(
    entry: StepStatement,
    table: Table | undefined,
    origins: readonly SelectOrigins[],
  ): Op<Pending['byTriggers']> {
    const { rows, copies } = this.#parts.tracker;
    const triggerCopies = yield* copies.triggerCopiesOf(entry, origins);
    const before = new Map<Table, number>();
    // Only a view needs the counts: rows inserted into a table are compared with that table.
    if (table === undefined) for (const { target } of triggerCopies) before.set(target, yield* rows.count(target));
    return { triggerCopies, before };
  }

  *#recordCopies(
    entry: StepStatement,
    table: Table | undefined,
    counts: ChangeCounts,
    { triggerCopies, before }: Pending['byTriggers'],
  ): Op<void> {
    const { baseline, rows, copies } = this.#parts.tracker;
    const added = new Map<Table, number>();
    for (const { target } of triggerCopies) {
      const known = before.get(target);
      rows.invalidate(target);
      // A trigger that also deletes may have added more.
      const isCounted = known !== undefined && !baseline.triggers.anyRemovesRows;
      added.set(target, isCounted ? (yield* rows.count(target)) - known : counts.sideEffects);
    }
    copies.recordTriggers(entry, triggerCopies, added);
    // A view has no rows of its own.
    if (table !== undefined || (triggerCopies.length === 0 && counts.sideEffects > 0))
      yield* copies.record(entry, table, counts, this.#origins);
    else if (triggerCopies.length === 0) copies.recordDiscarded(entry, this.#origins ?? []);
  }

  /**
   * After a DELETE whose triggers delete: every row that it selected and that is gone was deleted on purpose. changes()
   * counts neither the rows that a trigger deleted first, nor those of an INSTEAD OF trigger. Rows of a view are rows of
   * the tables that it reads.
   */
  *#recordSelected(
    { name }: Change,
    selected: { readonly rows: number; readonly sql: string },
    changes: number,
  ): Op<void> {
    const { baseline, tables, rows, origins } = this.#parts.tracker;
    const gone = selected.rows - ((yield* countBy(selected.sql)) ?? selected.rows) - changes;
    if (gone <= 0) return;
    const table = tables.find(name);
    const view = table === undefined ? baseline.views.get(nameKey(name.name)) : undefined;
    for (const one of view === undefined ? [table] : origins.tablesRead(view))
      if (one !== undefined) rows.recordSideDeletes(one, gone);
  }

  /**
   * Notes what a statement reads, and returns whether it copies rows that may be lost: those of a guarded table, while a
   * table is dropped later.
   */
  *#noteCopy(entry: StepStatement, target: Table | undefined): Op<boolean> {
    const { facts, statement } = entry;
    const { unit, guarded, comparisons } = this.#parts;
    const { origins, copies } = this.#parts.tracker;
    const reads = origins.tablesRead(statement);
    copies.markRead(reads, target);
    // Rows of a dropped table may move on, through other tables as well.
    const sources = new Set(reads);
    if (target !== undefined && facts.verb === 'update') sources.add(target);
    for (const table of sources)
      if (comparisons.isTarget(table) || (!comparisons.isEmpty && copies.fills(table))) return true;
    if (!unit.mayDropAfter(entry)) return false;
    if (facts.verb !== 'update') sources.delete(target!);
    for (const table of sources) if (copies.fills(table) || (yield* guarded.isGuarded(table))) return true;
    return false;
  }
}

/** How many rows a DELETE selects, and the query that counted them. */
function* countSelected({ statement }: StepStatement): Op<Pending['selected']> {
  const sql = countOfDelete(statement);
  if (sql === undefined || statement.tokens.some(({ kind }) => kind === 'variable')) return undefined;
  const rows = yield* countBy(sql);
  return rows === undefined ? undefined : { rows, sql };
}

/**
 * Whether a statement reads tables, or is an UPDATE that sets a column from another. The text is searched before its
 * tokens: most rows are written without either word.
 */
export function mayCopy({ facts, statement }: StepStatement): boolean {
  if (
    facts.verb === 'update' &&
    assignmentsOf(updateParts(statement).set).some(({ value }) => namesIn(value).length > 0)
  )
    return true;
  return (
    /\b(?:select|from)\b/i.test(statement.sql) &&
    statement.tokens.some((token) => isKeyword(token, 'select') || isKeyword(token, 'from'))
  );
}
