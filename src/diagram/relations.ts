import type { ColumnModel, ForeignKeyModel, SchemaModel, TableModel, ViewModel } from '../schema/index.ts';

export interface DiagramOptions {
  readonly views: boolean;
  /** What became of tables, by name, where the diagram shows a change. */
  readonly changes?: ReadonlyMap<string, TableState>;
}

/** What a change did to a table. */
export type TableState = 'new' | 'changed' | 'dropped';

/** A foreign key as a line between two boxes. */
export interface Relation {
  readonly child: string;
  readonly parent: string;
  readonly key: ForeignKeyModel;
  /** Whether a child may have no parent, because a column of the key may be NULL. */
  readonly optional: boolean;
  /** Whether a parent has at most one child, because the key is unique. */
  readonly single: boolean;
}

/** Every relation, by child and in the order of its text. */
export function relationsOf({ tables }: Pick<SchemaModel, 'tables'>): readonly Relation[] {
  return tables.flatMap((table) =>
    table.foreignKeys.map((key) => ({
      child: table.name,
      parent: key.table,
      key,
      optional: key.columns.some((name) => table.columns.find((column) => column.name === name)?.notNull !== true),
      single: uniqueSets(table).some((columns) => columns.every((column) => key.columns.includes(column))),
    })),
  );
}

/** The views to show: all, or those to which a foreign key refers, which no row can satisfy. */
export function viewsOf(model: SchemaModel, options: DiagramOptions): readonly ViewModel[] {
  if (options.views) return model.views;
  const parents = new Set(relationsOf(model).map(({ parent }) => parent));
  return model.views.filter(({ name }) => parents.has(name));
}

/** Missing parents: SQLite accepts a foreign key to a table that does not exist. */
export function missingParents(model: SchemaModel): readonly string[] {
  const names = new Set([...model.tables, ...model.views].map(({ name }) => name));
  return [...new Set(relationsOf(model).map(({ parent }) => parent))].filter((name) => !names.has(name)).sort();
}

/** The columns to show, without the hidden ones of full-text tables. */
export function columnsOf(table: TableModel): readonly ColumnModel[] {
  return table.columns.filter((column) => !column.hidden);
}

/** Whether a column alone is unique, its primary key aside. */
function isUnique(table: TableModel, column: string): boolean {
  return table.indexes.some(
    (index) => index.unique && !index.partial && index.columns.length === 1 && index.columns[0] === column,
  );
}

export function marksOf(table: TableModel, column: string): readonly ('PK' | 'FK' | 'UK')[] {
  return [
    ...(table.primaryKey.includes(column) ? (['PK'] as const) : []),
    ...(table.foreignKeys.some((key) => key.columns.includes(column)) ? (['FK'] as const) : []),
    ...(isUnique(table, column) ? (['UK'] as const) : []),
  ];
}

/** The unique sets of columns. An index with an expression or a WHERE is not unique for all rows. */
function uniqueSets(table: TableModel): readonly (readonly string[])[] {
  const indexes = table.indexes.flatMap(({ unique, partial, columns }) => {
    const named = columns.filter((column) => column !== null);
    return unique && !partial && named.length === columns.length ? [named] : [];
  });
  return table.primaryKey.length > 0 ? [table.primaryKey, ...indexes] : indexes;
}
