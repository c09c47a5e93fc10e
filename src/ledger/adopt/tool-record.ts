import type { Value } from '../../bridge/index.ts';
import type { Migration } from '../../migration/index.ts';

/** A migration to be recorded in another tool's table. */
export interface Exported {
  readonly migration: Migration;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
  readonly executionTimeMs: number;
  /** Its place among those that are recorded now, from 0. */
  readonly index: number;
  /** The newest row of the table, by column; undefined while it is empty. Forms that the tool leaves to its users follow it. */
  readonly last: RowValues | undefined;
  /** All migrations here. */
  readonly all: readonly Migration[];
  readonly usage: ColumnUsage;
  readonly sha256: (text: string) => string;
  /** Whether the recorded checksums are those of the files. */
  readonly checksumsFit: boolean;
}

/** Names of columns, by what the rows of a table have in them. */
export interface ColumnUsage {
  /** The same value in all rows. */
  readonly constant: ReadonlySet<string>;
  /** Never NULL. A table without rows has none. */
  readonly filled: ReadonlySet<string>;
}

/** Values by column. */
export type RowValues = Readonly<Record<string, Value>>;

/**
 * How a tool records migrations in its table. `adopt` reads these records, `export` writes them. Which rows are applied
 * is in `foreignTools`.
 */
export interface ToolRecord {
  /** As in `foreignTools`; undefined for a table of no known tool. */
  readonly tool: string | undefined;
  /** The names by which users choose it. The first is the one to show. */
  readonly names: readonly [string, ...string[]];
  /** The text that identifies the migration, as SQL on `t`. `keyOf` of it is compared with `keys`. */
  readonly identity: string;
  /** What the tool may have recorded as the identity of a migration, through `keyOf`. Default: `fileKeys`. */
  keys?(migration: Migration): readonly string[];
  /** Whether a row is that of a repeatable migration, as SQL on `t`. Such a row names no migration with a version. */
  readonly repeatable?: string;
  /** When the migration was applied, as SQL on `t`: text, or seconds or milliseconds since the epoch. */
  readonly appliedAt?: string;
  /** The recorded checksum, as SQL on `t`. */
  readonly checksum?: string;
  /** The checksums that the tool accepts for a migration, one of `all`; the first is the one of the file as it is. */
  checksums?(migration: Migration, sha256: (text: string) => string, all: readonly Migration[]): readonly string[];
  /** A migration whose `keys` no row has is found by its checksum. */
  readonly findsByChecksum?: true;
  /** Another function may have made them: if none fits its file, they cannot be compared. */
  readonly unknownChecksums?: true;
  /** The table has one row with the newest version: an export replaces it. */
  readonly single?: true;
  /** The table of this name, and what comes with it, as the tool makes it: SQL that does nothing if it is there. */
  readonly made?: { readonly table: string; readonly sql: string };
  /** The row that the tool would have written; or a text that says why it is not known. */
  row(exported: Exported): RowValues | string;
}
