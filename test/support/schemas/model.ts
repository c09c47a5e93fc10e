import type { Chance } from './chance.ts';
import { joined, spelled } from './words.ts';

// A schema as data. Texts name columns and tables by reference, so that a renamed column is renamed everywhere.

/** A stretch of SQL: tokens, and in the place of names what they name. */
export type Text = readonly (string | ColumnModel | TableModel | ViewModel)[];

export interface ConstraintModel {
  readonly kind:
    | 'primary-key'
    | 'unique'
    | 'not-null'
    | 'null'
    | 'check'
    | 'default'
    | 'collate'
    | 'foreign-key'
    | 'generated';
  readonly name: string | undefined;
  readonly text: Text;
  /** The columns of a key, for those who look for it. */
  readonly columns: readonly ColumnModel[];
}

export interface ColumnModel {
  readonly is: 'column';
  name: string;
  type: string | undefined;
  constraints: ConstraintModel[];
}

export interface TableModel {
  readonly is: 'table';
  readonly name: string;
  columns: ColumnModel[];
  constraints: ConstraintModel[];
  strict: boolean;
  withoutRowid: boolean;
}

export interface ViewModel {
  readonly is: 'view';
  readonly name: string;
  /** Names of its columns that do not change with those of tables. */
  readonly aliases: readonly string[];
}

/** An index, a view, a trigger or a virtual table. */
export interface ObjectModel {
  readonly type: 'index' | 'view' | 'trigger' | 'virtual';
  readonly name: string;
  readonly text: Text;
  /** Columns whose names it knows by itself: SQLite does not rename them in it. */
  readonly pinned: readonly ColumnModel[];
}

export interface ForeignKeyModel {
  readonly child: TableModel;
  readonly columns: readonly ColumnModel[];
  readonly parent: TableModel;
  readonly parents: readonly ColumnModel[];
}

export interface SchemaModel {
  readonly tables: TableModel[];
  objects: ObjectModel[];
}

/** How a text is written: odd, with every spelling and white space, or plain. */
export type Writer = (text: Text) => string;

export function oddly(chance: Chance): Writer {
  return (text) =>
    joined(
      chance,
      text.map((piece) => (typeof piece === 'string' ? piece : spelled(chance, piece.name, false))),
    );
}

export const plainly: Writer = (text) =>
  text.map((piece) => (typeof piece === 'string' ? piece : `"${piece.name.replaceAll('"', '""')}"`)).join(' ');

function constraintText({ name, text }: ConstraintModel): Text {
  return name === undefined ? text : ['CONSTRAINT', `"${name.replaceAll('"', '""')}"`, ...text];
}

function columnText(column: ColumnModel): Text {
  return [column, ...(column.type === undefined ? [] : [column.type]), ...column.constraints.flatMap(constraintText)];
}

export function tableText(table: TableModel): Text {
  const parts = [...table.columns.map(columnText), ...table.constraints.map(constraintText)];
  return [
    'CREATE',
    'TABLE',
    table,
    '(',
    ...listed(parts),
    ')',
    ...listed([...(table.strict ? [['STRICT']] : []), ...(table.withoutRowid ? [['WITHOUT', 'ROWID']] : [])]),
  ];
}

/** With commas between. */
export function listed(parts: readonly Text[]): Text {
  return parts.flatMap((part, i) => (i === 0 ? part : [',', ...part]));
}

/** Whether anything but the column's own definition names it, or does not follow when it is renamed. */
export function mentions(schema: SchemaModel, column: ColumnModel): { named: boolean; pinned: boolean } {
  const texts = [
    ...schema.objects.map((object) => object.text),
    ...schema.tables.flatMap((table) => [
      ...table.constraints.map((one) => one.text),
      ...table.columns.flatMap((other) => (other === column ? [] : other.constraints.map((one) => one.text))),
    ]),
  ];
  return {
    named: texts.some((text) => text.includes(column)),
    pinned: schema.objects.some((object) => object.pinned.includes(column)),
  };
}

/** The constraints of a kind, of the table and of its columns. */
export function constraintsOf(
  table: TableModel,
  kind: ConstraintModel['kind'],
): { constraint: ConstraintModel; column: ColumnModel | undefined }[] {
  return [
    ...table.columns.flatMap((column) => column.constraints.map((constraint) => ({ constraint, column }))),
    ...table.constraints.map((constraint) => ({ constraint, column: undefined })),
  ].filter(({ constraint }) => constraint.kind === kind);
}

export function isGenerated(column: ColumnModel): boolean {
  return column.constraints.some(({ kind }) => kind === 'generated');
}

export function primaryKey(table: TableModel): readonly ColumnModel[] {
  return constraintsOf(table, 'primary-key')[0]?.constraint.columns ?? [];
}

/** The column that is the rowid by another name: INTEGER PRIMARY KEY, but not INTEGER PRIMARY KEY DESC. */
export function rowidColumn(table: TableModel): ColumnModel | undefined {
  const [found] = constraintsOf(table, 'primary-key');
  const [column, second] = found?.constraint.columns ?? [];
  if (table.withoutRowid || column === undefined || second !== undefined) return undefined;
  // Behind a column only: on the table DESC does no harm (sqlite.org/lang_createtable.html, section 5).
  const descending = found!.column !== undefined && found!.constraint.text.includes('DESC');
  return column.type?.toLowerCase() === 'integer' && !descending ? column : undefined;
}

/** A name of the rowid that no column has. */
export function rowidName(table: TableModel): string | undefined {
  if (table.withoutRowid) return undefined;
  return ['rowid', '_rowid_', 'oid'].find((alias) => !table.columns.some(({ name }) => name.toLowerCase() === alias));
}
