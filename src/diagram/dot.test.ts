import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { modelOf, shop } from '../../test/dump/model.ts';
import { renderDiagram } from './index.ts';

const diagram = (sql: string): string => renderDiagram('dot', modelOf(sql), { views: true });

describe('dot', () => {
  it('draws a line from the row of a key to the row it refers to', () => {
    const lines = diagram(shop)
      .split('\n')
      .filter((line) => line.includes('->'));
    expect(lines).toEqual([
      '  "items":l0:w -> "orders":r0:e [arrowtail="crowodot", arrowhead="teetee"];',
      '  "orders":l1:w -> "users":r0:e [arrowtail="crowodot", arrowhead="teetee"];',
      '  "profiles":l0:w -> "users":r0:e [arrowtail="teeodot", arrowhead="teetee"];',
      '  "returns":l3:w -> "places" [arrowtail="crowodot", arrowhead="teeodot"];',
      '  "returns":l1:w -> "items":r0:e [arrowtail="crowodot", arrowhead="teeodot", label="order_id, line"];',
      '  "users":l2:w -> "users":r0:e [arrowtail="crowodot", arrowhead="teeodot"];',
    ]);
  });

  it('escapes names', () => {
    const text = diagram(`CREATE TABLE "a""<b>\\" ("c&d" "e<f>" NOT NULL, x REFERENCES "a""<b>\\")`);
    expect(text).toContain('"a\\"<b>\\\\" [label=<');
    expect(text).toContain('a&quot;&lt;b&gt;\\</B>');
    expect(text).toContain('<B>c&amp;d</B>');
    expect(text).toContain('e&lt;f&gt;</TD>');
  });

  it.skipIf(spawnSync('dot', ['-V']).status !== 0)('is read by Graphviz', () => {
    const odd = `CREATE TABLE "a""<b>\\" ("c&d" "e<f>" NOT NULL, "x\ny" REFERENCES "a""<b>\\"); CREATE TABLE "\\" (x);`;
    const { stderr, stdout } = spawnSync('dot', ['-Tplain'], { input: diagram(shop + odd), encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.match(/^node /gm)).toHaveLength(11);
  });
});
