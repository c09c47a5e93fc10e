import type { LayoutBox, LayoutLink } from './types.ts';

/** Space below and beside a box, to estimate the area before the layout. */
const margin = 30;
const channel = 90;

/**
 * Assigns each box to a column to the right of all its sources. Links that close a cycle are reversed. A column much
 * higher than the drawing is wide is split.
 */
export function layersOf(boxes: readonly LayoutBox[], links: readonly LayoutLink[]): ReadonlyMap<string, number> {
  const targets = new Map<string, Set<string>>(boxes.map((box) => [box.id, new Set()]));
  for (const { from, to } of links) if (from.box !== to.box) targets.get(from.box)!.add(to.box);
  const order = withoutCycles(boxes, targets);
  const depth = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  for (const id of order)
    for (const target of targets.get(id)!) depth.set(target, Math.max(depth.get(target)!, depth.get(id)! + 1));
  // A box without sources stands next to its targets.
  const reached = new Set([...targets.values()].flatMap((ids) => [...ids]));
  for (const { id } of boxes) {
    const next = [...targets.get(id)!].map((target) => depth.get(target)!);
    if (!reached.has(id) && next.length > 0) depth.set(id, Math.min(...next) - 1);
  }
  return splitLayers(boxes, depth, links);
}

/** A topological order; links that close a cycle are reversed in `targets`. */
function withoutCycles(boxes: readonly LayoutBox[], targets: Map<string, Set<string>>): readonly string[] {
  const state = new Map<string, 'open' | 'done'>();
  const order: string[] = [];
  const back: [string, string][] = [];
  const visit = (id: string): void => {
    state.set(id, 'open');
    for (const target of targets.get(id)!) {
      if (state.get(target) === 'open') back.push([id, target]);
      else if (!state.has(target)) visit(target);
    }
    state.set(id, 'done');
    order.push(id);
  };
  for (const { id } of boxes) if (!state.has(id)) visit(id);
  for (const [id, target] of back) {
    targets.get(id)!.delete(target);
    targets.get(target)!.add(id);
  }
  return order.toReversed();
}

/** Splits layers that are higher than the drawing should be into several columns. Returns the column of each box. */
function splitLayers(
  boxes: readonly LayoutBox[],
  depth: ReadonlyMap<string, number>,
  links: readonly LayoutLink[],
): ReadonlyMap<string, number> {
  const area = boxes.reduce((sum, box) => sum + (box.width + channel) * (box.height + margin), 0);
  const limit = Math.max(0.85 * Math.sqrt(area), ...boxes.map((box) => box.height));
  const parents = new Map(links.map(({ from, to }) => [to.box, from.box]));
  const columns = new Map<string, number>();
  let column = 0;
  for (let layer = 0; layer <= Math.max(...depth.values()); layer++) {
    // Keep the targets of a box together.
    const members = boxes
      .filter((box) => depth.get(box.id) === layer)
      .map((box) => ({ box, key: `${parents.get(box.id) ?? ''}\0${box.id}` }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const total = members.reduce((sum, { box }) => sum + box.height + margin, 0);
    const share = total / Math.ceil(total / limit);
    let used = 0;
    let first = true;
    for (const { box } of members) {
      if (!first && used + (box.height + margin) / 2 > share) {
        column += 1;
        used = 0;
      }
      first = false;
      columns.set(box.id, column);
      used += box.height + margin;
    }
    if (members.length > 0) column += 1;
  }
  return columns;
}
