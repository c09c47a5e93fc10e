import { describe, expect, it } from 'vitest';
import { modelOf, shop } from '../../test/dump/model.ts';
import { random, seed } from '../../test/support/random.ts';
import { layout } from './layout/index.ts';
import type { LayoutBox, LayoutLink, Point, Rect } from './layout/types.ts';
import { renderDiagram } from './index.ts';
import { fitted, textWidth } from './svg-text.ts';

const diagram = (sql: string): string => renderDiagram('svg', modelOf(sql), { views: true });

describe('svg', () => {
  it('shows each table with its columns, and each key', () => {
    const text = diagram(shop);
    for (const name of ['items', 'orders', 'profiles', 'returns', 'settings', 'users', 'totals', 'broken', 'places'])
      expect(text).toContain(`<text class="name" x="12" y="19.5">${name}</text>`);
    expect(text).toContain('>DECIMAL(10, 2)</text>');
    expect(text).toContain('<text class="tag"');
    expect([...text.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title)).toEqual([
      'Database schema',
      'items (order_id) → orders (id)',
      'orders (user_id) → users (id)',
      'profiles (user_id) → users (user_id)'.replace('users (user_id)', 'users (id), on delete cascade'),
      'returns (place) → places ()',
      'returns (order_id, line) → items (order_id, line), on update set null',
      'users (boss) → users (id)',
    ]);
  });

  it('is sound XML, whatever the names are', () => {
    const text = diagram(`CREATE TABLE "<a> & 'b' ""c"" \u0001" ("<script>" "x<y", "${'long '.repeat(30)}" INT)`);
    expect(text).not.toMatch(/<script|\u0001/);
    expect(text).toContain("&lt;a&gt; &amp; 'b' &quot;c&quot;");
    expect(text).toContain('…');
    const open: string[] = [];
    for (const [, close, name = '', self] of text.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name);
      else if (self !== '/') open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('is the same each time, and can be empty', () => {
    expect(diagram(shop)).toBe(diagram(shop));
    expect(diagram('')).toContain('</svg>');
  });

  it('measures wide signs as two, and marks as none', () => {
    expect(textWidth('日本', 10)).toBe(textWidth('abcd', 10));
    expect(textWidth('a\u0301', 10)).toBe(textWidth('a', 10));
    expect(fitted('日本語', 4)).toBe('日…');
    expect(fitted('abcd', 4)).toBe('abcd');
  });
});

describe('the layout', () => {
  it.each([2, 5, 12, 30, 60, 120])('of %i boxes keeps everything apart', (count) => {
    for (let round = 0; round < 10; round++) {
      const start = seed + round * 1000 + count;
      const { boxes, links } = graph(random(start), count);
      const { boxes: rects, routes, width, height } = layout(boxes, links);
      const about = `seed ${start}, ${count} boxes`;
      const placed = [...rects.values()];
      expect(placed, about).toHaveLength(count);
      for (const [i, a] of placed.entries()) {
        expect(
          placed.slice(i + 1).some((b) => overlap(a, b)),
          about,
        ).toBe(false);
        expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height, about).toBe(true);
      }
      for (const link of links) {
        const points = routes.get(link)!;
        const [from, to] = [rects.get(link.from.box)!, rects.get(link.to.box)!];
        expect(points[0]!.y, about).toBe(from.y + link.from.y);
        if (from !== to) expect(points.at(-1)!.y, about).toBe(to.y + link.to.y);
        const pieces = points.slice(1).map((point, i) => [points[i]!, point] as const);
        expect(
          pieces.every(([a, b]) => a.x === b.x || a.y === b.y),
          about,
        ).toBe(true);
        expect(
          pieces.some((piece) => placed.some((rect) => crosses(piece, rect))),
          about,
        ).toBe(false);
      }
    }
  });
});

function graph(next: () => number, count: number): { boxes: LayoutBox[]; links: LayoutLink[] } {
  const pick = (n: number): number => Math.floor(next() * n);
  const boxes = Array.from({ length: count }, (_, i) => ({
    id: `t${i}`,
    width: 100 + pick(150),
    height: 50 + 22 * pick(20),
  }));
  const end = (i: number) => ({ box: `t${i}`, y: 10 + pick(boxes[i]!.height - 15) });
  const links = Array.from({ length: pick(count * 1.5) }, () => ({ from: end(pick(count)), to: end(pick(count)) }));
  // Half of the links lead to a few boxes, as those to users and tenants do.
  return {
    boxes,
    links: links.map((link) => (next() < 0.5 ? { from: { box: 't0', y: 15 }, to: link.to } : link)),
  };
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function crosses([a, b]: readonly [Point, Point], { x, y, width, height }: Rect): boolean {
  return (
    Math.min(a.x, b.x) < x + width &&
    Math.max(a.x, b.x) > x &&
    Math.min(a.y, b.y) < y + height &&
    Math.max(a.y, b.y) > y
  );
}
