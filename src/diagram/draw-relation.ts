import { escapeXml } from './svg-text.ts';
import type { Point } from './layout/types.ts';
import type { Relation } from './relations.ts';

const radius = 6;

/** A line with crow's feet: at the child "none or many" or "none or one", at the parent "one" or "none or one". */
export function drawRelation({ child, parent, key, optional, single }: Relation, points: readonly Point[]): string {
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
