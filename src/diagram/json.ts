import type { SchemaModel } from '../schema/index.ts';

/** The model as it is: docs/reference/schema-json.md is its contract. */
export function json({ tables, views, triggers }: SchemaModel): string {
  return `${JSON.stringify({ writtenBy: 'dunlin dump', tables, views, triggers }, undefined, 2)}\n`;
}
