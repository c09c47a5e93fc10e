import type { Box, BoxRow } from './boxes.ts';
import { escapeXml, fitted, textWidth } from './svg-text.ts';
import type { Rect } from './layout/types.ts';

const headHeight = 30;
const rowHeight = 22;
const below = 5;
const padding = 12;
const markWidth = 22;
const longest = 44;

export function heightOf(box: Box): number {
  return headHeight + (box.rows.length === 0 ? 0 : box.rows.length * rowHeight + 2 * below - 2);
}

export function widthOf(box: Box): number {
  const head = textWidth(fitted(box.name, longest), 13) + (box.tag === undefined ? 0 : 16 + textWidth(box.tag, 10));
  const rows = box.rows.map(
    (row) => textWidth(fitted(row.name, longest), 12) + 24 + textWidth(fitted(row.type, longest), 11),
  );
  return Math.ceil(Math.max(110, head, marksWidth(box) + 14 + Math.max(0, ...rows)) + 2 * padding);
}

/** The vertical middle of a column's row, or of the heading if there is no such row. */
export function rowMiddle(box: Box, column: string | undefined): number {
  const row = box.rows.findIndex(({ name }) => name === column);
  return row === -1 ? headHeight / 2 : headHeight + below + row * rowHeight + rowHeight / 2 - 1;
}

export function drawBox(box: Box, { x, y, width, height }: Rect): string {
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
