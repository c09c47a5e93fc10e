import type { Direction } from '../bridge/event.ts';
import type { DunlinError, SourceLocation } from '../errors/index.ts';
import type { AppliedMigration, RecordedRepeatable } from '../ledger/index.ts';
import type { MadeObject, Migration, ReplacedMigration, SqlMigration } from '../migration/index.ts';
import type { RowAndFile } from './find-files.ts';

/** What a run would do, and what prevents it. Plain data: print it, compare it, send it. */
export interface Plan {
  readonly direction: Direction;
  /** The highest applied version before and after; 0 for none. */
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string | undefined;
  readonly toLabel: string | undefined;
  readonly steps: readonly PlanStep[];
  /** Every reason why it cannot run; empty if it can. */
  readonly problems: readonly DunlinError[];
  /** Notes that do not prevent the run: renamed files, ignored files, interrupted attempts. */
  readonly notes: readonly string[];
  /** How rebuilt tables are checked: by rows and values, or only by the number of rows (`guards: 'count'`). */
  readonly guards: 'values' | 'count';
  /** The backup before the run, if there would be one. */
  readonly backup?: PlannedBackup | undefined;
  /** The table of another tool that the run keeps in step (`mirror`). */
  readonly mirror?: MirroredTable | undefined;
}

/** Another tool's table that runs keep in step with Dunlin's own. */
export interface MirroredTable {
  /** `Knex`; undefined for an application's own table. */
  readonly tool: string | undefined;
  /** Undefined for `user_version`. */
  readonly table: string | undefined;
  /** How many migrations it does not say what Dunlin says. The next run writes them first. */
  readonly behind: number;
}

/** Where a backup would go, and whether there is enough space. */
export interface PlannedBackup {
  readonly folder: string;
  /** The size of the database. */
  readonly bytes: number;
  /** Undefined if it is unknown. */
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
  /** The versions of its set, which is applied completely or not at all; empty without a set. */
  readonly together: readonly number[];
  /** Empty for code, whose statements are unknown until it runs. */
  readonly statements: readonly PlannedStatement[];
  readonly verifications: readonly string[];
  /** Objects by what happens to them. */
  readonly touches: Touches;
  /** The tables with rows that it rebuilds, as far as the SQL shows. */
  readonly rebuilds: readonly PlannedRebuild[];
  /** Whether it has a DOWN part with statements. */
  readonly reversible: boolean;
  readonly warnings: readonly string[];
}

/** What the run checks in a rebuilt table. Columns of the old table have their old names. */
export interface PlannedRebuild {
  readonly table: string;
  /**
   * `compared` or `proven`: no value may change. `counted`: only the number of rows is checked, because of
   * `guards: 'count'` or because no column is copied unchanged. `none`: nothing is checked, because the table is declared
   * `destructive`. `unknown`: known only when it runs; the lists are empty.
   */
  readonly check: 'compared' | 'proven' | 'counted' | 'none' | 'unknown';
  /** Columns whose values are compared. */
  readonly compared: readonly string[];
  /** Columns that a copy of the whole table takes unchanged: the number of rows proves them if no trigger interferes. */
  readonly proven: readonly string[];
  /** Columns that an expression, an UPDATE or another table fills: their values are not compared. */
  readonly transformed: readonly TransformedColumn[];
  /** Columns that are not copied. */
  readonly leftOut: readonly string[];
  /** What the statements leave out and `rebuilds: 'keep'` keeps, in words: `COLLATE NOCASE of email`. */
  readonly kept: readonly string[];
}

/** A column of the new table, or of another one as `table.column`, and its old source columns. */
export interface TransformedColumn {
  readonly column: string;
  readonly from: readonly string[];
}

export interface PlannedStatement {
  readonly sql: string;
  readonly location: SourceLocation;
  /** `skip`: the run does it anyway; `reason` says how. */
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

/** The migrations compared with those that the database records as applied. */
export interface Comparison {
  /** The semantic version of the database. */
  readonly label: string | undefined;
  /** Applied, by version, those included that only `schema_version` implies. */
  readonly applied: ReadonlyMap<number, AppliedMigration>;
  /** Applied according to `schema_version` alone; the next run records them. */
  readonly implied: readonly Migration[];
  /** Not applied, ascending. Decided by the set of versions, never by the highest one. A new database starts with a squash. */
  readonly pending: readonly Migration[];
  /** Not applied either, and without a file: a squash replaces them, and the database is not new. */
  readonly pendingGone: readonly ReplacedMigration[];
  /** The squash that makes a new database; undefined if there is none, or the database is not new. */
  readonly squash?: SqlMigration | undefined;
  /** Every reason why nothing may run up. */
  readonly problems: readonly DunlinError[];
  readonly notes: readonly string[];
  /** Applied with another text than the file has now. */
  readonly edited: ReadonlyMap<number, DunlinError>;
  /** Applied versions whose file is not what ran: edited, or another migration now. */
  readonly changed: ReadonlyMap<number, DunlinError>;
  /** Applied, but another migration's file has the number now. */
  readonly conflicts: readonly RowAndFile[];
  /** Applied, and the file with the recorded checksum has another number. */
  readonly renumbered: readonly RowAndFile[];
  readonly missing: readonly AppliedMigration[];
  readonly ahead: readonly AppliedMigration[];
  readonly outOfOrder: readonly Migration[];
  readonly renamed: readonly RowAndFile[];
  /** By name, ascending. */
  readonly repeatables: readonly Repeatable[];
}

/** A repeatable migration, and why the next run runs it. */
export interface Repeatable {
  readonly migration: SqlMigration;
  /** Its last run; undefined if there was none. */
  readonly recorded: RecordedRepeatable | undefined;
  /**
   * `changed`: it ran with another text; `outdated`: something else has run since that may have made its objects or rows
   * otherwise; `gone`: it ran with this text, and an object that it made does not exist.
   */
  readonly state: 'applied' | 'pending' | 'changed' | 'outdated' | 'gone';
  readonly gone: readonly MadeObject[];
}
