import type { SchemaModel } from '../schema/index.ts';
import { dot } from './dot.ts';
import { mermaid } from './mermaid.ts';
import { svg } from './svg.ts';
import type { DiagramOptions } from './relations.ts';

const writers: Readonly<
  Record<'mermaid' | 'dot' | 'svg' | 'json', (model: SchemaModel, options: DiagramOptions) => string>
> = { mermaid, dot, svg, json };

export { changedTables, type ChangedTables } from './changed-tables.ts';

/** The model, as docs/reference/schema-json.md documents it. */
function json({ tables, views, triggers }: SchemaModel): string {
  return `${JSON.stringify({ writtenBy: 'dunlin dump', tables, views, triggers }, undefined, 2)}\n`;
}

/** The schema as the text of a diagram, or as data. Pure: the same model gives the same text. */
export function renderDiagram(format: keyof typeof writers, model: SchemaModel, options: DiagramOptions): string {
  return writers[format](model, options);
}
