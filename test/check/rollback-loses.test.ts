import { describe, expect, it } from 'vitest';
import { drivers, pair, rounds, reported } from './support.ts';

const table = pair('CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT, v INTEGER);', 'DROP TABLE c;');
const view = (event: string, body: string): string =>
  `CREATE VIEW w AS SELECT * FROM c; CREATE TRIGGER w_in INSTEAD OF ${event} ON w BEGIN ${body} END;`;
/** Rebuilds the table through a view of the new one. */
const throughView = (
  select: string,
): string => `ALTER TABLE c RENAME TO old; CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT, v INTEGER);
  ${view('INSERT', 'INSERT INTO c VALUES (new.id, new.k, new.v);')} INSERT INTO w SELECT ${select} FROM old; DROP VIEW w; DROP TABLE old;`;
const log = pair(
  'CREATE TABLE log (what TEXT); CREATE TRIGGER c_up AFTER UPDATE ON c BEGIN INSERT INTO log VALUES (new.id); END;',
  'DROP TRIGGER c_up; DROP TABLE log;',
);
const touch = pair(
  `ALTER TABLE c ADD COLUMN at TEXT; CREATE TRIGGER c_at AFTER UPDATE OF k ON c BEGIN UPDATE c SET at = 'now' WHERE id = new.id; END;`,
  'DROP TRIGGER c_at; ALTER TABLE c DROP COLUMN at;',
);

const empty = 'CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT, v INTEGER);';

describe.each(drivers)('a rollback loses what its UP part only moved, %s', (driver) => {
  it.each([
    [
      'a renamed table',
      pair('ALTER TABLE c RENAME TO n;', `${empty} DROP TABLE n;`),
      'table c: 10 rows before, 0 after up and down',
    ],
    [
      'a table that was renamed twice',
      pair('ALTER TABLE c RENAME TO m; ALTER TABLE m RENAME TO n;', `DROP TABLE n; ${empty}`),
      'table c: 10 rows before, 0 after up and down',
    ],
    [
      'a table that was copied and dropped',
      pair(
        'CREATE TABLE n (id INTEGER PRIMARY KEY, k TEXT, v INTEGER); INSERT INTO n SELECT * FROM c; DROP TABLE c;',
        `${empty} DROP TABLE n;`,
      ),
      'table c: 10 rows before, 0 after up and down',
    ],
    [
      'a table that CREATE TABLE AS copied',
      pair('CREATE TABLE n AS SELECT * FROM c; DROP TABLE c;', `${empty} DROP TABLE n;`),
      'table c: 10 rows before, 0 after up and down',
    ],
    [
      'a renamed column',
      pair('ALTER TABLE c RENAME k TO kk;', 'ALTER TABLE c DROP COLUMN kk; ALTER TABLE c ADD COLUMN k TEXT;'),
      'c.k: values differ',
    ],
    [
      'rows that UP did not touch',
      pair('CREATE TABLE n (x);', 'DROP TABLE n; DELETE FROM c;'),
      'table c: 10 rows before, 0 after up and down',
    ],
    [
      'values that UP did not touch',
      pair('CREATE TABLE n (x);', "DROP TABLE n; UPDATE c SET k = 'gone';"),
      'c.k: values differ',
    ],
    [
      'values that a rebuild through a view changes',
      pair(throughView('id, k, v'), throughView('id, upper(k), v')),
      'c.k: values differ',
    ],
    [
      'values that only the DOWN part changes through a view',
      pair(
        'CREATE TABLE n (x);',
        `DROP TABLE n; ${view('UPDATE', 'UPDATE c SET k = new.k WHERE id = new.id;')} UPDATE w SET k = 'gone'; DROP VIEW w;`,
      ),
      'c.k: values differ',
    ],
    [
      'rows that the DOWN part deletes through a view',
      pair(
        'CREATE TABLE n (x);',
        `DROP TABLE n; ${view('DELETE', 'DELETE FROM c WHERE id = old.id;')} DELETE FROM w; DROP VIEW w;`,
      ),
      'table c: 10 rows before, 0 after up and down',
    ],
    [
      'values that a trigger of another table changes',
      pair(
        'CREATE TABLE n (x);',
        `CREATE TRIGGER n_in AFTER INSERT ON n BEGIN UPDATE c SET k = 'gone'; END; INSERT INTO n VALUES (1); DROP TABLE n;`,
      ),
      'c.k: values differ',
    ],
  ])('%s', async (_, migration, difference) => {
    const found = reported(await rounds([table, migration] as never, { driver }));
    expect(found).toContainEqual(expect.stringMatching(/^DOWN_DIFFERS: /));
    const rows = /\d+ rows before/;
    expect(found.join('\n').replace(rows, 'n rows before')).toContain(difference.replace(rows, 'n rows before'));
  });

  it.each([
    ['that UP deletes', pair('DELETE FROM c;', 'SELECT 1;')],
    ['of a table that UP drops', pair('-- dunlin: destructive c\nDROP TABLE c;', empty)],
    [
      'of which UP keeps only a total',
      pair('CREATE TABLE n AS SELECT count(*) AS n FROM c; DROP TABLE c;', `${empty} DROP TABLE n;`),
    ],
    ['that UP sets', pair("UPDATE c SET k = 'x';", "UPDATE c SET k = 'y';")],
    ['that DOWN moves back', pair('ALTER TABLE c RENAME TO n;', 'ALTER TABLE n RENAME TO c;')],
    [
      'that DOWN copies back',
      pair('CREATE TABLE n AS SELECT * FROM c; DROP TABLE c;', `${empty} INSERT INTO c SELECT * FROM n; DROP TABLE n;`),
    ],
    [
      'that UP changes through a view',
      pair(
        `${view('UPDATE', 'UPDATE c SET k = new.k WHERE id = new.id;')} UPDATE w SET k = 'x'; DROP VIEW w;`,
        'SELECT 1;',
      ),
    ],
    ['that UP copies through a view', pair(throughView('id, k, v'), throughView('id, k, v'))],
    ['that UP computes through a view', pair(throughView('id, upper(k), v'), 'SELECT 1;')],
  ])('but not rows %s', async (_, migration) => {
    const found = reported(await rounds([table, migration] as never, { driver }));
    expect(found.filter((line) => /rows before|values differ/.test(line))).toEqual([]);
  });

  it.each([
    ['a log of changes', log],
    ['a time of the last change', touch],
  ])('but not what the triggers of UP wrote: %s', async (_, before) => {
    const rename = pair("UPDATE c SET k = k || '!';", "UPDATE c SET k = rtrim(k, '!');");
    const found = reported(await rounds([table, before, rename] as never, { driver }));
    expect(found.filter((line) => /rows before|values differ/.test(line))).toEqual([]);
  });
});
