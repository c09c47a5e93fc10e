import { describe, expect, it } from 'vitest';
import { dumpStatements, terminated } from './dump.ts';
import type { SchemaObject } from './inventory.ts';

describe('a statement gets its semicolon', () => {
  it.each([
    ['behind an ordinary end', 'CREATE TABLE t (a)', 'CREATE TABLE t (a);'],
    ['behind a comment in a line of its own', 'CREATE INDEX i ON t (a) -- why', 'CREATE INDEX i ON t (a) -- why\n;'],
    ['behind a line end that is there', 'CREATE INDEX i ON t (a) -- why\n', 'CREATE INDEX i ON t (a) -- why\n;'],
    ['behind a closed comment', 'CREATE VIEW v AS SELECT 1 /* why */', 'CREATE VIEW v AS SELECT 1 /* why */;'],
    [
      'behind a comment that was never closed',
      'CREATE VIEW v AS SELECT 1 /* why',
      'CREATE VIEW v AS SELECT 1 /* why */;',
    ],
    ['behind one that only looks closed', 'CREATE VIEW v AS SELECT 1 /*/', 'CREATE VIEW v AS SELECT 1 /*/ */;'],
    ['behind dashes in a string', `CREATE VIEW v AS SELECT '--'`, `CREATE VIEW v AS SELECT '--';`],
  ])('%s', (_, sql, expected) => {
    expect(terminated(sql)).toBe(expected);
  });
});

describe('line ends', () => {
  it('are those of git, but not in strings and names', () => {
    expect(terminated(`CREATE TABLE t (\r\n  a DEFAULT 'x\r\ny', -- why\r\n  "b\r\nc"\r\n)`)).toBe(
      `CREATE TABLE t (\n  a DEFAULT 'x\r\ny', -- why\n  "b\r\nc"\n);`,
    );
  });

  it('do not leave a slash or GO alone, which end a statement in the sqlite3 command line', () => {
    expect(terminated(`CREATE VIEW v AS SELECT a\n/\nb AS\n  go \nFROM t`)).toBe(
      `CREATE VIEW v AS SELECT a\n/ b AS\n  go FROM t;`,
    );
    expect(terminated(`CREATE VIEW v AS SELECT a /\nb`)).toBe(`CREATE VIEW v AS SELECT a /\nb;`);
    expect(terminated(`CREATE VIEW v AS SELECT '\n/\n'`)).toBe(`CREATE VIEW v AS SELECT '\n/\n';`);
  });
});

describe('statements', () => {
  const object = (type: SchemaObject['type'], name: string, table: string, sql: string): SchemaObject => ({
    type,
    name,
    table,
    sql,
  });
  const objects = [
    object('trigger', 'after_b', 'b', 'trigger after_b'),
    object('trigger', 'z', 'a', 'trigger z'),
    object('view', 'v', 'v', 'view v'),
    object('table', 'f', 'f', 'CREATE VIRTUAL TABLE f USING fts5 (x)'),
    object('index', 'b_x', 'b', 'index b_x'),
    object('table', 'b', 'b', 'table b'),
    object('index', 'a_x', 'a', 'index a_x'),
    { type: 'index', name: 'sqlite_autoindex_a_1', table: 'a', sql: undefined } as const,
    object('table', 'a', 'a', 'table a'),
  ];
  const expected = [
    'table a;',
    'index a_x;',
    'table b;',
    'index b_x;',
    'view v;',
    'CREATE VIRTUAL TABLE f USING fts5 (x);',
    'trigger z;',
    'trigger after_b;',
  ];

  it('have one order, in whatever order the objects come', () => {
    expect(dumpStatements(objects)).toEqual(expected);
    expect(dumpStatements(objects.toReversed())).toEqual(expected);
  });

  it('of triggers that fire at the same moment keep the order of the objects, and the others have their names', () => {
    const trigger = (name: string, when: string): SchemaObject =>
      object('trigger', name, 't', `CREATE TRIGGER ${name} ${when} ON t BEGIN SELECT 1; END`);
    const order = (...triggers: SchemaObject[]): (string | undefined)[] =>
      dumpStatements(triggers).map((sql) => / (\w) /.exec(sql)?.[1]);
    const [c, a, b] = [trigger('c', 'BEFORE INSERT'), trigger('a', 'INSERT'), trigger('b', 'AFTER INSERT')];
    expect(order(c, a, b)).toEqual(['c', 'b', 'a']);
    expect(order(a, b, c)).toEqual(['a', 'b', 'c']);
    expect(order(trigger('z', 'AFTER UPDATE OF x'), trigger('y', 'AFTER UPDATE'), b)).toEqual(['b', 'z', 'y']);
    expect(order(trigger('z', 'INSTEAD OF DELETE'), trigger('y', 'INSTEAD OF UPDATE'))).toEqual(['y', 'z']);
  });
});
