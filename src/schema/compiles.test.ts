import { expect, it } from 'vitest';
import { driverError, recordBridge } from '../testing/index.ts';
import { memory, perform } from '../../test/support/memory.ts';
import { dependents, findBroken } from './compiles.ts';
import { readInventory } from './inventory.ts';

const broken = (schema: string): Record<string, string> => {
  const bridge = memory(schema);
  const { others } = perform(
    readInventory(() => false),
    bridge,
  );
  return Object.fromEntries(perform(findBroken(others), bridge));
};

const t = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b AS (a)); CREATE TABLE gone (x);';
const body = 'BEGIN INSERT INTO gone VALUES (1); END;';

it('finds nothing wrong with what compiles', () => {
  expect(
    broken(
      `${t} CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (a); CREATE TRIGGER r AFTER INSERT ON t ${body}`,
    ),
  ).toEqual({});
});

it.each([
  ['AFTER INSERT ON t'],
  ['BEFORE UPDATE ON t'],
  ['AFTER UPDATE OF a ON t'],
  ['AFTER DELETE ON t'],
  ['INSTEAD OF INSERT ON v'],
  ['INSTEAD OF UPDATE OF a ON v'],
  ['INSTEAD OF DELETE ON v'],
])('tells why a trigger %s does not', (event) => {
  expect(broken(`${t} CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER r ${event} ${body} DROP TABLE gone;`)).toEqual({
    'trigger:r': 'no such table: main.gone',
  });
});

it('tells why a view does not, whose triggers cannot fire either', () => {
  expect(
    broken(
      `${t} CREATE VIEW v AS SELECT x FROM gone; CREATE TRIGGER r INSTEAD OF INSERT ON v BEGIN SELECT 1; END; DROP TABLE gone;`,
    ),
  ).toEqual({
    'trigger:r': 'no such table: main.gone',
    'view:v': 'no such table: main.gone',
  });
});

it('looks at the database, whatever temporary tables are called', () => {
  expect(
    broken(
      `${t} CREATE VIEW v AS SELECT x FROM gone; CREATE TRIGGER r AFTER INSERT ON t ${body} CREATE TEMP TABLE v (y); CREATE TEMP TABLE t (z);`,
    ),
  ).toEqual({});
});

it('does not take a failing disk for a broken view', () => {
  const bridge = memory(`${t} CREATE VIEW v AS SELECT a FROM t;`);
  const { others } = perform(
    readInventory(() => false),
    bridge,
  );
  const failing = recordBridge(bridge);
  failing.failWhen('EXPLAIN', driverError('SQLITE_IOERR', 'disk I/O error'));
  expect(() => perform(findBroken(others), failing)).toThrow('disk I/O error');
});

it('lists what depends on a table, through views', () => {
  const bridge =
    memory(`CREATE TABLE Books (a); CREATE TABLE shelves (b); CREATE INDEX i ON Books (a); CREATE VIEW old AS SELECT a FROM "BOOKS";
    CREATE VIEW older AS SELECT * FROM old; CREATE TRIGGER moved AFTER INSERT ON shelves BEGIN SELECT * FROM older; END;
    CREATE VIEW other AS SELECT b FROM shelves;`);
  const { others } = perform(
    readInventory(() => false),
    bridge,
  );
  expect([...dependents(others, 'nothing').keys()]).toEqual([]);
  expect([...dependents(others, 'books').keys()]).toEqual(['view:old', 'view:older', 'trigger:moved']);
  expect([...dependents(others, 'SHELVES').keys()].toSorted()).toEqual(['trigger:moved', 'view:other']);
});

it('compiles what several triggers need once, and names those that a reason can be about', () => {
  const bridge = memory(`${t} CREATE TABLE log (v);
    CREATE TRIGGER good AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END;
    CREATE TRIGGER bad AFTER UPDATE OF a ON t BEGIN INSERT INTO gone VALUES (1); END;
    CREATE TRIGGER kept BEFORE UPDATE ON t BEGIN SELECT 1; END; DROP TABLE gone;`);
  const { others } = perform(
    readInventory(() => false),
    bridge,
  );
  const compiled: string[] = [];
  const counting = { ...bridge, columns: (sql: string) => (compiled.push(sql), bridge.columns!(sql)) };
  expect(Object.fromEntries(perform(findBroken(others), counting))).toEqual({
    'trigger:bad': 'no such table: main.gone',
  });
  expect(compiled).toEqual(['EXPLAIN UPDATE main."t" SET "id" = "id", "a" = "a"']);
});

it('names every trigger where the reason is behind another one', () => {
  expect(
    broken(`${t} CREATE TABLE log (v); CREATE TRIGGER inner_one AFTER INSERT ON log ${body}
      CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END;
      CREATE TRIGGER s AFTER INSERT ON t BEGIN INSERT INTO log VALUES (2); END; DROP TABLE gone;`),
  ).toEqual({
    'trigger:inner_one': 'no such table: main.gone',
    'trigger:r': 'no such table: main.gone',
    'trigger:s': 'no such table: main.gone',
  });
});

it('lists the instructions where a driver does not report columns', () => {
  const bridge = memory(`${t} CREATE VIEW v AS SELECT x FROM gone; DROP TABLE gone;`);
  const { others } = perform(
    readInventory(() => false),
    bridge,
  );
  const bare = { ...bridge, columns: () => undefined };
  expect([...perform(findBroken(others), bare).keys()]).toEqual(['view:v']);
});
