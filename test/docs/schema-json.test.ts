import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderDiagram } from '../../src/diagram/index.ts';
import { modelOf, shop } from '../dump/model.ts';
import { root } from './markdown.ts';

const page = readFileSync(join(root, 'docs/reference/schema-json.md'), 'utf8');

/** The fields that a section names, in the first column of its table. */
function documented(heading: string | undefined): string[] {
  const section = heading === undefined ? page : page.slice(page.indexOf(`\n## ${heading}\n`) + 1);
  const rows = (section.split(/^## /m)[heading === undefined ? 0 : 1] ?? '').matchAll(/^\| (`.*?`) \|/gm);
  return [...rows].flatMap(([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

it('docs/reference/schema-json.md names every field, and none that is not there', () => {
  const trigger = 'CREATE TRIGGER after_users AFTER INSERT ON users BEGIN SELECT 1; END;';
  const model = modelOf(`${shop} CREATE INDEX orders_user ON orders (user_id); ${trigger}`);
  const document = JSON.parse(renderDiagram('json', model, { views: false })) as typeof model;
  const table = document.tables.find(({ name }) => name === 'orders');
  const found: readonly (readonly [string | undefined, object | undefined])[] = [
    [undefined, document],
    ['Table', table],
    ['Column', table?.columns[0]],
    ['Foreign key', table?.foreignKeys[0]],
    ['Index', table?.indexes[0]],
    ['View', document.views[0]],
    ['Trigger', document.triggers[0]],
  ];
  for (const [heading, object] of found)
    expect(documented(heading).toSorted(), heading ?? 'the document').toEqual(Object.keys(object ?? {}).toSorted());
});
