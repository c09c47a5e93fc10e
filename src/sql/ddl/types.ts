/** A part of a text, as offsets: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An unquoted name with its position. */
export interface NameSpan extends Span {
  readonly name: string;
}

/** The target of a foreign key. */
export interface ReferenceText {
  readonly table: NameSpan;
  /** Empty: the primary key of the parent. */
  readonly columns: readonly NameSpan[];
}

/** A constraint of a column or of the table, from its CONSTRAINT (if it is named) to its last word. */
export interface ConstraintText extends Span {
  readonly kind:
    | 'primary-key'
    | 'unique'
    | 'not-null'
    | 'null' //        NULL, which has no effect
    | 'check'
    | 'default'
    | 'collate'
    | 'foreign-key'
    | 'generated'
    | 'deferrable' //  [NOT] DEFERRABLE apart from its REFERENCES
    | 'name'; //       CONSTRAINT x without a constraint, which SQLite accepts
  /** The last CONSTRAINT name before it. */
  readonly name: string | undefined;
  /** The columns that a constraint of the table names; of PRIMARY KEY and UNIQUE those that are plain names. */
  readonly columns: readonly NameSpan[];
  /** The inside of the parentheses of CHECK and GENERATED; of DEFAULT the value, its parentheses included; COLLATE's name. */
  readonly expression: Span | undefined;
  readonly references: ReferenceText | undefined;
  /** PRIMARY KEY ... AUTOINCREMENT. */
  readonly autoincrement: boolean;
  /** GENERATED ... STORED. */
  readonly stored: boolean;
}

/** A column, from its name to the last word of its last constraint. */
export interface ColumnText extends Span {
  readonly name: NameSpan;
  readonly type: Span | undefined;
  readonly constraints: readonly ConstraintText[];
}

/** A constraint with the names of its columns, and the column that it is written at. */
export interface OwnedConstraint {
  readonly constraint: ConstraintText;
  readonly column?: ColumnText;
  readonly columns: readonly string[];
}

export interface TableOptionText extends Span {
  readonly kind: 'strict' | 'without-rowid' | 'other';
}

/** A CREATE TABLE with the positions of its parts. Commas, comments and white space belong to no part. */
export interface TableText {
  readonly sql: string;
  /** The schema's name too, if it is written. */
  readonly name: NameSpan;
  /** The text between the parentheses. */
  readonly body: Span;
  readonly columns: readonly ColumnText[];
  readonly constraints: readonly ConstraintText[];
  readonly options: readonly TableOptionText[];
}

export function textOf(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}
