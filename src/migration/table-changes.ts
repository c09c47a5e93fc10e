/** What `db.rebuildTable` may change of a column. What is not given stays as it is. */
export interface ColumnChange {
  /** `INTEGER`, `VARCHAR(20)`; '' for none. */
  readonly type?: string;
  readonly notNull?: boolean;
  /** SQL, so a text has quotes of its own: `"'draft'"`. `null` removes it. */
  readonly default?: string | number | null;
  /** `NOCASE`; `null` removes it. */
  readonly collate?: string | null;
  /** UNIQUE at the column itself. */
  readonly unique?: boolean;
  /** SQL over the row as it was, for the column's new value: `CAST(age AS INTEGER)`. Default: the old value. */
  readonly using?: string;
}

/** What a foreign key says besides its columns. */
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
 * Collects what is to change of a table; nothing happens before the function given to `db.rebuildTable` returns.
 * Renames come first, whatever their place: all other calls name columns as they are called afterwards. Expressions
 * (`using`, `value`) are SQL over the row as it was, dropped columns included; a renamed one has its new name there too.
 */
export interface TableChanges {
  /** `definition` is what follows the name: `INTEGER NOT NULL DEFAULT 0`. `value` fills it in the rows there are. */
  addColumn(name: string, definition: string, options?: { readonly value?: string }): TableChanges;
  /** A text replaces all that follows the name; an object changes only what it names. */
  changeColumn(name: string, change: string | ColumnChange, options?: { readonly using?: string }): TableChanges;
  /** Its values go: this is the declaration of that loss. */
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
  /** `alter`: SQLite could do it in place. `rebuild`: the rows were copied into a new table. `none`: no change asked for. */
  readonly method: 'alter' | 'rebuild' | 'none';
  /** How many rows were copied; 0 for `alter`. */
  readonly rows: number;
}
