import { inMain } from '../sql/index.ts';

/**
 * One of Dunlin's own tables, in the database itself: without the schema a temporary table of the same name, made by
 * the application on its connection, would be meant.
 */
export function own(table: string): string {
  return inMain(table);
}
