import type { SchemaModel } from '../schema/index.ts';
import { columnsOf, marksOf, missingParents, viewsOf, type DiagramOptions, type TableState } from './relations.ts';

/** A table, a view, or a missing table to which foreign keys refer. */
export interface Box {
  readonly name: string;
  /** The kind of anything but a table, or what became of a table. */
  readonly tag: 'view' | 'virtual' | 'missing' | TableState | undefined;
  readonly rows: readonly BoxRow[];
}

export interface BoxRow {
  readonly marks: readonly ('PK' | 'FK' | 'UK')[];
  readonly name: string;
  readonly type: string;
  /** Undefined if it is unknown. */
  readonly notNull: boolean | undefined;
}

export function boxesOf(model: SchemaModel, options: DiagramOptions): readonly Box[] {
  const tables = model.tables.map((table): Box => ({
    name: table.name,
    tag: options.changes?.get(table.name) ?? (table.virtual ? 'virtual' : undefined),
    rows: columnsOf(table).map((column) => ({
      marks: marksOf(table, column.name),
      name: column.name,
      type: column.type,
      notNull: table.virtual ? undefined : column.notNull,
    })),
  }));
  const views = viewsOf(model, options).map(({ name, columns }): Box => ({
    name,
    tag: 'view',
    rows: (columns ?? []).map((column) => ({ marks: [], name: column.name, type: column.type, notNull: undefined })),
  }));
  const missing = missingParents(model).map((name): Box => ({ name, tag: 'missing', rows: [] }));
  return [...tables, ...views, ...missing].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
