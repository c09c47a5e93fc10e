import type { Columns, Item, Segment } from './types.ts';

const boxGap = 26;
const lineGap = 12;
const rounds = 12;

/**
 * The upper edge of each item: in the order of its column, with lines as straight as possible (coordinate assignment of a
 * layered layout).
 */
export function yPositionsOf({ columns, channels }: Columns): ReadonlyMap<Item, number> {
  const y = new Map<Item, number>();
  for (const items of columns) for (const [i, top] of stack(items).entries()) y.set(items[i]!, top);
  const ends = new Map<Item, { readonly segment: Segment; readonly isLeft: boolean }[]>();
  for (const segment of channels.flat()) {
    for (const [item, isLeft] of [
      [segment.left, true],
      [segment.right, false],
    ] as const)
      ends.set(item, [...(ends.get(item) ?? []), { segment, isLeft }]);
  }
  for (let round = 0; round < rounds; round++) {
    for (const items of round % 2 === 0 ? columns : columns.toReversed()) {
      const wanted = items.map((item) => {
        const places = (ends.get(item) ?? []).map(({ segment, isLeft }) =>
          isLeft
            ? y.get(segment.right)! + segment.rightY - segment.leftY
            : y.get(segment.left)! + segment.leftY - segment.rightY,
        );
        const average = places.reduce((sum, one) => sum + one, 0) / places.length;
        return { y: places.length === 0 ? y.get(item)! : average, weight: Math.max(places.length, 1) };
      });
      for (const [i, top] of settle(stack(items), wanted).entries()) y.set(items[i]!, top);
    }
  }
  const topmost = Math.min(...y.values());
  return new Map([...y].map(([item, top]) => [item, Math.round(top - topmost)]));
}

/** Stacks the items with the least space. */
function stack(items: readonly Item[]): number[] {
  let top = 0;
  return items.map((item, i) => {
    const before = items[i - 1];
    if (before !== undefined)
      top += before.height + (before.box === undefined || item.box === undefined ? lineGap : boxGap);
    return top;
  });
}

/**
 * The positions closest to the wanted ones that keep order and space. Overlapping neighbours become a block at their
 * average (pooling adjacent violators).
 */
function settle(
  stacked: readonly number[],
  wanted: readonly { readonly y: number; readonly weight: number }[],
): number[] {
  const blocks: { at: number; weight: number; size: number }[] = [];
  for (const [i, { y, weight }] of wanted.entries()) {
    let block = { at: y - stacked[i]!, weight, size: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.at > block.at; last = blocks.at(-1)) {
      blocks.pop();
      const sum = last.weight + block.weight;
      block = {
        at: (last.at * last.weight + block.at * block.weight) / sum,
        weight: sum,
        size: last.size + block.size,
      };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ at, size }) => Array.from({ length: size }, () => at)).map((at, i) => at + stacked[i]!);
}
