import { expect, it } from 'vitest';
import { failureOf, onEveryDriver } from '../support/databases.ts';

const people = `CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, age INTEGER);
INSERT INTO people VALUES (1, 'ada@example.org', 36), (2, 'ada@example.org', 17), (3, NULL, 8), (4, NULL, 5),
  (5, NULL, 3), (6, NULL, 2);`;

const restIsSaid = / Correct the rows or the file, and run again\.$/;

onEveryDriver('a constraint that refuses rows', (open) => {
  const hintOf = async (sql: string, before = people): Promise<string> => {
    const db = open();
    db.exec(before);
    const error = await failureOf(() => db.up({ '002_change.sql': sql }));
    expect(error.code).toBe('STATEMENT_FAILED');
    return error.hint;
  };
  const copy = (columns: string, select = 'SELECT * FROM people') =>
    `CREATE TABLE copy (${columns});\nINSERT INTO copy ${select};`;

  it.each([
    [
      'values that several rows would have',
      'CREATE UNIQUE INDEX one ON people (email)',
      "Several rows have the same: email 'ada@example.org' in 2 rows (id 1; id 2).",
    ],
    [
      'values of an expression, among some rows only',
      'CREATE UNIQUE INDEX one ON people (upper(email) DESC, (age > 0) ASC) WHERE id < 5',
      "Several rows have the same: upper(email) 'ADA@EXAMPLE.ORG', (age > 0) 1 in 2 rows (id 1; id 2).",
    ],
    [
      'at most three values, and three rows of each',
      'CREATE UNIQUE INDEX one ON people (age)',
      'Several rows have the same: age 1 in 4 rows (id 1; id 5; id 9; and more); age 2 in 2 rows (id 2; id 6); age 3 in 2 rows (id 3; id 7); and more.',
      `CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER);
INSERT INTO people VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 1), (6, 2), (7, 3), (8, 4), (9, 1), (10, 1);`,
    ],
    [
      'rows of a table without a key',
      'CREATE UNIQUE INDEX one ON plain (a)',
      'Several rows have the same: a 5 in 2 rows (rowid 1; rowid 2).',
      'CREATE TABLE plain (a);\nINSERT INTO plain VALUES (5), (5);',
    ],
    [
      'rows that a rebuilt table would have twice',
      copy('id INTEGER PRIMARY KEY, email TEXT UNIQUE', '(email, id) SELECT email, id FROM people'),
      "Several rows have the same: email 'ada@example.org' in 2 rows (id 1; id 2).",
    ],
    [
      'values only, if the key is not copied',
      copy('id INTEGER PRIMARY KEY, email TEXT UNIQUE', '(email) SELECT email FROM people'),
      "Several rows have the same: email 'ada@example.org' in 2 rows.",
    ],
    [
      'rows without a value',
      copy("id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER, kind TEXT AS ('x')"),
      'email is NULL in 4 rows (id 3; id 4; id 5; and more).',
    ],
    [
      'rows for which a CHECK with a name is false',
      copy('id INTEGER PRIMARY KEY, email TEXT, age INTEGER, CONSTRAINT adult CHECK (copy.age > 3)'),
      'CHECK adult is false for 2 rows (id 5; id 6).',
    ],
    [
      'rows for which a CHECK of a column is false',
      copy('id INTEGER PRIMARY KEY, email TEXT, age INTEGER CHECK (age > 2)', 'SELECT id, "email", age FROM people'),
      'CHECK age > 2 is false for 1 row (id 6).',
    ],
  ])('is explained by %s', async (_, sql, expected, before = people) => {
    const hint = await hintOf(sql, before);
    expect(hint).toContain(`What 002_change changed was rolled back: the database is as it was before. ${expected}`);
    expect(hint).toMatch(restIsSaid);
  });

  it.each([
    ['an UPDATE', 'UPDATE people SET id = 2 WHERE id = 1'],
    ['VALUES', `${copy('id INTEGER PRIMARY KEY, email TEXT NOT NULL', 'VALUES (1, NULL)')}`],
    ['several SELECTs', copy('id INTEGER NOT NULL', 'SELECT age FROM people UNION ALL SELECT NULL')],
    ['rows that the target has already', 'INSERT INTO people (id, age) SELECT 1, 2'],
    [
      'the constraint of a table that a trigger writes',
      `CREATE TABLE log (id INTEGER NOT NULL);
CREATE TRIGGER t AFTER INSERT ON people BEGIN INSERT INTO log VALUES (NULL); END;
INSERT INTO people (age) SELECT 5;`,
    ],
    ['a CHECK that sees converted values', copy("age TEXT CHECK (typeof(age) = 'integer')", 'SELECT age FROM people')],
    ['a CHECK of values named by their table', copy('age INTEGER CHECK (age > 3)', 'SELECT people.age FROM people')],
    ['a CHECK of computed values', copy('age INTEGER CHECK (age > 3)', 'SELECT age + 1 FROM people')],
    ['a CHECK of no table', copy('age INTEGER CHECK (age > 3)', 'SELECT 1')],
    ['a CHECK of a temporary table', 'CREATE TEMP TABLE t (age CHECK (age > 3)); INSERT INTO t SELECT age FROM people'],
  ])('is left to the message of SQLite after %s', async (_, sql) => {
    expect(await hintOf(sql)).toBe(
      'What 002_change changed was rolled back: the database is as it was before. Correct the file and run again.',
    );
  });
});
