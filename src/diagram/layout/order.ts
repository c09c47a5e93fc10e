import type { Columns, Item, Segment } from './types.ts';

const sweeps = 16;

/**
 * Orders the items of each column so that few lines cross: moves each to the average of its neighbours, from left to
 * right and back, and keeps the best order (the barycentre method of Sugiyama, Tagawa and Toda, 1981).
 */
export function orderColumns({ columns, channels }: Columns): void {
  let best = columns.map((items) => [...items]);
  let fewest = crossings(channels, positions(columns));
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const forward = sweep % 2 === 0;
    for (let i = 1; i < columns.length; i++) {
      const column = forward ? i : columns.length - 1 - i;
      const channel = channels[forward ? column - 1 : column]!;
      sortColumn(columns[column]!, channel, positions(columns), forward);
    }
    const now = crossings(channels, positions(columns));
    if (now >= fewest) continue;
    fewest = now;
    best = columns.map((items) => [...items]);
  }
  columns.splice(0, columns.length, ...best);
}

function positions(columns: readonly (readonly Item[])[]): ReadonlyMap<Item, number> {
  return new Map(columns.flatMap((items) => items.map((item, i) => [item, i] as const)));
}

function sortColumn(
  items: Item[],
  channel: readonly Segment[],
  position: ReadonlyMap<Item, number>,
  byLeft: boolean,
): void {
  const wanted = new Map(
    items.map((item) => {
      const places = channel
        .filter((segment) => (byLeft ? segment.right : segment.left) === item)
        .map((segment) => place(segment, byLeft ? 'left' : 'right', position));
      const average = places.reduce((sum, one) => sum + one, 0) / places.length;
      return [item, places.length === 0 ? position.get(item)! : average];
    }),
  );
  items.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
}

/** The position in the column, and the row within a box. */
function place(segment: Segment, side: 'left' | 'right', position: ReadonlyMap<Item, number>): number {
  const item = segment[side];
  const y = side === 'left' ? segment.leftY : segment.rightY;
  return position.get(item)! + (item.height === 0 ? 0.5 : y / item.height);
}

function crossings(channels: Columns['channels'], position: ReadonlyMap<Item, number>): number {
  let count = 0;
  for (const channel of channels) {
    const ends = channel.map(
      (segment) => [place(segment, 'left', position), place(segment, 'right', position)] as const,
    );
    for (const [i, a] of ends.entries())
      for (const b of ends.slice(i + 1)) if ((a[0] - b[0]) * (a[1] - b[1]) < 0) count += 1;
  }
  return count;
}
