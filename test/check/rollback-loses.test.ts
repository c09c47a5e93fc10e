import { describe, expect, it } from 'vitest';
import { drivers, pair, rounds, reported } from './support.ts';

const table = pair('CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT, v INTEGER);', 'DROP TABLE c;');
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
  ])('but not rows %s', async (_, migration) => {
    const found = reported(await rounds([table, migration] as never, { driver }));
    expect(found.filter((line) => /rows before|values differ/.test(line))).toEqual([]);
  });
});
