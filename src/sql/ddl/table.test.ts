import { describe, expect, it } from 'vitest';
import { splitStatements } from '../split.ts';
import { parseAddedColumn, parseTable } from './table.ts';
import type { Span } from './types.ts';

/** A table's parts as texts. */
function parts(sql: string): unknown {
  const table = parseTable(sql);
  if (table === undefined) return undefined;
  const text = ({ start, end }: Span): string => sql.slice(start, end);
  return {
    name: table.name.name,
    columns: table.columns.map(({ name, type, constraints }) =>
      [name.name, type && text(type), ...constraints.map((one) => `${one.kind}: ${text(one)}`)].filter(Boolean),
    ),
    ...(table.constraints.length === 0 ? {} : { constraints: table.constraints.map((one) => [one.kind, text(one)]) }),
    ...(table.options.length === 0 ? {} : { options: table.options.map(text) }),
  };
}

describe('a CREATE TABLE is taken apart', () => {
  it('into columns with types and constraints', () => {
    const sql = `CREATE TABLE IF NOT EXISTS main."a ""b""" (
      id INTEGER CONSTRAINT pk PRIMARY KEY ASC ON CONFLICT ABORT AUTOINCREMENT, -- the key, (kept)
      [b c] UNSIGNED BIG INT (10, -2) NOT NULL ON CONFLICT FAIL DEFAULT -1 COLLATE nocase,
      "check" DEFAULT ('a,' || (b)) CHECK (x IN (1, 2)) /* , */ UNIQUE,
      'd' REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED NULL,
      g TEXT GENERATED ALWAYS AS (a || ')') STORED NOT NULL, h AS (1),
      generated always
    )`;
    expect(parts(sql)).toEqual({
      name: 'a "b"',
      columns: [
        ['id', 'INTEGER', 'primary-key: CONSTRAINT pk PRIMARY KEY ASC ON CONFLICT ABORT AUTOINCREMENT'],
        [
          'b c',
          'UNSIGNED BIG INT (10, -2)',
          'not-null: NOT NULL ON CONFLICT FAIL',
          'default: DEFAULT -1',
          'collate: COLLATE nocase',
        ],
        ['check', "default: DEFAULT ('a,' || (b))", 'check: CHECK (x IN (1, 2))', 'unique: UNIQUE'],
        [
          'd',
          'foreign-key: REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED',
          'null: NULL',
        ],
        ['g', 'TEXT', "generated: GENERATED ALWAYS AS (a || ')') STORED", 'not-null: NOT NULL'],
        ['h', 'generated: AS (1)'],
        ['generated', 'always'],
      ],
    });
  });

  it('into constraints of the table, with and without commas, and options', () => {
    const sql = `create table t(a, b, constraint x primary key (a, b collate nocase desc) on conflict replace
      unique (lower(a), b) check (a > ')'), foreign key (a, "b") references p(c, d) on delete cascade deferrable
      constraint left_over) without rowid, strict;`;
    expect(parts(sql)).toEqual({
      name: 't',
      columns: [['a'], ['b']],
      constraints: [
        ['primary-key', 'constraint x primary key (a, b collate nocase desc) on conflict replace'],
        ['unique', 'unique (lower(a), b)'],
        ['check', "check (a > ')')"],
        ['foreign-key', 'foreign key (a, "b") references p(c, d) on delete cascade deferrable'],
        ['name', 'constraint left_over'],
      ],
      options: ['without rowid', 'strict'],
    });
    const found = parseTable(sql)!.constraints;
    expect(found.map((one) => one.columns.map(({ name }) => name))).toEqual([['a', 'b'], ['b'], [], ['a', 'b'], []]);
    expect(found[0]!.name).toBe('x');
    expect(found[3]!.references?.table.name).toBe('p');
    expect(found[3]!.references?.columns.map(({ name }) => name)).toEqual(['c', 'd']);
    expect(sql.slice(found[2]!.expression!.start, found[2]!.expression!.end)).toBe("a > ')'");
  });

  it.each([
    'CREATE VIRTUAL TABLE f USING fts5(a)',
    'CREATE TABLE t AS SELECT 1',
    'CREATE VIEW v AS SELECT 1',
    'CREATE TABLE t (a,)',
    'CREATE TABLE t (a',
    'CREATE TABLE t ()',
    'CREATE TABLE t (a CHECK)',
    'CREATE TABLE t (a REFERENCES)',
    'CREATE TABLE t (a, FOREIGN KEY (a))',
    'CREATE TABLE t (a) STRICT WITHOUT',
    'CREATE TABLE t (a REFERENCES b ON',
    'SELECT 1',
    '',
  ])('not: %s', (sql) => {
    expect(parts(sql)).toBeUndefined();
  });
});

describe('the column of ADD COLUMN', () => {
  const added = (sql: string): unknown => {
    const column = parseAddedColumn(splitStatements(sql)[0]!)?.columns[0];
    return column && [column.name.name, column.constraints.length];
  };

  it.each([
    ['ALTER TABLE t ADD t TEXT', 't', 0],
    ['ALTER TABLE main.t ADD t TEXT', 't', 0],
    ['ALTER TABLE t ADD COLUMN "column" TEXT NOT NULL', 'column', 1],
    ['ALTER TABLE "main" . "add" ADD /* one */ COLUMN "add" TEXT', 'add', 0],
    ['ALTER TABLE main.p ADD COLUMN p INT REFERENCES p (id)', 'p', 1],
  ])('%s', (sql, name, constraints) => {
    expect(added(sql)).toEqual([name, constraints]);
  });

  it.each([
    'ALTER TABLE t RENAME COLUMN a TO b',
    'ALTER TABLE t ADD CHECK (a > 1)',
    'ALTER TABLE t',
    'DROP TABLE t',
    'ALTER TABLE t ADD',
  ])('is not in %s', (sql) => {
    expect(added(sql)).toBeUndefined();
  });
});
