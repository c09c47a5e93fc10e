/** Changes of a column by `db.rebuildTable`. Omitted properties stay unchanged. */
export interface ColumnChange {
  /** `INTEGER`, `VARCHAR(20)`; '' for none. */
  readonly type?: string;
  readonly notNull?: boolean;
  /** SQL, so a text needs quotes: `"'draft'"`. `null` removes it. */
  readonly default?: string | number | null;
  /** `NOCASE`; `null` removes it. */
  readonly collate?: string | null;
  /** A UNIQUE constraint of the column. */
  readonly unique?: boolean;
  /** An SQL expression over the old row, for the new value: `CAST(age AS INTEGER)`. Default: the old value. */
  readonly using?: string;
}

/** A foreign key's target and actions. */
export interface ForeignKeyOptions {
  readonly table: string;
  /** Default: the parent's primary key. */
  readonly columns?: string | readonly string[];
  readonly onDelete?: ForeignKeyAction;
  readonly onUpdate?: ForeignKeyAction;
  /** DEFERRABLE INITIALLY DEFERRED: checked at COMMIT only. Default false. */
  readonly deferred?: boolean;
  /** The constraint's name. */
  readonly name?: string;
}

export type ForeignKeyAction = 'cascade' | 'set null' | 'set default' | 'restrict' | 'no action';

/**
 * Collects the changes of a table; they run after the function passed to `db.rebuildTable` returns. Renames come first,
 * whatever their order, so all other calls use the new names. Expressions (`using`, `value`) are SQL over the old row,
 * dropped columns included, with the new names of renamed columns.
 */
export interface TableChanges {
  /** `definition` is what follows the name: `INTEGER NOT NULL DEFAULT 0`. `value` is for existing rows. */
  addColumn(name: string, definition: string, options?: { readonly value?: string }): TableChanges;
  /** A text replaces everything after the name; an object changes only its properties. */
  changeColumn(name: string, change: string | ColumnChange, options?: { readonly using?: string }): TableChanges;
  /** Deletes its values: the call declares that loss. */
  dropColumn(name: string): TableChanges;
  renameColumn(from: string, to: string): TableChanges;
  addCheck(expression: string, options?: { readonly name?: string }): TableChanges;
  addUnique(columns: string | readonly string[], options?: { readonly name?: string }): TableChanges;
  addForeignKey(columns: string | readonly string[], references: ForeignKeyOptions): TableChanges;
  /** Removes a constraint by its name. */
  dropConstraint(name: string): TableChanges;
  /** Removes the CHECK with this expression, wherever it stands; white space and case of keywords do not matter. */
  dropCheck(expression: string): TableChanges;
  /** Removes the UNIQUE constraint over exactly these columns. An index is dropped with DROP INDEX. */
  dropUnique(columns: string | readonly string[]): TableChanges;
  /** Removes the foreign key of exactly these columns. */
  dropForeignKey(columns: string | readonly string[]): TableChanges;
  /** Replaces the primary key, if there is one. */
  setPrimaryKey(
    columns: string | readonly string[],
    options?: { readonly autoincrement?: boolean; readonly name?: string },
  ): TableChanges;
  dropPrimaryKey(): TableChanges;
  /** STRICT, or with `false` no longer. */
  strict(on?: boolean): TableChanges;
  /** WITHOUT ROWID, or with `false` no longer. */
  withoutRowid(on?: boolean): TableChanges;
}

/** How a table was changed. */
export interface RebuildResult {
  /** `alter`: SQLite could do it in place. `rebuild`: the rows were copied into a new table. `none`: there was no change. */
  readonly method: 'alter' | 'rebuild' | 'none';
  /** How many rows were copied; 0 for `alter`. */
  readonly rows: number;
}
