import { layoutComponent } from './component.ts';
import type { Layout, LayoutBox, LayoutLink, Point, Rect } from './types.ts';

export type { Layout, LayoutBox, LayoutLink, Point, Rect } from './types.ts';

const gap = 48;
const singleGap = 26;
/** Somewhat wider than high, as screens are. */
const shape = 1.6;

/** Places all boxes: connected groups first, the largest first, then the single boxes below them. */
export function layout(boxes: readonly LayoutBox[], links: readonly LayoutLink[]): Layout {
  const groups = groupsOf(boxes, links);
  const alone = groups.filter((group) => group.links.length === 0).flatMap((group) => group.boxes);
  const parts = groups
    .filter((group) => group.links.length > 0)
    .map((group) => layoutComponent(group.boxes, group.links))
    .toSorted((a, b) => b.width * b.height - a.width * a.height);
  const area =
    parts.reduce((sum, part) => sum + (part.width + gap) * (part.height + gap), 0) +
    alone.reduce((sum, box) => sum + (box.width + gap) * (box.height + gap), 0);
  const width = Math.max(Math.sqrt(area * shape), ...parts.map((part) => part.width));
  const placed = new Map<string, Rect>();
  const routes = new Map<LayoutLink, readonly Point[]>();
  const bottom = shelves(parts, width, (part, x, y) => {
    for (const [id, rect] of part.boxes) placed.set(id, { ...rect, x: rect.x + x, y: rect.y + y });
    for (const [link, points] of part.routes)
      routes.set(
        link,
        points.map((point) => ({ x: point.x + x, y: point.y + y })),
      );
  });
  const height = piles(alone, width, bottom, placed);
  const right = Math.max(
    0,
    ...[...placed.values()].map((rect) => rect.x + rect.width),
    ...[...routes.values()].flat().map((point) => point.x),
  );
  return { width: right, height, boxes: placed, routes };
}

interface Group {
  readonly boxes: readonly LayoutBox[];
  readonly links: readonly LayoutLink[];
}

/** The connected groups of boxes, in the order of their first box. */
function groupsOf(boxes: readonly LayoutBox[], links: readonly LayoutLink[]): readonly Group[] {
  const leader = new Map(boxes.map((box) => [box.id, box.id]));
  const find = (id: string): string => {
    let at = id;
    while (leader.get(at) !== at) at = leader.get(at)!;
    return at;
  };
  for (const { from, to } of links) leader.set(find(to.box), find(from.box));
  return [...new Set(boxes.map((box) => find(box.id)))].map((id) => ({
    boxes: boxes.filter((box) => find(box.id) === id),
    links: links.filter((link) => find(link.from.box) === id),
  }));
}

/** Places parts in rows. Returns the lower edge. */
function shelves(parts: readonly Layout[], width: number, put: (part: Layout, x: number, y: number) => void): number {
  let [x, y, height] = [0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > width) [x, y, height] = [0, y + height + gap, 0];
    put(part, x, y);
    x += part.width + gap;
    height = Math.max(height, part.height);
  }
  return y + height;
}

/** Places boxes in columns of one width, each in the shortest. Returns the lower edge. */
function piles(boxes: readonly LayoutBox[], width: number, top: number, placed: Map<string, Rect>): number {
  if (boxes.length === 0) return top;
  const wide = Math.max(...boxes.map((box) => box.width));
  const count = Math.min(boxes.length, Math.max(1, Math.floor((width + singleGap) / (wide + singleGap))));
  const start = top === 0 ? 0 : top + gap;
  const ends = Array.from({ length: count }, () => start);
  for (const box of boxes) {
    const pile = ends.indexOf(Math.min(...ends));
    placed.set(box.id, { x: pile * (wide + singleGap), y: ends[pile]!, width: wide, height: box.height });
    ends[pile] = ends[pile]! + box.height + singleGap;
  }
  return Math.max(...ends) - singleGap;
}
