/** A schema as data, for diagrams and other programs. Everything has a fixed order: by name, or as in the text. */
export interface SchemaModel {
  readonly tables: readonly TableModel[];
  readonly views: readonly ViewModel[];
  readonly triggers: readonly TriggerModel[];
}

export interface TableModel {
  readonly name: string;
  readonly virtual: boolean;
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly autoincrement: boolean;
  readonly columns: readonly ColumnModel[];
  /** The columns of the primary key, in its order; none if there is no key. */
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKeyModel[];
  /** Includes the indexes of UNIQUE constraints, excludes that of the primary key. */
  readonly indexes: readonly IndexModel[];
  /** The statement as SQLite stores it. */
  readonly sql: string;
}

export interface ColumnModel {
  readonly name: string;
  /** As declared; empty if there is none. */
  readonly type: string;
  /** True also for a rowid alias, which is never NULL. */
  readonly notNull: boolean;
  /** The SQL of the default; null for none. */
  readonly default: string | null;
  readonly generated: 'stored' | 'virtual' | null;
  /** Hidden columns of virtual tables, such as a full-text table's own name. */
  readonly hidden: boolean;
}

export interface ForeignKeyModel {
  readonly columns: readonly string[];
  /** The parent as its CREATE TABLE spells it; as the foreign key spells it if the parent is missing. */
  readonly table: string;
  /** The parent's columns; empty if the parent or its primary key is missing. */
  readonly references: readonly string[];
  readonly onUpdate: string;
  readonly onDelete: string;
}

export interface IndexModel {
  readonly name: string;
  readonly unique: boolean;
  /** Whether the index has a WHERE. */
  readonly partial: boolean;
  /** Null for an expression. */
  readonly columns: readonly (string | null)[];
  /** The statement as SQLite stores it; null for a UNIQUE constraint. */
  readonly sql: string | null;
}

export interface ViewModel {
  readonly name: string;
  /** Null for a view that SQLite cannot compile. */
  readonly columns: readonly Pick<ColumnModel, 'name' | 'type'>[] | null;
  readonly sql: string;
}

export interface TriggerModel {
  readonly name: string;
  /** The table or view it is on. */
  readonly table: string;
  readonly sql: string;
}
