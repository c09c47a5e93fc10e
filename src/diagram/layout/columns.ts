import type { Columns, Item, LayoutBox, LayoutLink, Segment } from './types.ts';

/** Places the boxes in their columns, with a gap in each column that a line crosses. */
export function columnsOf(
  boxes: readonly LayoutBox[],
  links: readonly LayoutLink[],
  layers: ReadonlyMap<string, number>,
): Columns {
  const items = new Map<string, Item>();
  const columns: Item[][] = Array.from({ length: Math.max(...layers.values()) + 1 }, () => []);
  const add = (id: string, column: number, height: number, box?: LayoutBox): Item => {
    const found = items.get(id);
    if (found !== undefined) return found;
    const item = { id, height, box };
    items.set(id, item);
    columns[column]!.push(item);
    return item;
  };
  for (const box of boxes) add(`box ${box.id}`, layers.get(box.id)!, box.height, box);
  const segments = new Map<string, { readonly column: number; readonly segment: Segment }>();
  const paths = new Map<LayoutLink, { segments: Segment[]; reversed: boolean }>();
  for (const link of links) {
    if (link.from.box === link.to.box) continue;
    const reversed = layers.get(link.from.box)! > layers.get(link.to.box)!;
    const [start, end] = reversed ? [link.to, link.from] : [link.from, link.to];
    // Lines from the same row run together as far as possible.
    const group = `${start.box}\0${start.y}`;
    const path: Segment[] = [];
    let left = items.get(`box ${start.box}`)!;
    let leftY = start.y;
    for (let column = layers.get(start.box)!; column < layers.get(end.box)!; column++) {
      const last = column + 1 === layers.get(end.box);
      const right = last ? items.get(`box ${end.box}`)! : add(`gap ${group}\0${column + 1}`, column + 1, 0);
      const rightY = last ? end.y : 0;
      const key = `${left.id}\0${leftY}\0${right.id}\0${rightY}`;
      const known = segments.get(key) ?? { column, segment: { group, left, leftY, right, rightY } };
      segments.set(key, known);
      path.push(known.segment);
      left = right;
      leftY = rightY;
    }
    paths.set(link, { segments: path, reversed });
  }
  const all = [...segments.values()];
  const channels = columns
    .slice(1)
    .map((_, column) => all.filter((one) => one.column === column).map(({ segment }) => segment));
  return { columns, channels, paths };
}
