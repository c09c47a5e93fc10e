import type { Direction } from '../bridge/event.ts';
import type { DunlinError, SourceLocation } from '../errors/index.ts';

/** What a run would do, and what stands in its way. Plain data: print it, compare it, send it. */
export interface Plan {
  readonly direction: Direction;
  /** The highest applied version before and after; 0 for none. */
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string | undefined;
  readonly toLabel: string | undefined;
  readonly steps: readonly PlanStep[];
  /** Every reason why it cannot run, not only the first. Empty: it can. */
  readonly problems: readonly DunlinError[];
  /** Facts worth knowing that stop nothing: renamed files, ignored files, interrupted attempts. */
  readonly notes: readonly string[];
  /** How rebuilt tables are checked: by rows and values, or with `guards: 'count'` by the number of rows only. */
  readonly guards: 'values' | 'count';
  /** The backup that would be made first, if one would be. */
  readonly backup?: PlannedBackup | undefined;
}

/** Where a backup would go, and whether there is room for it. */
export interface PlannedBackup {
  readonly folder: string;
  /** Of the database. */
  readonly bytes: number;
  /** Undefined where that cannot be told. */
  readonly freeBytes: number | undefined;
}

/** One migration of the plan. Consecutive steps of the same `group` share a transaction. */
export interface PlanStep {
  readonly version: number;
  readonly name: string;
  readonly label: string | undefined;
  readonly direction: Direction;
  readonly file: string;
  readonly kind: 'sql' | 'code';
  readonly description: string | undefined;
  readonly group: number;
  /** False for a `no-transaction` migration. */
  readonly transaction: boolean;
  readonly foreignKeys: boolean;
  readonly destructive: true | readonly string[];
  /** The versions of its set, its own included: they happen completely or not at all. Empty: it is in none. */
  readonly together: readonly number[];
  /** Empty for code, whose statements are known only when it runs. */
  readonly statements: readonly PlannedStatement[];
  readonly verifications: readonly string[];
  /** Objects by what happens to them. */
  readonly touches: Touches;
  /** The tables that it rebuilds and that hold rows, as far as the SQL tells. */
  readonly rebuilds: readonly PlannedRebuild[];
  /** Whether a DOWN part exists that does anything. */
  readonly reversible: boolean;
  readonly warnings: readonly string[];
}

/** What the run will check of a table that a migration rebuilds. Columns of the old table have their old names. */
export interface PlannedRebuild {
  readonly table: string;
  /**
   * `compared` or `proven`: no value may change on the way. `counted`: only the number of rows is looked at, because of
   * `guards: 'count'`, or because no column is copied as it is. `none`: nothing is, because the table is declared as
   * `destructive`. `unknown`: that cannot be told before it runs, and the lists are empty.
   */
  readonly check: 'compared' | 'proven' | 'counted' | 'none' | 'unknown';
  /** Columns whose values are compared. */
  readonly compared: readonly string[];
  /** Columns that a copy of the whole table takes as they are: its count proves them, unless a trigger interferes. */
  readonly proven: readonly string[];
  /** Columns that an expression, an UPDATE or another table fills: their values are not compared. */
  readonly transformed: readonly TransformedColumn[];
  /** Columns whose values go nowhere. */
  readonly leftOut: readonly string[];
}

/** A column of the new table, or of another one as `table.column`, and the old columns that it is made from. */
export interface TransformedColumn {
  readonly column: string;
  readonly from: readonly string[];
}

export interface PlannedStatement {
  readonly sql: string;
  readonly location: SourceLocation;
  /** `skip`: subsumed by what the run does anyway; `reason` says how. */
  readonly action: 'run' | 'skip';
  readonly reason: string | undefined;
  /** One line for people: "creates table users", "reads orders once; other writers wait meanwhile". */
  readonly summary: string;
}

export interface Touches {
  readonly creates: readonly string[];
  readonly alters: readonly string[];
  readonly drops: readonly string[];
  readonly rebuilds: readonly string[];
  /** Tables whose rows are written. */
  readonly writes: readonly string[];
}
