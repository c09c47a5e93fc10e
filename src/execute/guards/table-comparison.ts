import type { NameKey } from '../../sql/index.ts';
import type { RebuiltTable } from '../../bridge/index.ts';
import type { RunRecorder } from '../../lock/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import type { Example, RebuildCheck } from '../../rebuild/index.ts';
import type { TableInfo } from '../../schema/index.ts';
import type { ColumnCheck } from './column-checks.ts';
import type { ColumnRef } from './column-origins.ts';
import type { Path } from './copy-paths.ts';
import type { CopyTracker } from './copy-tracker.ts';
import type { MissingBeforeDelete } from './missing-before-delete.ts';
import type { MissingBeforeChange } from './picked-values.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/** What became of a column of a dropped table. */
export type ColumnTransfer = 'copied' | 'computed' | 'exchanged' | 'read' | 'none';

/** Where the values of each column went, copied or computed. By the key of the column. */
export type ColumnDestinations = ReadonlyMap<NameKey, readonly ColumnRef[]>;

/** The values of a column. */
export interface ValueSummary {
  readonly values: number;
  readonly different: number;
  /** The key columns, and up to three rows with a value. */
  readonly key: readonly string[];
  readonly examples: readonly Example[];
}

/** A column with changed values. */
export interface ChangedValues {
  readonly column: string;
  /** The column that has them now. */
  readonly successor: string;
  readonly how: ColumnCheck['how'];
  readonly changed: number;
  readonly of: number;
  readonly examples: readonly Example[];
  readonly entry: StepStatement | undefined;
  /** The columns that it was compared with, and those that got its values. */
  readonly compared: readonly ColumnRef[];
  readonly carriers: readonly ColumnRef[];
  /** How many values UPDATE statements had set in the compared columns. */
  readonly updated: number;
}

/** What a comparison with one table, or with several together, found. */
export interface Finding {
  /** Rows that are missing there. */
  readonly lost: number;
  /** The key columns, and up to three of the missing rows. */
  readonly key: readonly string[];
  readonly examples: readonly Example[];
  readonly changed: readonly ChangedValues[];
}

/** Values of a column in rows that were not copied to the tables that have the column. */
export interface StrandedValues extends ValueSummary {
  /** The number that no DELETE from those tables explains. */
  readonly lost: number;
  readonly targets: ReadonlySet<Table>;
  /** Tables that got only figures over the column. */
  readonly summaries?: ReadonlySet<Table>;
  /** The statement that left them out. */
  readonly entry: StepStatement | undefined;
}

/** A table with copies of the rows of a dropped one. */
export interface CopyTarget extends Finding {
  readonly table: Table;
  /** Columns that were copied unchanged, by key. */
  readonly pairs: Path['pairs'];
  /** Whether another table has some of the same rows. */
  readonly isShared: boolean;
  /** Whether its copies merged equal rows. */
  readonly merges: boolean;
  /** The number of rows that its copies added. */
  readonly copied: number;
  readonly entry: StepStatement | undefined;
}

/** A copy from an earlier migration. */
export interface EarlierCopy {
  readonly table: string;
  /** The table that is dropped. */
  readonly from: string;
  /** Copies the missing rows. Undefined: no key identifies them. */
  readonly sql: string | undefined;
}

/** The comparison of a table, before its DROP, with the copies of its rows. */
export interface TableComparison {
  readonly table: Table;
  readonly info: TableInfo;
  readonly rows: number;
  readonly entry: StepStatement | undefined;
  readonly targets: readonly CopyTarget[];
  /** Several targets together, without the others, where those share rows with them. */
  readonly groups: readonly { readonly tables: ReadonlySet<Table>; readonly finding: Finding }[];
  /** All targets together: rows and values that none of them has. */
  readonly together: Finding;
  /** By the key of the column. */
  readonly transfers: ReadonlyMap<NameKey, ColumnTransfer>;
  readonly destinations: ColumnDestinations;
  /** The values of columns that were not copied, by key. */
  readonly notCopied: ReadonlyMap<string, ValueSummary>;
  /** Values in rows that were not copied, of columns that only a table with some of the rows has. By column key. */
  readonly stranded: ReadonlyMap<string, ValueSummary>;
  /**
   * The same for a table that was split off with some columns, while another has the others for all rows, and for
   * values that an UPDATE or a subquery picked.
   */
  readonly strandedByParts: ReadonlyMap<string, StrandedValues>;
  /** Rows are only counted: a code migration read them, and may have written them anywhere. */
  readonly countOnly: boolean;
  /** The statement that inserted its rows into a view that discarded them. */
  readonly discardedBy: StepStatement | undefined;
  /**
   * The table that takes the name, if an earlier migration filled it, and the statement that copies the missing rows.
   */
  readonly earlier: EarlierCopy | undefined;
  /** `db.rebuildTable` changed the primary key on request. */
  readonly keyIsRewritten: boolean;
  /** Columns that were compared or proven to be the same, with their destinations. By column key. */
  readonly compared: ColumnDestinations;
  /** Those of them, by key, that an UPDATE may have changed since. */
  readonly differing: ReadonlySet<string>;
  readonly check: RebuiltTable['check'];
  readonly notes: readonly string[];
}

/** What a comparison needs. */
export interface ComparisonRequest {
  readonly tables: TableTracker;
  readonly rows: RowBookkeeping;
  readonly copies: CopyTracker;
  /** Some table has ON CONFLICT REPLACE: a counted row may have removed another. */
  readonly hasReplaceConflict: boolean;
  readonly missingBeforeDelete: MissingBeforeDelete;
  readonly missingBeforeChange: MissingBeforeChange;
  /** Whether values are compared, or rows are only counted. */
  readonly compareValues: boolean;
  /** What `db.rebuildTable` found when it checked the copy itself. */
  readonly checked: RebuildCheck | undefined;
  /** The table to which a later statement gives this name, if nothing was copied. */
  readonly nextOfName: (table: Table) => Table | undefined;
  readonly recorder: RunRecorder | undefined;
}
