import type { SchemaModel } from '../schema/index.ts';
import { boxesOf, type Box } from './boxes.ts';
import { drawBox, heightOf, rowMiddle, widthOf } from './draw-box.ts';
import { drawRelation } from './draw-relation.ts';
import { layout } from './layout/index.ts';
import type { LayoutLink } from './layout/types.ts';
import { relationsOf, type Relation } from './relations.ts';
import { style } from './style.ts';
import type { DiagramOptions } from './types.ts';

const margin = 24;
const legendHeight = 32;
const narrowest = 260;

/** A drawing, made without a browser or another program: parents to the left, children to the right. */
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

/** From the row that is referred to, to the row that refers. */
function linkOf(boxes: ReadonlyMap<string, Box>, relation: Relation, all: readonly Relation[]): LayoutLink {
  const { child, parent, key, optional } = relation;
  const from = { box: parent, y: rowMiddle(boxes.get(parent)!, key.references[0]) };
  const to = { box: child, y: rowMiddle(boxes.get(child)!, key.columns[0]) };
  // Lines from one row begin at one sign; where two signs are needed, they stand one above the other.
  const mixed = all.some(
    (other) => other.optional !== optional && other.parent === parent && other.key.references[0] === key.references[0],
  );
  return { from: mixed ? { ...from, y: from.y + (optional ? 5 : -5) } : from, to };
}
