import { describe, expect, it } from 'vitest';
import { checkPair, type Verdict } from './pairs/check-pair.ts';
import { noRenames, type Renames } from './pairs/rows.ts';

// What was generated wrongly on random pairs of schemas or on the histories of applications, and what is close to it.

type Case = [title: string, from: string, to: string, renames?: Renames];

function verdictOf([name, from, to, renames = noRenames]: Case): Verdict {
  return checkPair({ name, from, to, renames });
}

const renamed = (from: string, to: string): Renames => ({ tables: {}, columns: { t: { [from]: to } } });

const log = 'CREATE TABLE log (x);';
const parent = 'CREATE TABLE p (id INTEGER PRIMARY KEY);';

const losses: readonly Case[] = [
  [
    'AUTOINCREMENT goes',
    'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a);',
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a);',
  ],
  [
    'AUTOINCREMENT comes, and goes in the DOWN part',
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a);',
    'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a);',
  ],
  [
    'the INTEGER PRIMARY KEY becomes another column',
    'CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER);',
    'CREATE TABLE t (a INTEGER, b INTEGER PRIMARY KEY);',
  ],
  [
    'a generated column is computed otherwise',
    'CREATE TABLE t (a INTEGER, b INTEGER AS (a + 1));',
    'CREATE TABLE t (a INTEGER, b INTEGER AS (a + 2));',
  ],
  [
    'a column is generated from now on',
    'CREATE TABLE t (a TEXT, b TEXT);',
    `CREATE TABLE t (a TEXT, b TEXT AS (a || 'x'));`,
  ],
  ['a generated column goes with the column that it reads', 'CREATE TABLE t (a, b, g AS (b));', 'CREATE TABLE t (a);'],
  ['a UNIQUE column comes', 'CREATE TABLE t (a);', 'CREATE TABLE t (a, b TEXT UNIQUE);'],
  [
    'a column comes that a CHECK of the table reads',
    'CREATE TABLE t (a);',
    'CREATE TABLE t (a, b, CHECK (b <> a OR a IS NULL));',
  ],
  [
    'a column comes with a foreign key of the table',
    `${parent} CREATE TABLE t (a);`,
    `${parent} CREATE TABLE t (a, b INTEGER, FOREIGN KEY (b) REFERENCES p);`,
  ],
  [
    'a view goes, and its trigger with it',
    'CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT 1; END;',
    'CREATE TABLE t (a);',
  ],
  [
    'a table is replaced by a view of its name',
    `CREATE TABLE t (a); CREATE TABLE v (a);`,
    'CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t;',
  ],
];

const rows: readonly Case[] = [
  [
    'a CHECK that is NULL for a row',
    'CREATE TABLE t (a INTEGER);',
    'CREATE TABLE t (a INTEGER, CONSTRAINT positive CHECK (a > 0));',
  ],
  [
    'a list of values that grows',
    `CREATE TABLE t (a TEXT CHECK (a IN ('x', 'y')));`,
    `CREATE TABLE t (a TEXT CHECK (a IN ('x', 'y', 'z')));`,
  ],
  ['a new column that is required', 'CREATE TABLE t (a);', 'CREATE TABLE t (a, b TEXT NOT NULL);'],
  ['a column that is required from now on', 'CREATE TABLE t (a TEXT, b);', 'CREATE TABLE t (a TEXT NOT NULL, b);'],
  [
    'a default that ADD COLUMN refuses where there are rows',
    'CREATE TABLE t (a);',
    'CREATE TABLE t (a, b TEXT DEFAULT (1 + 1), c TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);',
  ],
  ['another type', 'CREATE TABLE t (a TEXT, b);', 'CREATE TABLE t (a INTEGER, b);'],
  [
    'children with ON DELETE CASCADE',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); ${log} CREATE TABLE c (t INTEGER NOT NULL REFERENCES t ON DELETE CASCADE); CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.a); END; CREATE VIEW v AS SELECT a FROM t;`,
    `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x'); ${log} CREATE TABLE c (t INTEGER NOT NULL REFERENCES t ON DELETE CASCADE); CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.a); END; CREATE VIEW v AS SELECT a FROM t;`,
  ],
];

const renames: readonly Case[] = [
  [
    'a column gets the name of one that goes',
    'CREATE TABLE t (a TEXT, b TEXT);',
    'CREATE TABLE t (b TEXT);',
    renamed('a', 'b'),
  ],
  [
    'two columns swap their names',
    'CREATE TABLE t (a TEXT, b INTEGER);',
    'CREATE TABLE t (b TEXT, a INTEGER);',
    { tables: {}, columns: { t: { a: 'b', b: 'a' } } },
  ],
  [
    'two tables swap their names',
    'CREATE TABLE t (a TEXT); CREATE TABLE u (b TEXT);',
    'CREATE TABLE u (a TEXT); CREATE TABLE t (b TEXT);',
    { tables: { t: 'u', u: 't' }, columns: {} },
  ],
  [
    'a column of a renamed table, with another type',
    'CREATE TABLE t (a TEXT, b); CREATE VIEW v AS SELECT a FROM t;',
    'CREATE TABLE u (c INTEGER, b); CREATE VIEW v AS SELECT c FROM u;',
    { tables: { t: 'u' }, columns: { t: { a: 'c' } } },
  ],
  [
    'only the case changes, and a view names it',
    'CREATE TABLE t (a TEXT); CREATE VIEW v AS SELECT a FROM t;',
    'CREATE TABLE t (A TEXT, n); CREATE VIEW v AS SELECT a FROM t;',
  ],
  [
    'a generated column is replaced by another, and nothing is to be asked',
    'CREATE TABLE t (a INTEGER, g AS (a + 1));',
    'CREATE TABLE t (a INTEGER, h AS (a + 1));',
  ],
];

const names: readonly Case[] = [
  [
    'a column that is called like a keyword, with and without quotes',
    `CREATE TABLE t (cross TEXT, "desc" TEXT, g AS ("cross" || 'x'), CHECK (cross <> 1), UNIQUE ("cross", desc));`,
    `CREATE TABLE t ("cross" TEXT, desc TEXT, g AS (cross || 'x'), CHECK ("cross" <> 1), UNIQUE (cross, "desc"));`,
  ],
  [
    'a named constraint beside a CHECK of the same column',
    'CREATE TABLE t ("row" TEXT CONSTRAINT c UNIQUE CHECK ("row" <> 1));',
    'CREATE TABLE t (row TEXT CONSTRAINT c UNIQUE CHECK (row != 1));',
  ],
  ['the order of columns', 'CREATE TABLE t (a TEXT, b TEXT);', 'CREATE TABLE t (b TEXT, a TEXT);'],
];

const impossible: readonly Case[] = [
  [
    'a list of values that shrinks',
    `CREATE TABLE t (a TEXT CHECK (a IN ('x', 'y', 'z')));`,
    `CREATE TABLE t (a TEXT CHECK (a IN ('y')));`,
  ],
  [
    'a unique index on equal values',
    'CREATE TABLE t (a INTEGER NOT NULL CHECK (a IN (1)));',
    'CREATE TABLE t (a INTEGER NOT NULL CHECK (a IN (1))); CREATE UNIQUE INDEX i ON t (a);',
  ],
];

describe('a generated migration', () => {
  it.each([...losses, ...rows, ...renames])('is right up and down: %s', (name, from, to, renames) => {
    expect(verdictOf([name, from, to, renames])).toMatchObject({ end: 'right', findings: [] });
  });

  it.each(names)('is empty: %s', (name, from, to, renames) => {
    expect(verdictOf([name, from, to, renames])).toMatchObject({ end: 'empty', findings: [] });
  });

  it.each(impossible)(
    'fails whole on rows that no migration could carry, and is right without them: %s',
    (name, from, to, renames) => {
      expect(verdictOf([name, from, to, renames])).toMatchObject({ end: 'does not fit', findings: [] });
    },
  );
});
