import { columnsOf } from './columns.ts';
import { yPositionsOf } from './y-positions.ts';
import { layersOf } from './layers.ts';
import { orderColumns } from './order.ts';
import { bundleKey, channelOf } from './tracks.ts';
import type { Layout, LayoutBox, LayoutLink, Point, Rect } from './types.ts';

/** How far a line from a box to itself extends. */
const loop = 26;

/** Places a connected group in columns from left to right, with horizontal and vertical segments. */
export function layoutComponent(boxes: readonly LayoutBox[], links: readonly LayoutLink[]): Layout {
  const structure = columnsOf(boxes, links, layersOf(boxes, links));
  orderColumns(structure);
  const y = yPositionsOf(structure);
  const channels = structure.channels.map((segments) => channelOf(segments, y));
  const rects = new Map<string, Rect>();
  const edges: { readonly left: number; readonly right: number }[] = [];
  let x = 0;
  for (const [i, items] of structure.columns.entries()) {
    // Boxes of a column have one width, so that their lines start at one edge.
    const width = Math.max(...items.map((item) => item.box?.width ?? 0));
    for (const item of items)
      if (item.box !== undefined) rects.set(item.box.id, { x, y: y.get(item)!, width, height: item.height });
    edges.push({ left: x, right: x + width });
    x += width + (channels[i]?.width ?? 0);
  }
  const routes = new Map<LayoutLink, readonly Point[]>();
  for (const [link, { segments, reversed }] of structure.paths) {
    const points: Point[] = [];
    const first = structure.channels.findIndex((channel) => channel.includes(segments[0]!));
    for (const [i, segment] of segments.entries()) {
      const start = y.get(segment.left)! + segment.leftY;
      const end = y.get(segment.right)! + segment.rightY;
      const column = first + i;
      const turn = edges[column]!.right + channels[column]!.tracks.get(bundleKey(segment))!;
      points.push({ x: edges[column]!.right, y: start }, { x: turn, y: start }, { x: turn, y: end });
      points.push({ x: edges[column + 1]!.left, y: end });
    }
    routes.set(link, reversed ? points.toReversed() : points);
  }
  for (const link of links) if (link.from.box === link.to.box) routes.set(link, loopOf(link, rects.get(link.to.box)!));
  const looped = links.some((link) => link.from.box === link.to.box) ? loop : 0;
  const bottom = Math.max(...[...y].map(([item, top]) => top + item.height));
  return { width: x + looped, height: bottom, boxes: rects, routes };
}

/** A line that leaves and enters its box on the right. */
function loopOf({ from, to }: LayoutLink, { x, y, width }: Rect): readonly Point[] {
  const right = x + width;
  // A reference of a column to itself needs some height to be visible.
  const end = to.y === from.y ? to.y + 8 : to.y;
  return [
    { x: right, y: y + from.y },
    { x: right + loop, y: y + from.y },
    { x: right + loop, y: y + end },
    { x: right, y: y + end },
  ];
}
