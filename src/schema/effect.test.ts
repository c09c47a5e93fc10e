import { describe, expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { compareSchemas } from './compare.ts';
import { readInventory, type Inventory } from './inventory.ts';

const inventory = (schema: string): Inventory =>
  perform(
    readInventory(() => false),
    memory(schema),
  );
const changes = (before: string, after: string): readonly string[] =>
  compareSchemas(inventory(before), inventory(after)).map(({ type, name, sameEffect, parts }) =>
    [sameEffect ? 'same' : 'other', type, name, ...parts.map(({ name: part }) => part)].join(' '),
  );
const grades = (before: string, after: string): readonly string[] => [
  ...new Set(
    compareSchemas(inventory(before), inventory(after)).map(({ sameEffect }) => (sameEffect ? 'same' : 'other')),
  ),
];
const table = (body: string): string => `CREATE TABLE p (id INTEGER PRIMARY KEY, x UNIQUE); CREATE TABLE t (${body})`;
const on = (statement: string): string => `CREATE TABLE t (a TEXT, b TEXT COLLATE NOCASE, c); ${statement}`;

describe('SQLite treats alike', () => {
  it.each([
    ['the name of a table', table('a'), table('a').replace('TABLE t', 'TABLE T')],
    ['a default in parentheses', table('a DEFAULT 0'), table('a DEFAULT ((0))')],
    ['a text in parentheses', table("a DEFAULT 'x'"), table("a DEFAULT ('x')")],
    ['true and 1', table('a DEFAULT true'), table('a DEFAULT 1')],
    ['(false) and 0', table('a DEFAULT (FALSE)'), table('a DEFAULT 0')],
    ['a default in double quotes', table('a DEFAULT "x"'), table("a DEFAULT 'x'")],
    ['a word as default', table('a DEFAULT Word'), table("a DEFAULT 'Word'")],
    ['a keyword as default', table('a DEFAULT no'), table("a DEFAULT 'no'")],
    ['a name that is a keyword elsewhere', table('key, CHECK (key > 1)'), table('key, CHECK (("key") > 1)')],
    ['the default NULL', table('a DEFAULT NULL'), table('a')],
    ['a sign', table('a DEFAULT +1'), table('a DEFAULT 1')],
    ['the current time', table('a DEFAULT CURRENT_TIMESTAMP'), table('a DEFAULT (current_timestamp)')],
    ['a foreign key of the table', table('a REFERENCES p (id)'), table('a, FOREIGN KEY (a) REFERENCES p (id)')],
    ['NO ACTION', table('a REFERENCES p (id)'), table('a REFERENCES p (id) ON DELETE NO ACTION ON UPDATE NO ACTION')],
    ['the parent key', table('a REFERENCES p'), table('a REFERENCES P (ID)')],
    ['MATCH', table('a REFERENCES p'), table('a REFERENCES p MATCH FULL')],
    ['IMMEDIATE', table('a REFERENCES p'), table('a REFERENCES p DEFERRABLE INITIALLY IMMEDIATE')],
    ['NOT DEFERRABLE', table('a REFERENCES p NOT NULL'), table('a REFERENCES p NOT DEFERRABLE NOT NULL')],
    ['the name of a foreign key', table('a REFERENCES p'), table('a, CONSTRAINT k FOREIGN KEY (a) REFERENCES p')],
    ['the name of a key', table('a TEXT PRIMARY KEY'), table('a TEXT, CONSTRAINT k PRIMARY KEY (a)')],
    ["the table's name", table('a CHECK (a > 0)'), table('a CHECK ("T".a > 0)')],
    ['UNIQUE of the table', table('a UNIQUE, b'), table('a, b, UNIQUE (a ASC)')],
    ['ABORT', table('a UNIQUE'), table('a UNIQUE ON CONFLICT ABORT')],
    ['a primary key of the table', table('a TEXT PRIMARY KEY'), table('a TEXT, PRIMARY KEY (A)')],
    ['the rowid', table('a INTEGER PRIMARY KEY'), table('a INTEGER NOT NULL, PRIMARY KEY (a DESC)')],
    ['AUTOINCREMENT', table('a INTEGER PRIMARY KEY AUTOINCREMENT'), table('a INTEGER, PRIMARY KEY (a AUTOINCREMENT)')],
    [
      'NOT NULL in a key',
      `${table('a PRIMARY KEY')} WITHOUT ROWID`,
      `${table('a NOT NULL PRIMARY KEY')} WITHOUT ROWID`,
    ],
    ['CHECK of the table', table('a CHECK (a > 0), b'), table('a, b, CHECK (A > 0)')],
    ['CHECK in parentheses', table('a CHECK (a > 0)'), table('a CHECK (((a) > (0)))')],
    ['<> and !=', table('a CHECK (a <> 1 AND a = 2)'), table('a CHECK (a != 1 AND a == 2)')],
    ['COLLATE BINARY', table('a TEXT'), table('a TEXT COLLATE "binary"')],
    ['a generated column', table('a, b AS (a + 1)'), table('a, b GENERATED ALWAYS AS ((A + 1)) VIRTUAL')],
    ['ASC', on('CREATE INDEX i ON t (a, b DESC)'), on('CREATE INDEX I ON T (A ASC, b DESC)')],
    [
      "a column's own collation",
      on('CREATE INDEX i ON t (b, a)'),
      on('CREATE INDEX i ON t (b COLLATE nocase, a COLLATE BINARY)'),
    ],
    [
      'an index with a condition',
      on('CREATE INDEX i ON t (lower(a)) WHERE a <> 1'),
      on('CREATE INDEX i ON t (LOWER(A)) WHERE (a != 1)'),
    ],
    [
      'a column that is called like a keyword',
      table('"cross", "end", "desc", g AS ("cross" || "end"), CHECK ("desc" IS NULL), UNIQUE ("cross", "desc" ASC)'),
      table('cross, end, desc, g AS (cross || end), CHECK (desc IS NULL), UNIQUE (cross, desc)'),
    ],
    [
      'a column that is called like an operator',
      table('"match", CHECK ("match" IN (1, 2) AND NOT "match" LIKE \'x\' OR (\'x\') NOT LIKE "match")'),
      table("match, CHECK (match IN (1, 2) AND NOT match LIKE 'x' OR ('x') NOT LIKE match)"),
    ],
    [
      'a named constraint beside a CHECK of the column',
      table('"row" CONSTRAINT c UNIQUE DEFAULT 0 CONSTRAINT n NULL CHECK ("row" <> 1)'),
      table('row CONSTRAINT c UNIQUE DEFAULT (0) CONSTRAINT n NULL CHECK ((row != 1))'),
    ],
    [
      'an index of an expression, ASC',
      on('CREATE INDEX i ON t (lower(a), b)'),
      on('CREATE INDEX i ON t (lower(a) ASC, b ASC)'),
    ],
    [
      'FOR EACH ROW, BEFORE',
      on('CREATE TRIGGER r UPDATE OF a ON t WHEN new.a BEGIN SELECT 1; END'),
      on('CREATE TRIGGER r BEFORE UPDATE OF A ON T FOR EACH ROW WHEN (NEW.a) BEGIN SELECT (1); END'),
    ],
  ])('%s', (_, before, after) => {
    expect(grades(before, after)).toEqual(['same']);
    expect(grades(after, before)).toEqual(['same']);
  });
});

describe('SQLite does not treat alike', () => {
  it.each([
    [
      'the order of foreign keys that act',
      table('a, b, FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE, FOREIGN KEY (b) REFERENCES p ON DELETE RESTRICT'),
      table('a, b, FOREIGN KEY (b) REFERENCES p ON DELETE RESTRICT, FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE'),
    ],
    [
      'the order of keys that do not abort',
      table('a, b, UNIQUE (a) ON CONFLICT IGNORE, UNIQUE (b)'),
      table('a, b, UNIQUE (b), UNIQUE (a) ON CONFLICT IGNORE'),
    ],
    [
      'that order, by moving one to the table',
      table('a UNIQUE ON CONFLICT IGNORE, b UNIQUE'),
      table('a, b UNIQUE, UNIQUE (a) ON CONFLICT IGNORE'),
    ],
    [
      'a column, and the function of that name',
      table('replace, CHECK ("replace" <> 1)'),
      table(`replace, CHECK (replace('a', 'b', 'c') <> 1)`),
    ],
    [
      'the end of a CASE, and a column',
      table('"end", CHECK (CASE 1 WHEN 1 THEN 2 END)'),
      table('"end", CHECK (CASE 1 WHEN 1 THEN 2 ELSE "end" END)'),
    ],
    ['the last of two defaults', table('a DEFAULT 1 DEFAULT 2'), table('a DEFAULT 2 DEFAULT 1')],
    ['NULL as the last default', table('a DEFAULT 1 DEFAULT NULL'), table('a DEFAULT 1')],
    ['the last of two collations', table('a COLLATE NOCASE COLLATE BINARY'), table('a COLLATE NOCASE')],
    [
      'the last answer to NULL',
      table('a NOT NULL ON CONFLICT IGNORE NOT NULL'),
      table('a NOT NULL NOT NULL ON CONFLICT IGNORE'),
    ],
    [
      'the last action',
      table('a REFERENCES p ON DELETE CASCADE REFERENCES p ON DELETE SET NULL'),
      table('a REFERENCES p ON DELETE SET NULL REFERENCES p ON DELETE CASCADE'),
    ],
    [
      'DEFERRABLE before REFERENCES',
      table('a NOT NULL DEFERRABLE INITIALLY DEFERRED REFERENCES p'),
      table('a REFERENCES p NOT NULL DEFERRABLE INITIALLY DEFERRED'),
    ],
    [
      'DEFERRABLE of another column',
      table('a REFERENCES p, b NOT NULL DEFERRABLE INITIALLY DEFERRED'),
      table('a, b NOT NULL DEFERRABLE INITIALLY DEFERRED, FOREIGN KEY (a) REFERENCES p'),
    ],
    [
      'a name and a sum',
      table('a, b, "a + b", UNIQUE ("a + b")').replace('UNIQUE ("a + b")', 'CHECK ("a + b")'),
      table('a, b, "a + b", CHECK (a + b)'),
    ],
    ['a name with a comma', table('a, b, "a,b", UNIQUE ("a,b")'), table('a, b, "a,b", UNIQUE (a, b)')],
    [
      'a name with a direction',
      on('CREATE INDEX i ON t ("a desc")').replace('a TEXT', 'a TEXT, "a desc"'),
      on('CREATE INDEX i ON t (a DESC)').replace('a TEXT', 'a TEXT, "a desc"'),
    ],
    ['a name like a value', table('a, "1", CHECK ("1")'), table('a, "1", CHECK (1)')],
    ['the rowid and a text', table('a CHECK ("rowid" > 5)'), table("a CHECK ('rowid' > 5)")],
    [
      'a name of a subquery and a text',
      on(`CREATE TRIGGER r INSERT ON t BEGIN SELECT "order" FROM (SELECT 5 AS "order"); END`),
      on(`CREATE TRIGGER r INSERT ON t BEGIN SELECT 'order' FROM (SELECT 5 AS "order"); END`),
    ],
    [
      'a parent key with a collation',
      'CREATE TABLE q (id TEXT, PRIMARY KEY (id COLLATE NOCASE)); CREATE TABLE t (a REFERENCES q)',
      'CREATE TABLE q (id TEXT, PRIMARY KEY (id COLLATE NOCASE)); CREATE TABLE t (a REFERENCES q (id))',
    ],
    [
      'a collation within an expression',
      on('CREATE INDEX i ON t (b = c COLLATE RTRIM)'),
      on('CREATE INDEX i ON t (b COLLATE NOCASE = c COLLATE RTRIM)'),
    ],
    ['a name that a CHECK gets', table('a CONSTRAINT k NOT NULL CHECK (a)'), table('a NOT NULL CHECK (a)')],
    ['a name of NULL', table('a CONSTRAINT k NULL CHECK (a)'), table('a CONSTRAINT j NULL CHECK (a)')],
    ['the name of a column', table('a'), table('A')],
    ['the order of columns', table('a, b'), table('b, a')],
    ['a type', table('a INT PRIMARY KEY'), table('a INTEGER PRIMARY KEY')],
    ['INTEGER PRIMARY KEY DESC', table('a INTEGER PRIMARY KEY DESC'), table('a INTEGER, PRIMARY KEY (a DESC)')],
    ['NOT NULL outside of the rowid', table('a TEXT PRIMARY KEY'), table('a TEXT NOT NULL PRIMARY KEY')],
    ['an answer to NULL', table('a INTEGER PRIMARY KEY'), table('a INTEGER NOT NULL ON CONFLICT IGNORE PRIMARY KEY')],
    ['a default', table('a DEFAULT 0'), table("a DEFAULT '0'")],
    ['"true" and true', table('a DEFAULT "true"'), table('a DEFAULT true')],
    ['the spelling of a text', table("a DEFAULT 'x'"), table("a DEFAULT 'X'")],
    ['the spelling of a word', table('a DEFAULT word'), table('a DEFAULT Word')],
    ['a sign', table('a DEFAULT -1'), table('a DEFAULT 1')],
    ['CASCADE', table('a REFERENCES p'), table('a REFERENCES p ON DELETE CASCADE')],
    ['another event', table('a REFERENCES p ON UPDATE CASCADE'), table('a REFERENCES p ON DELETE CASCADE')],
    ['SET NULL', table('a REFERENCES p ON DELETE SET NULL'), table('a REFERENCES p ON DELETE SET DEFAULT')],
    ['another parent key', table('a REFERENCES p'), table('a REFERENCES p (x)')],
    ['DEFERRED', table('a REFERENCES p'), table('a REFERENCES p DEFERRABLE INITIALLY DEFERRED')],
    [
      'DEFERRED apart',
      table('a REFERENCES p NOT NULL'),
      table('a REFERENCES p NOT NULL DEFERRABLE INITIALLY DEFERRED'),
    ],
    ['the name of a constraint', table('a CONSTRAINT k CHECK (a)'), table('a CHECK (a)')],
    ['a name without a constraint', table('a'), table('a CONSTRAINT k')],
    ['IGNORE', table('a UNIQUE'), table('a UNIQUE ON CONFLICT IGNORE')],
    ['the order of a key', table('a, b, UNIQUE (a, b)'), table('a, b, UNIQUE (b, a)')],
    ['a collation', table('a TEXT'), table('a TEXT COLLATE NOCASE')],
    [
      'a list and a subquery',
      on('CREATE INDEX i ON t (a) WHERE a IN (1)'),
      on('CREATE INDEX i ON t (a) WHERE a IN (1, 2)'),
    ],
    ['a call', on('CREATE INDEX i ON t (abs(a))'), on('CREATE INDEX i ON t (abs, a)').replace('a TEXT', 'abs, a TEXT')],
    ['what parentheses group', table('a CHECK (a * (1 + 2))'), table('a CHECK (a * 1 + 2)')],
    ['STORED', table('a, b AS (a) STORED'), table('a, b AS (a)')],
    [
      "another than the column's collation",
      on('CREATE INDEX i ON t (b)'),
      on('CREATE INDEX i ON t (b COLLATE BINARY)'),
    ],
    ['DESC', on('CREATE INDEX i ON t (a)'), on('CREATE INDEX i ON t (a DESC)')],
    ['UNIQUE', on('CREATE INDEX i ON t (a)'), on('CREATE UNIQUE INDEX i ON t (a)')],
    [
      'AFTER',
      on('CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END'),
      on('CREATE TRIGGER r INSERT ON t BEGIN SELECT 1; END'),
    ],
    [
      'the text of a body',
      on("CREATE TRIGGER r INSERT ON t BEGIN SELECT 'a'; END"),
      on("CREATE TRIGGER r INSERT ON t BEGIN SELECT 'A'; END"),
    ],
    ['the columns of a view', on('CREATE VIEW v AS SELECT a != 1 FROM t'), on('CREATE VIEW v AS SELECT a <> 1 FROM t')],
    ['STRICT', table('a TEXT'), `${table('a TEXT')} STRICT`],
  ])('%s', (_, before, after) => {
    expect(grades(before, after)).toEqual(['other']);
    expect(grades(after, before)).toEqual(['other']);
  });
});

it('names only the parts that differ in effect, if one does', () => {
  expect(changes(table('a DEFAULT (1), b UNIQUE, c INT'), table('a DEFAULT 1, b, c TEXT, UNIQUE (b)'))).toEqual([
    'other table t c',
  ]);
  expect(changes(table('a DEFAULT (1), b UNIQUE'), table('a DEFAULT 1, b, UNIQUE (b)'))).toEqual([
    'same table t a b UNIQUE (b)',
  ]);
});
