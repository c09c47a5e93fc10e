import { isSqlError, queryOne, type Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { isUpsert, setColumns } from '../../sql/index.ts';
import type { ColumnRef } from './column-origins.ts';
import { causeOf, CauseCandidates, type Cause } from './causes.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './table-tracker.ts';

/** The rows of one table that statements inserted, deleted and so on, according to changes(). */
interface RowAccount {
  /** The number of rows before the first statement of this account. Undefined: not counted. */
  base: number | undefined;
  /**
   * The statements that may have removed rows, and those of them whose triggers or foreign key actions changed rows.
   */
  readonly statements: CauseCandidates;
  readonly withSideEffects: CauseCandidates;
  lastStatement: StepStatement | undefined;
  inserted: number;
  deleted: number;
  /** The most rows that REPLACE may have removed. */
  replaced: number;
  /** The most rows that ON DELETE CASCADE, or a trigger of a DELETE that selects them, may have removed. */
  cascaded: number;
  readonly updated: Map<string, number>;
  /** The number of statements that did more than add rows. */
  otherStatements: number;
}

/** An account at one moment. */
export interface Mark {
  readonly inserted: number;
  readonly deleted: number;
  readonly updated: ReadonlyMap<string, number>;
  readonly otherStatements: number;
  /** Rows that triggers and foreign key actions changed, in all tables. */
  readonly sideEffects: number;
}

/** A table with fewer rows than its account allows. */
export interface Shortage extends Cause {
  readonly table: Table;
  readonly before: number;
  readonly after: number;
  readonly lost: number;
  readonly deleted: number;
}

type Change = Extract<StepStatement['facts'], { readonly verb: 'insert' | 'update' | 'delete' }>;

/** The rows that a statement changed itself, and those that its triggers and foreign key actions changed. */
export interface ChangeCounts {
  readonly changes: number;
  readonly sideEffects: number;
}

/**
 * Counts the rows that statements insert, update and delete. `changes()` counts what a statement did itself, without
 * its triggers and foreign key actions (sqlite.org/c3ref/changes.html). A table that has fewer rows than its account
 * allows lost rows that no statement named.
 */
export class RowBookkeeping {
  readonly #tables: TableTracker;
  /** Row counts that are still correct. */
  readonly #known: Map<Table, number>;
  readonly #accounts = new Map<Table, RowAccount>();
  /** total_changes() after the last statement. Undefined: unknown. */
  #total: number | undefined;
  #sideEffects = 0;

  constructor(tables: TableTracker, known: Map<Table, number>) {
    this.#tables = tables;
    this.#known = known;
  }

  /** Opens the account of a table, without counting its rows. */
  track(table: Table): RowAccount {
    let account = this.#accounts.get(table);
    if (account === undefined) {
      account = {
        base: undefined,
        statements: new CauseCandidates(),
        withSideEffects: new CauseCandidates(),
        lastStatement: undefined,
        inserted: 0,
        deleted: 0,
        replaced: 0,
        cascaded: 0,
        updated: new Map(),
        otherStatements: 0,
      };
      this.#accounts.set(table, account);
    }
    return account;
  }

  /** Whether there is no account. */
  get isEmpty(): boolean {
    return this.#accounts.size === 0;
  }

  isTracked(table: Table | undefined): boolean {
    return table !== undefined && this.#accounts.has(table);
  }

  /** Counts a table before a statement that may remove rows that it does not name. */
  *countBefore(table: Table, entry: StepStatement | undefined): Op<void> {
    const account = this.track(table);
    if (entry !== undefined) account.statements.add(entry);
    account.lastStatement = entry;
    if (account.base !== undefined || table.virtual) return;
    account.base =
      (yield* this.count(table)) - account.inserted + account.deleted + account.replaced + account.cascaded;
  }

  /** Whether a table was counted in this migration, and had rows. */
  hadRows(table: Table): boolean {
    return (this.#accounts.get(table)?.base ?? 0) > 0;
  }

  /** Before a statement whose figures are needed. */
  *beginStatement(): Op<void> {
    this.#total ??= (yield* figures()).total;
  }

  /** After a statement whose figures are not needed. */
  skipStatement(table: Table | undefined): void {
    this.#total = undefined;
    if (table !== undefined) this.#known.delete(table);
  }

  /**
   * After a statement: the rows that it changed itself, and those that its triggers and foreign key actions changed.
   */
  *endStatement(entry: StepStatement): Op<ChangeCounts> {
    const before = this.#total ?? 0;
    const { changes: last, total } = yield* figures();
    this.#total = total;
    // A statement in batches has no triggers, and changes() would be that of its last batch.
    const changes = entry.batch === undefined ? last : total - before;
    const sideEffects = Math.max(0, total - before - changes);
    this.#sideEffects += sideEffects;
    if (sideEffects > 0)
      for (const { lastStatement, withSideEffects } of this.#accounts.values())
        if (lastStatement === entry) withSideEffects.add(entry);
    return { changes, sideEffects };
  }

  /** Records what a statement changed. */
  *record(table: Table, entry: StepStatement, facts: Change, changes: number): Op<void> {
    this.#known.delete(table);
    const account = this.#accounts.get(table);
    if (account === undefined) return;
    const upserts = facts.verb === 'insert' && isUpsert(entry.statement);
    if (facts.verb === 'delete') account.deleted += changes;
    else if (facts.verb === 'insert' && !upserts) account.inserted += changes;
    if (facts.verb === 'update' || upserts)
      for (const column of setColumns(entry.statement))
        account.updated.set(column, (account.updated.get(column) ?? 0) + changes);
    if (facts.conflict === 'replace' && changes > 0) {
      const { uniques } = yield* readTableInfo(this.#tables.nameOf(table), schemaOf(table));
      account.replaced += changes * Math.max(1, uniques);
    }
    if (facts.verb !== 'insert' || upserts || facts.conflict === 'replace') account.otherStatements += 1;
  }

  /** Records the most rows that a DELETE may have removed indirectly, on purpose. */
  recordSideDeletes(table: Table, rows: number): void {
    const account = this.#accounts.get(table);
    if (account !== undefined) account.cascaded += rows;
  }

  /** A statement may change the rows of a table: the known count is out of date. */
  invalidate(table: Table): void {
    this.#known.delete(table);
  }

  mark(table: Table): Mark {
    const { inserted, deleted, updated, otherStatements } = this.track(table);
    return { inserted, deleted, updated: new Map(updated), otherStatements, sideEffects: this.#sideEffects };
  }

  /** How many values UPDATE statements have set in these columns. */
  updated(refs: readonly ColumnRef[]): number {
    return refs.reduce((sum, { table, column }) => sum + (this.#accounts.get(table)?.updated.get(column) ?? 0), 0);
  }

  renameColumn(table: Table, from: string, to: string): void {
    const updated = this.#accounts.get(table)?.updated;
    const rows = updated?.get(from);
    if (rows === undefined) return;
    updated!.delete(from);
    updated!.set(to, rows);
  }

  *count(table: Table): Op<number> {
    const known = this.#known.get(table);
    if (known !== undefined) return known;
    const rows = (yield* countIfPossible(qualified(table, this.#tables))) ?? 0;
    if (!table.virtual) this.#known.set(table, rows);
    return rows;
  }

  /** Compares the rows of a table with its account. */
  *shortage(table: Table): Op<Shortage | undefined> {
    const account = this.#accounts.get(table);
    if (account?.base === undefined) return undefined;
    this.#known.delete(table);
    const after = yield* countIfPossible(qualified(table, this.#tables));
    if (after === undefined) return undefined;
    if (!table.virtual) this.#known.set(table, after);
    const floor = account.base + account.inserted - account.deleted - account.replaced - account.cascaded;
    if (after >= floor) return undefined;
    return {
      table,
      before: account.base,
      after,
      lost: floor - after,
      deleted: account.deleted + account.replaced,
      ...causeOf(account.withSideEffects.isEmpty ? account.statements : account.withSideEffects),
    };
  }

  *shortages(): Op<readonly Shortage[]> {
    const found: Shortage[] = [];
    for (const table of this.#accounts.keys()) {
      const shortage = this.#tables.isLiving(table) ? yield* this.shortage(table) : undefined;
      if (shortage !== undefined) found.push(shortage);
    }
    return found;
  }
}

function* figures(): Op<{ changes: number; total: number }> {
  const row = yield* queryOne<{ changes: number; total: number }>(
    'SELECT changes() AS changes, total_changes() AS total',
  );
  return { changes: Number(row?.changes ?? 0), total: Number(row?.total ?? 0) };
}

/** Undefined: the module of a virtual table refused to answer, or is missing. */
function* countIfPossible(table: string): Op<number | undefined> {
  return yield* countBy(`SELECT count(*) AS n FROM ${table}`);
}

/** The count that a SELECT returns as `n`. Undefined: SQLite cannot run it. */
export function* countBy(sql: string): Op<number | undefined> {
  try {
    const row = yield* queryOne<{ n: number }>(sql);
    return Number(row?.n ?? 0);
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return undefined;
  }
}
