import type { ObjectChange, SchemaModel, TableModel } from '../schema/index.ts';
import type { TableState } from './relations.ts';

/** The tables that a change of the schema is about, to be drawn. */
export interface ChangedTables {
  readonly model: SchemaModel;
  readonly changes: ReadonlyMap<string, TableState>;
}

/**
 * The tables that were made, changed or dropped, those that only an index or a trigger changed included, and, with their
 * key alone, those that their foreign keys refer to.
 */
export function changedTables(
  objects: readonly ObjectChange[],
  before: SchemaModel,
  after: SchemaModel,
): ChangedTables {
  const touched = new Set(objects.filter(({ type }) => type !== 'view').map(({ table }) => table));
  const made = new Set(
    objects.filter(({ kind, type }) => kind === 'added' && type === 'table').map(({ name }) => name),
  );
  const changes = new Map<string, TableState>();
  const tables: TableModel[] = [];
  for (const table of after.tables.filter(({ name }) => touched.has(name))) {
    tables.push(table);
    changes.set(table.name, made.has(table.name) ? 'new' : 'changed');
  }
  const present = new Set(after.tables.map(({ name }) => name));
  for (const table of before.tables.filter(({ name }) => touched.has(name) && !present.has(name))) {
    tables.push(table);
    changes.set(table.name, 'dropped');
  }
  const drawn = new Set(tables.map(({ name }) => name));
  const parents = new Set(tables.flatMap(({ foreignKeys }) => foreignKeys.map((key) => key.table)));
  const keys = tables.flatMap(({ foreignKeys }) => foreignKeys);
  const neighbours = after.tables
    .filter(({ name }) => parents.has(name) && !drawn.has(name))
    .map((table) => {
      const referred = new Set(keys.filter((key) => key.table === table.name).flatMap(({ references }) => references));
      const columns = table.columns.filter(({ name }) => table.primaryKey.includes(name) || referred.has(name));
      return { ...table, columns, foreignKeys: [] };
    });
  return { model: { tables: [...tables, ...neighbours], views: after.views, triggers: [] }, changes };
}
