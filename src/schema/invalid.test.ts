import { expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { findInvalidObjects, type InvalidObjects } from './invalid.ts';
import { readInventory } from './inventory.ts';

function invalid(schema: string): InvalidObjects {
  const bridge = memory(schema);
  const { others } = perform(
    readInventory(() => false),
    bridge,
  );
  return perform(findInvalidObjects(others), bridge);
}

const names = ({ broken }: InvalidObjects): readonly string[] => broken.map(({ object }) => object.name);

it('leaves out what needs something that the application registers', () => {
  const found =
    invalid(`CREATE TABLE t (a); CREATE VIEW f AS SELECT normalize(a) FROM t; CREATE VIEW c AS SELECT a FROM t ORDER BY a COLLATE german;
    CREATE VIEW bad AS SELECT nosuch(a) FROM nowhere;`);
  expect(names(found)).toEqual(['bad']);
});

it('does not blame a trigger for a foreign key of its table', () => {
  const schema = `CREATE TABLE p (id INTEGER PRIMARY KEY, name); CREATE TABLE c (p REFERENCES p (name)); CREATE TABLE d (q REFERENCES q);
    CREATE TABLE log (v); CREATE TRIGGER on_c AFTER INSERT ON c BEGIN INSERT INTO log VALUES (1); END;
    CREATE TRIGGER on_d AFTER INSERT ON d BEGIN INSERT INTO log VALUES (1); END;`;
  for (const on of ['ON', 'OFF']) {
    const found = invalid(`${schema} PRAGMA foreign_keys = ${on};`);
    expect(found).toMatchObject({
      dangling: [{ child: 'd', parent: 'q' }],
      mismatched: [{ child: 'c', parent: 'p' }],
      broken: [],
    });
  }
});
