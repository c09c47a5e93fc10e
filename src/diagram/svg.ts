import type { SchemaModel } from '../schema/index.ts';
import { boxesOf, type Box } from './boxes.ts';
import { drawBox, heightOf, rowMiddle, widthOf } from './draw-box.ts';
import { drawRelation } from './draw-relation.ts';
import { layout } from './layout/index.ts';
import type { LayoutLink } from './layout/types.ts';
import { relationsOf, type Relation } from './relations.ts';
import type { DiagramOptions } from './types.ts';

/** Colours for light and dark backgrounds; the viewer's setting decides. */
const style = `
svg { color-scheme: light dark; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.page { fill: #ffffff; }
.body { fill: #ffffff; stroke: #c9d1dc; }
.head { fill: #e8eef7; }
.view .head, .virtual .head { fill: #eef3ec; }
.missing .head { fill: #fbeaea; }
.view .body, .virtual .body, .missing .body { stroke-dasharray: 4 3; }
.name { font-size: 13px; font-weight: 600; fill: #1c2733; }
.column { font-size: 12px; fill: #1c2733; }
.type, .tag { font-size: 11px; fill: #6b7888; text-anchor: end; }
.tag { font-size: 10px; }
.mark { font-size: 9.5px; font-weight: 700; }
.pk { fill: #a15c00; }
.fk { fill: #1f62b5; }
.uk { fill: #7b3fa8; }
.full { fill: #4a5767; stroke: #4a5767; }
.empty { fill: none; stroke: #9aa6b4; }
.relation path { fill: none; stroke: #7f8ea0; stroke-width: 1.2; }
.relation circle { fill: #ffffff; stroke: #7f8ea0; stroke-width: 1.2; }
.relation:hover path, .relation:hover circle { stroke: #1f62b5; stroke-width: 2; }
.legend { font-size: 11px; fill: #6b7888; }
@media (prefers-color-scheme: dark) {
  .page { fill: #12171e; }
  .body { fill: #1a212b; stroke: #3a4655; }
  .head { fill: #263446; }
  .view .head, .virtual .head { fill: #26362f; }
  .missing .head { fill: #43282b; }
  .name, .column { fill: #e3e9f0; }
  .type, .tag, .legend { fill: #93a1b1; }
  .pk { fill: #e8a94a; }
  .fk { fill: #73b0f7; }
  .uk { fill: #c797ec; }
  .full { fill: #b4c0cd; stroke: #b4c0cd; }
  .empty { stroke: #64717f; }
  .relation path { stroke: #7d8b9b; }
  .relation circle { fill: #12171e; stroke: #7d8b9b; }
  .relation:hover path, .relation:hover circle { stroke: #73b0f7; }
}
`;

const margin = 24;
const legendHeight = 32;
const narrowest = 260;

/** An SVG drawing with parents on the left and children on the right. */
export function svg(model: SchemaModel, options: DiagramOptions): string {
  const boxes = boxesOf(model, options);
  const byName = new Map(boxes.map((box) => [box.name, box]));
  const all = relationsOf(model);
  const relations = all.map((relation) => ({ relation, link: linkOf(byName, relation, all) }));
  const placed = layout(
    boxes.map((box) => ({ id: box.name, width: widthOf(box), height: heightOf(box) })),
    relations.map(({ link }) => link),
  );
  const width = Math.ceil(Math.max(placed.width, narrowest)) + 2 * margin;
  const height = Math.ceil(placed.height) + legendHeight + 2 * margin;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-margin} ${-margin} ${width} ${height}" role="img">`,
    '<!-- written by `dunlin dump` -->',
    '<title>Database schema</title>',
    `<style>${style}</style>`,
    `<rect class="page" x="${-margin}" y="${-margin}" width="${width}" height="${height}"/>`,
    ...relations.map(({ relation, link }) => drawRelation(relation, placed.routes.get(link)!)),
    ...boxes.map((box) => drawBox(box, placed.boxes.get(box.name)!)),
    `<g class="legend" transform="translate(0 ${Math.ceil(placed.height) + legendHeight})">`,
    '<circle class="full" cx="3" cy="-4" r="2.6"/><text x="12">not null</text>',
    '<circle class="empty" cx="93" cy="-4" r="2.6"/><text x="102">may be null</text>',
    '</g>',
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** From the row of the parent to that of the child. */
function linkOf(boxes: ReadonlyMap<string, Box>, relation: Relation, all: readonly Relation[]): LayoutLink {
  const { child, parent, key, optional } = relation;
  const from = { box: parent, y: rowMiddle(boxes.get(parent)!, key.references[0]) };
  const to = { box: child, y: rowMiddle(boxes.get(child)!, key.columns[0]) };
  // Lines from one row share a symbol. Two different symbols are drawn one above the other.
  const mixed = all.some(
    (other) => other.optional !== optional && other.parent === parent && other.key.references[0] === key.references[0],
  );
  return { from: mixed ? { ...from, y: from.y + (optional ? 5 : -5) } : from, to };
}
