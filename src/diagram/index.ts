import type { SchemaModel } from '../schema/index.ts';
import { dot } from './dot.ts';
import { json } from './json.ts';
import { mermaid } from './mermaid.ts';
import { svg } from './svg.ts';
import type { DiagramOptions } from './types.ts';

const writers: Readonly<
  Record<'mermaid' | 'dot' | 'svg' | 'json', (model: SchemaModel, options: DiagramOptions) => string>
> = { mermaid, dot, svg, json };

/** The schema as the text of a diagram, or as data. Pure: the same model gives the same text. */
export function renderDiagram(format: keyof typeof writers, model: SchemaModel, options: DiagramOptions): string {
  return writers[format](model, options);
}
