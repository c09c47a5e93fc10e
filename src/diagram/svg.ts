import type { SchemaModel } from '../schema/index.ts';
import { boxesOf, type Box, type BoxRow } from './boxes.ts';
import { layout } from './layout/index.ts';
import type { LayoutLink, Rect, Point } from './layout/types.ts';
import { relationsOf, type Relation, type DiagramOptions } from './relations.ts';
import { escapeXml, fitted, textWidth } from './svg-text.ts';

/** Colours for light and dark backgrounds; the viewer's setting decides. */
const style = `
svg { color-scheme: light dark; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.page { fill: #ffffff; }
.body { fill: #ffffff; stroke: #c9d1dc; }
.head { fill: #e8eef7; }
.view .head, .virtual .head { fill: #eef3ec; }
.missing .head, .dropped .head { fill: #fbeaea; }
.new .head { fill: #dff3e4; }
.changed .head { fill: #fdf0d5; }
.dropped .name { text-decoration: line-through; }
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
  .missing .head, .dropped .head { fill: #43282b; }
  .new .head { fill: #1d3a2a; }
  .changed .head { fill: #40351c; }
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

const headHeight = 30;
const rowHeight = 22;
const below = 5;
const padding = 12;
const markWidth = 22;
const longest = 44;

function heightOf(box: Box): number {
  return headHeight + (box.rows.length === 0 ? 0 : box.rows.length * rowHeight + 2 * below - 2);
}

function widthOf(box: Box): number {
  const head = textWidth(fitted(box.name, longest), 13) + (box.tag === undefined ? 0 : 16 + textWidth(box.tag, 10));
  const rows = box.rows.map(
    (row) => textWidth(fitted(row.name, longest), 12) + 24 + textWidth(fitted(row.type, longest), 11),
  );
  return Math.ceil(Math.max(110, head, marksWidth(box) + 14 + Math.max(0, ...rows)) + 2 * padding);
}

/** The vertical middle of a column's row, or of the heading if there is no such row. */
function rowMiddle(box: Box, column: string | undefined): number {
  const row = box.rows.findIndex(({ name }) => name === column);
  return row === -1 ? headHeight / 2 : headHeight + below + row * rowHeight + rowHeight / 2 - 1;
}

function drawBox(box: Box, { x, y, width, height }: Rect): string {
  const tag = box.tag === undefined ? '' : `<text class="tag" x="${width - padding}" y="19.5">${box.tag}</text>`;
  const rows = box.rows.map((row) => drawRow(box, row, width));
  return [
    `<g class="box${box.tag === undefined ? '' : ` ${box.tag}`}" transform="translate(${x} ${y})">`,
    `<rect class="body" width="${width}" height="${height}" rx="6"/>`,
    `<path class="head" d="${headShape(width, box.rows.length === 0)}"/>`,
    `<text class="name" x="${padding}" y="19.5">${escapeXml(fitted(box.name, longest))}</text>${tag}`,
    ...rows,
    '</g>',
  ].join('\n');
}

function headShape(width: number, whole: boolean): string {
  const [w, h] = [width - 1, headHeight];
  return whole
    ? `M6.5 .5H${w - 5.5}a5.5 5.5 0 0 1 5.5 5.5V${h - 6}a5.5 5.5 0 0 1 -5.5 5.5H6a5.5 5.5 0 0 1 -5.5 -5.5V6a5.5 5.5 0 0 1 5.5 -5.5z`
    : `M.5 ${h}V6a5.5 5.5 0 0 1 5.5 -5.5H${w - 5.5}a5.5 5.5 0 0 1 5.5 5.5V${h}z`;
}

function drawRow(box: Box, row: BoxRow, width: number): string {
  const middle = rowMiddle(box, row.name);
  const marks = row.marks.map(
    (mark, i) =>
      `<text class="mark ${mark.toLowerCase()}" x="${padding + i * markWidth}" y="${middle + 3.5}">${mark}</text>`,
  );
  const left = padding + marksWidth(box);
  const dot =
    row.notNull === undefined
      ? ''
      : `<circle class="${row.notNull ? 'full' : 'empty'}" cx="${left + 3}" cy="${middle}" r="2.6"/>`;
  const name = `<text class="column" x="${left + 14}" y="${middle + 4}">${escapeXml(fitted(row.name, longest))}</text>`;
  const type = `<text class="type" x="${width - padding}" y="${middle + 4}">${escapeXml(fitted(row.type, longest))}</text>`;
  return `${marks.join('')}${dot}${name}${type}`;
}

function marksWidth(box: Box): number {
  return Math.max(0, ...box.rows.map((row) => row.marks.length)) * markWidth;
}

const radius = 6;

/** A line with crow's feet: at the child "none or many" or "none or one", at the parent "one" or "none or one". */
function drawRelation({ child, parent, key, optional, single }: Relation, points: readonly Point[]): string {
  const corners = simplified(points);
  const [start, second] = corners as [Point, Point];
  const [end, last] = corners.toReversed() as [Point, Point];
  const actions = [
    key.onDelete === 'NO ACTION' ? '' : `, on delete ${key.onDelete.toLowerCase()}`,
    key.onUpdate === 'NO ACTION' ? '' : `, on update ${key.onUpdate.toLowerCase()}`,
  ].join('');
  const title = `${child} (${key.columns.join(', ')}) → ${parent} (${key.references.join(', ')})${actions}`;
  return [
    `<g class="relation"><title>${escapeXml(title)}</title>`,
    `<path d="${path(corners)}"/>`,
    parentEnd(start, Math.sign(second.x - start.x), optional),
    childEnd(end, Math.sign(last.x - end.x), single),
    '</g>',
  ].join('');
}

function parentEnd({ x, y }: Point, side: number, optional: boolean): string {
  const bar = `<path d="M${x + 8 * side} ${y - 5}v10"/>`;
  return optional
    ? `${bar}<circle cx="${x + 15 * side}" cy="${y}" r="4"/>`
    : `${bar}<path d="M${x + 13 * side} ${y - 5}v10"/>`;
}

function childEnd({ x, y }: Point, side: number, single: boolean): string {
  return single
    ? `<path d="M${x + 8 * side} ${y - 5}v10"/><circle cx="${x + 15 * side}" cy="${y}" r="4"/>`
    : `<path d="M${x} ${y - 6}L${x + 12 * side} ${y}L${x} ${y + 6}"/><circle cx="${x + 16 * side}" cy="${y}" r="4"/>`;
}

/** Removes equal points and points in the middle of a straight segment. */
function simplified(points: readonly Point[]): readonly Point[] {
  const apart = points.filter(({ x, y }, i) => i === 0 || x !== points[i - 1]!.x || y !== points[i - 1]!.y);
  return apart.filter(({ x, y }, i) => {
    const [before, after] = [apart[i - 1], apart[i + 1]];
    if (before === undefined || after === undefined) return true;
    return !(before.x === x && x === after.x) && !(before.y === y && y === after.y);
  });
}

/** A path through the points with round corners. */
function path(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  let text = `M${first.x} ${first.y}`;
  let at = first;
  for (const [i, corner] of rest.entries()) {
    const next = rest[i + 1];
    if (next === undefined) return `${text}L${corner.x} ${corner.y}`;
    const round = Math.min(radius, distance(at, corner) / 2, distance(corner, next) / 2);
    const [from, to] = [towards(corner, at, round), towards(corner, next, round)];
    text += `L${from.x} ${from.y}Q${corner.x} ${corner.y} ${to.x} ${to.y}`;
    at = corner;
  }
  return text;
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  return { x: from.x + Math.sign(to.x - from.x) * by, y: from.y + Math.sign(to.y - from.y) * by };
}
