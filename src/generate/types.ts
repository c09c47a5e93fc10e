import type { Inventory, ObjectChange } from '../schema/index.ts';

/** A new name of a table, or of a column of it. */
export interface Rename {
  /** The table as it is called before. */
  readonly table: string;
  /** The column as it is called before; left out for the table itself. */
  readonly column?: string;
  readonly to: string;
}

/** A table, or a column of it, as it is called before. */
export interface Named {
  readonly table: string;
  readonly column?: string;
}

export interface GenerateRequest {
  /** The schema that the migrations make. */
  readonly from: Inventory;
  /** The schema that they should make. */
  readonly to: Inventory;
  readonly renames?: readonly Rename[];
  /** What is dropped, and not renamed; `all`: everything that could be either. */
  readonly distinct?: readonly Named[] | 'all';
  /** The SQL of values that the schemas do not tell, over the old row, by `table.column`. */
  readonly fills?: ReadonlyMap<string, string>;
  /** The same for the DOWN part. */
  readonly downFills?: ReadonlyMap<string, string>;
  /** The oldest SQLite that has to run the migration, such as `3.44`. Default: the one at hand. */
  readonly sqlite?: string | undefined;
}

/** Something that is gone, while something of its kind is new: renamed, or another? */
export interface Undecided extends Named {
  /** What it could be called now, the most similar first. */
  readonly candidates: readonly string[];
}

/** A value that the author has to give: `{value of users.email}` stands for it, which no SQLite accepts. */
export interface Placeholder {
  /** `users.email` */
  readonly key: string;
  readonly direction: 'up' | 'down';
  /** A value that the rows of the proof accept. */
  readonly sample: string;
}

export interface GeneratedMigration {
  /** SQL; empty if there is nothing to do, or something is undecided. */
  readonly up: string;
  /** SQL; empty as well then. */
  readonly down: string;
  /** What differs in effect, once what is renamed has its new name. */
  readonly changes: readonly ObjectChange[];
  readonly undecided: readonly Undecided[];
  readonly placeholders: readonly Placeholder[];
  /** What the UP part drops for good: `notes`, `users.email`. A line asks whether that is intended, and no SQLite accepts it. */
  readonly drops: readonly string[];
  /** The names in the line `-- dunlin: destructive`: what is dropped, in either part, and columns whose values change. */
  readonly losses: readonly string[];
  /** The tables with sample rows that the wanted schema refuses, and why: real ones may not fit either. */
  readonly refusing: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}
