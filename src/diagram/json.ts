import type { SchemaModel } from '../schema/index.ts';

/** The model, as docs/reference/schema-json.md documents it. */
export function json({ tables, views, triggers }: SchemaModel): string {
  return `${JSON.stringify({ writtenBy: 'dunlin dump', tables, views, triggers }, undefined, 2)}\n`;
}
