import { plural, type DunlinError, type MigrationRef } from '../../errors/index.ts';
import type { MigrationOutcome } from '../../lock/run-options.ts';
import type { ObjectChange, SchemaModel } from '../../schema/index.ts';

/** What all pending migrations did to a copy of the database. */
export interface Rehearsal {
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string | undefined;
  readonly toLabel: string | undefined;
  /** What ran on the copy, with its time. */
  readonly applied: readonly MigrationOutcome[];
  readonly pending: readonly MigrationRef[];
  /** `REHEARSAL_LOSES` for what is lost and no statement names, or if pages are damaged. Empty: all is well. */
  readonly problems: readonly DunlinError[];
  readonly losses: readonly RehearsedLoss[];
  /** The tables that differ: rows, values, name or columns. */
  readonly tables: readonly RehearsedTable[];
  /** How many tables are as they were, row by row. */
  readonly unchanged: number;
  /** The differences of the schema, and both schemas. */
  readonly schema: {
    readonly objects: readonly ObjectChange[];
    readonly before: SchemaModel;
    readonly after: SchemaModel;
  };
  /**
   * How many rows refer to rows that do not exist: old ones only, because `up` refuses a run that makes more. Undefined: a
   * foreign key refers to columns that are no key, or nothing was compared.
   */
  readonly violations: number | undefined;
  readonly notes: readonly string[];
  readonly aborted: boolean;
  readonly measures: RehearsalMeasures;
}

export interface RehearsalMeasures {
  /** Bytes of the copy before the run. */
  readonly bytes: number;
  /** The most bytes that the copy took, with its journal or write-ahead log. */
  readonly peakBytes: number;
  /** The most bytes of the journal or write-ahead log. */
  readonly journalBytes: number;
  /** How long the copy of the database took, during which a backup would hold the write lock. */
  readonly copyMs: number;
  /** How long the migrations held the write lock at a time: other writers would wait. */
  readonly lockMs: number;
  readonly runMs: number;
  readonly compareMs: number;
  readonly totalMs: number;
}

/** What became of the rows of a table. */
export interface RehearsedTable {
  /** Its name before; of a new one, its name. */
  readonly table: string;
  /** Its name now. Undefined: it is gone. */
  readonly now: string | undefined;
  /** The tables that have its rows now, if it is gone, or some of them. */
  readonly movedTo: readonly string[];
  /** Rows. Undefined: there was no such table. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly lost: number;
  readonly added: number;
  /** Rows with another value in a column that was there before. */
  readonly changed: number;
  /** Rows that are in another table now. */
  readonly moved: number;
  /** Up to three keys of each: `id 3`. */
  readonly lostRows: readonly string[];
  readonly addedRows: readonly string[];
  /** Only those with other values, another name or without a place. */
  readonly columns: readonly RehearsedColumn[];
  /** Rows were compared by a key. Without one a row that is gone and a new one count as one that is changed. */
  readonly keyed: boolean;
}

export interface RehearsedColumn {
  readonly column: string;
  /** Its name now; undefined: the table has it no more. */
  readonly now: string | undefined;
  /** Values that are others now, also NULL that became a value. */
  readonly changed: number;
  /** How many of these are NULL now. */
  readonly emptied: number;
  /** Values of a column that is gone, which are nowhere else. */
  readonly lost: number;
  /** The columns that have its values now, or were computed from them: `profiles.email`. */
  readonly movedTo: readonly string[];
  /** Up to three keys of changed rows, and of those in which it is NULL now. */
  readonly rows: readonly string[];
  readonly emptiedRows: readonly string[];
}

/** Rows, values or a column that are gone. */
export interface RehearsedLoss {
  readonly kind: 'rows' | 'column' | 'values';
  readonly table: string;
  readonly column: string | undefined;
  /** Rows, or values. */
  readonly count: number;
  readonly rows: readonly string[];
  /** What would declare it, by names at the end: `-- dunlin: destructive users.email`. */
  readonly declaration: string;
  /** The statement that names it, or a declaration. Undefined: nothing does, which is a problem. */
  readonly named: { readonly migration: MigrationRef | undefined; readonly text: string } | undefined;
}

/** `users: 2 rows (id 3; id 4)`. */
export function lossText({ kind, table, column, count, rows }: RehearsedLoss): string {
  const shown = rows.length === 0 ? '' : ` (${rows.join('; ')}${count > rows.length ? '; ...' : ''})`;
  if (kind === 'rows') return `${table}: ${plural(count, 'row')}${shown}`;
  const what = `${table}.${column}: ${plural(count, 'value')}`;
  return kind === 'column' ? `${what}, with the column` : `${what} ${count === 1 ? 'becomes' : 'become'} NULL${shown}`;
}
