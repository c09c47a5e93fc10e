import { isSqlError, queryOne, type Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { setColumns, updateParts } from '../../sql/index.ts';
import { causeOf, Suspects, type Cause } from './causes.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './tables.ts';

/** How many rows the statements of a migration inserted into a table, deleted from it and so on, by their own account. */
interface Book {
  /** The rows that the table had when it was first at risk, as if this book had been empty then. */
  base: number | undefined;
  /** The statements that put it at risk, and those of them whose triggers or foreign key actions changed rows. */
  readonly risks: Suspects;
  readonly worked: Suspects;
  lastRisk: StepStatement | undefined;
  inserted: number;
  deleted: number;
  /** At most so many rows gave way to others. */
  replaced: number;
  /** At most so many rows went by ON DELETE CASCADE, or by the triggers of a DELETE that names them. */
  cascaded: number;
  readonly updated: Map<string, number>;
  /** Grows with each statement that did more than add rows. */
  disturbed: number;
}

/** What a table's book has at one moment. */
export interface Mark {
  readonly inserted: number;
  readonly deleted: number;
  readonly updated: ReadonlyMap<string, number>;
  readonly disturbed: number;
  /** Rows that triggers and foreign key actions changed, in any table. */
  readonly unaccounted: number;
}

/** A table with fewer rows than its book says. */
export interface Shortage extends Cause {
  readonly table: Table;
  readonly before: number;
  readonly after: number;
  readonly lost: number;
  readonly deleted: number;
}

type Change = Extract<StepStatement['facts'], { readonly verb: 'insert' | 'update' | 'delete' }>;

/**
 * Keeps account of the rows of tables: `changes()` says what a statement itself inserted, updated or deleted, without
 * what triggers and foreign key actions did (sqlite.org/c3ref/changes.html). A table that then has fewer rows than its
 * book lost them without a word.
 */
export class RowBookkeeping {
  readonly #tables: TableTracker;
  /** Counts that are right at this moment. */
  readonly #known: Map<Table, number>;
  readonly #books = new Map<Table, Book>();
  /** total_changes() after the statement before. Undefined: not asked. */
  #total: number | undefined;
  #unaccounted = 0;

  constructor(tables: TableTracker, known: Map<Table, number>) {
    this.#tables = tables;
    this.#known = known;
  }

  /** Starts to keep account of a table, without counting it. */
  open(table: Table): Book {
    let book = this.#books.get(table);
    if (book === undefined) {
      book = {
        base: undefined,
        risks: new Suspects(),
        worked: new Suspects(),
        lastRisk: undefined,
        inserted: 0,
        deleted: 0,
        replaced: 0,
        cascaded: 0,
        updated: new Map(),
        disturbed: 0,
      };
      this.#books.set(table, book);
    }
    return book;
  }

  /** Whether no table was at risk. */
  get isEmpty(): boolean {
    return this.#books.size === 0;
  }

  has(table: Table | undefined): boolean {
    return table !== undefined && this.#books.has(table);
  }

  /** Counts a table before a statement that may remove rows without saying so. */
  *atRisk(table: Table, entry: StepStatement | undefined): Op<void> {
    const book = this.open(table);
    if (entry !== undefined) book.risks.add(entry);
    book.lastRisk = entry;
    if (book.base !== undefined || table.virtual) return;
    book.base = (yield* this.count(table)) - book.inserted + book.deleted + book.replaced + book.cascaded;
  }

  /** Whether a table was counted in this migration, and had rows. */
  hadRows(table: Table): boolean {
    return (this.#books.get(table)?.base ?? 0) > 0;
  }

  /** Before a statement whose figures will be asked for. */
  *begin(): Op<void> {
    this.#total ??= (yield* figures()).total;
  }

  /** The statement's figures will not be asked for: what is known of the connection's is out of date. */
  skip(table: Table | undefined): void {
    this.#total = undefined;
    if (table !== undefined) this.#known.delete(table);
  }

  /** After a statement: what it changed itself, and what its triggers and foreign key actions did. */
  *end(entry: StepStatement): Op<{ readonly changes: number; readonly others: number }> {
    const before = this.#total ?? 0;
    const { changes: last, total } = yield* figures();
    this.#total = total;
    // A statement that runs in batches has no triggers; changes() would be those of its last batch.
    const changes = entry.batch === undefined ? last : total - before;
    const others = Math.max(0, total - before - changes);
    this.#unaccounted += others;
    if (others > 0) for (const { lastRisk, worked } of this.#books.values()) if (lastRisk === entry) worked.add(entry);
    return { changes, others };
  }

  /** Enters what a statement changed. */
  *enter(table: Table, entry: StepStatement, facts: Change, changes: number): Op<void> {
    this.#known.delete(table);
    const book = this.#books.get(table);
    if (book === undefined) return;
    const upserts = facts.verb === 'insert' && updateParts(entry.statement).set.length > 0;
    if (facts.verb === 'delete') book.deleted += changes;
    else if (facts.verb === 'insert' && !upserts) book.inserted += changes;
    if (facts.verb === 'update' || upserts)
      for (const column of setColumns(entry.statement))
        book.updated.set(column, (book.updated.get(column) ?? 0) + changes);
    if (facts.conflict === 'replace' && changes > 0) {
      const { uniques } = yield* readTableInfo(this.#tables.nameOf(table), schemaOf(table));
      book.replaced += changes * Math.max(1, uniques);
    }
    if (facts.verb !== 'insert' || upserts || facts.conflict === 'replace') book.disturbed += 1;
  }

  /** At most so many rows of a table have gone by what a DELETE set off, and are meant by it. */
  cascade(table: Table, rows: number): void {
    const book = this.#books.get(table);
    if (book !== undefined) book.cascaded += rows;
  }

  /** A statement may change the rows of a table: how many it has is no longer known. */
  invalidate(table: Table): void {
    this.#known.delete(table);
  }

  mark(table: Table): Mark {
    const { inserted, deleted, updated, disturbed } = this.open(table);
    return { inserted, deleted, updated: new Map(updated), disturbed, unaccounted: this.#unaccounted };
  }

  renameColumn(table: Table, from: string, to: string): void {
    const updated = this.#books.get(table)?.updated;
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

  /** Compares one table with its book. */
  *shortage(table: Table): Op<Shortage | undefined> {
    const book = this.#books.get(table);
    if (book?.base === undefined) return undefined;
    this.#known.delete(table);
    const after = yield* countIfPossible(qualified(table, this.#tables));
    if (after === undefined) return undefined;
    if (!table.virtual) this.#known.set(table, after);
    const floor = book.base + book.inserted - book.deleted - book.replaced - book.cascaded;
    if (after >= floor) return undefined;
    return {
      table,
      before: book.base,
      after,
      lost: floor - after,
      deleted: book.deleted + book.replaced,
      ...causeOf(book.worked.isEmpty ? book.risks : book.worked),
    };
  }

  *shortages(): Op<readonly Shortage[]> {
    const found: Shortage[] = [];
    for (const table of this.#books.keys()) {
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

/** What a virtual table's rows are is up to its module, which may refuse to answer, or be missing. */
function* countIfPossible(table: string): Op<number | undefined> {
  return yield* countBy(`SELECT count(*) AS n FROM ${table}`);
}

/** The count that a SELECT gives as `n`; undefined where SQLite cannot run it. */
export function* countBy(sql: string): Op<number | undefined> {
  try {
    const row = yield* queryOne<{ n: number }>(sql);
    return Number(row?.n ?? 0);
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return undefined;
  }
}
