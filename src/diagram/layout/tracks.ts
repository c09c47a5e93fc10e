import type { Item, Segment } from './types.ts';

/** The space for the ends of lines, and between lines. */
const leftRoom = 30;
const rightRoom = 36;
const trackWidth = 9;

/** The width of the channel between two columns, and where in it each group of lines runs vertically. */
export interface Channel {
  readonly width: number;
  /** By group, from the left edge of the channel. */
  readonly tracks: ReadonlyMap<string, number>;
}

interface Bundle {
  readonly key: string;
  readonly start: number;
  readonly top: number;
  readonly bottom: number;
  readonly isDown: boolean;
}

/** Gives overlapping lines separate tracks. */
export function channelOf(segments: readonly Segment[], y: ReadonlyMap<Item, number>): Channel {
  const bundles = [...new Set(segments.map(bundleKey))].map((key) => bundleOf(key, segments, y));
  // Downwards the upper line turns further right, upwards the lower one, so that they don't cross.
  const ordered = bundles.toSorted((a, b) =>
    a.isDown !== b.isDown ? (a.isDown ? -1 : 1) : a.isDown ? b.start - a.start : a.start - b.start,
  );
  const taken: Bundle[][] = [];
  const found = new Map<string, number>();
  for (const bundle of ordered) {
    const free = taken.findIndex((others) =>
      others.every((other) => other.bottom + 4 < bundle.top || bundle.bottom + 4 < other.top),
    );
    const track = free === -1 ? taken.push([]) - 1 : free;
    taken[track]!.push(bundle);
    found.set(bundle.key, leftRoom + track * trackWidth);
  }
  return { width: leftRoom + Math.max(taken.length - 1, 0) * trackWidth + rightRoom, tracks: found };
}

/** Lines from the same point. */
export function bundleKey(segment: Segment): string {
  return `${segment.left.id}\0${segment.leftY}`;
}

function bundleOf(key: string, segments: readonly Segment[], y: ReadonlyMap<Item, number>): Bundle {
  const own = segments.filter((segment) => bundleKey(segment) === key);
  const start = y.get(own[0]!.left)! + own[0]!.leftY;
  const ends = own.map((segment) => y.get(segment.right)! + segment.rightY);
  const average = ends.reduce((sum, end) => sum + end, 0) / ends.length;
  return { key, start, top: Math.min(start, ...ends), bottom: Math.max(start, ...ends), isDown: average >= start };
}
