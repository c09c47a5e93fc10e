import { describe, expect, it } from 'vitest';
import { readMermaid } from '../../test/dump/mermaid.ts';
import { modelOf } from '../../test/dump/model.ts';
import { memory, perform } from '../../test/support/memory.ts';
import { compareSchemas, readInventory, type Inventory } from '../schema/index.ts';
import { changedTables, renderDiagram } from './index.ts';

const before = `
  CREATE TABLE owners (id INTEGER PRIMARY KEY, code TEXT UNIQUE, name TEXT);
  CREATE TABLE houses (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owners (id), code REFERENCES owners (code));
  CREATE TABLE "old ""one""" (id INTEGER PRIMARY KEY, house REFERENCES houses);
  CREATE TABLE other (id INTEGER PRIMARY KEY);
  CREATE TABLE quiet (id INTEGER PRIMARY KEY)`;
const after = `
  CREATE TABLE owners (id INTEGER PRIMARY KEY, code TEXT UNIQUE, name TEXT);
  CREATE TABLE houses (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owners (id), code REFERENCES owners (code), size);
  CREATE TABLE other (id INTEGER PRIMARY KEY);
  CREATE TABLE quiet (id INTEGER PRIMARY KEY);
  CREATE INDEX other_id ON other (id);
  CREATE TABLE "<b>rooms" (id INTEGER PRIMARY KEY, house NOT NULL REFERENCES houses);
  CREATE VIEW v AS SELECT * FROM quiet`;

function changed(from: string, to: string): ReturnType<typeof changedTables> {
  const inventory = (sql: string): Inventory =>
    perform(
      readInventory(() => false),
      memory(sql),
    );
  return changedTables(compareSchemas(inventory(from), inventory(to)), modelOf(from), modelOf(to));
}

describe('the tables that a change is about', () => {
  it('are those that were made, changed or dropped, and the keys that they refer to', () => {
    const { model, changes } = changed(before, after);
    expect(Object.fromEntries(changes)).toEqual({
      houses: 'changed',
      other: 'changed',
      '<b>rooms': 'new',
      'old "one"': 'dropped',
    });
    const columns = model.tables.map(({ name, columns: all }) => [name, ...all.map((column) => column.name)]);
    expect(columns.find(([name]) => name === 'owners')).toEqual(['owners', 'id', 'code']);
    expect(columns.some(([name]) => name === 'quiet')).toBe(false);
  });

  it('are marked in a diagram, which Mermaid reads', async () => {
    const { model, changes } = changed(before, after);
    const { entities, relations } = await readMermaid(renderDiagram('mermaid', model, { views: false, changes }));
    expect(entities.map(({ alias, label }) => alias || label).toSorted()).toEqual([
      '<b>rooms (new)',
      'houses (changed)',
      "old 'one' (dropped)",
      'other (changed)',
      'owners',
    ]);
    expect(relations).toHaveLength(4);
    const drawing = renderDiagram('svg', model, { views: false, changes });
    expect([...drawing.matchAll(/class="box (\w+)"/g)].map(([, state]) => state).toSorted()).toEqual([
      'changed',
      'changed',
      'dropped',
      'new',
    ]);
  });
});
