import { describe, expect, it } from 'vitest';
import type { TableChanges } from '../migration/index.ts';
import { parseTable } from '../sql/index.ts';
import { collectChanges } from './changes.ts';
import { editTable } from './edit-table.ts';

/** A table's text after changes. */
function edited(sql: string, define: (table: TableChanges) => unknown): string {
  const location = { id: '002_change', direction: 'up', table: 't' } as const;
  const { builder, changes } = collectChanges(location);
  define(builder);
  return editTable(parseTable(sql)!, changes, location).table.sql;
}

const lines = `CREATE TABLE t (
  -- the key
  a INTEGER PRIMARY KEY, -- of everything
  b TEXT /* a text */ NOT NULL, -- about b
  c -- about c
)`;

const constrained = `CREATE TABLE t (
  a INTEGER,
  b TEXT, -- about b
  -- the keys
  PRIMARY KEY (a, b), -- both
  CONSTRAINT u UNIQUE (b)
) STRICT, WITHOUT ROWID`;

describe('what is not changed keeps its text', () => {
  it.each<[string, string, (table: TableChanges) => unknown, string]>([
    [
      'a column behind the last one',
      lines,
      (t) => t.addColumn('d', 'INTEGER').addColumn('select', 'TEXT -- odd'),
      lines.replace('c -- about c\n', 'c, -- about c\n  d INTEGER,\n  "select" TEXT -- odd\n\n'),
    ],
    [
      'a column before the constraints',
      constrained,
      (t) => t.addColumn('d', "TEXT DEFAULT ','"),
      constrained.replace('-- about b\n', "-- about b\n  d TEXT DEFAULT ',',\n"),
    ],
    [
      'a column on one line',
      'CREATE TABLE t (a, b TEXT, UNIQUE (a))',
      (t) => t.addColumn('c', ''),
      'CREATE TABLE t (a, b TEXT, c, UNIQUE (a))',
    ],
    [
      'a column behind a comment on one line',
      'CREATE TABLE t (a, b -- the last\n)',
      (t) => t.addColumn('c', 'INT'),
      'CREATE TABLE t (a, b, -- the last\nc INT\n)',
    ],
    [
      'the first column less',
      lines,
      (t) => t.dropColumn('a'),
      lines.replace('  a INTEGER PRIMARY KEY, -- of everything\n', ''),
    ],
    [
      'the last column less',
      lines,
      (t) => t.dropColumn('c'),
      lines.replace(', -- about b\n  c -- about c', ' -- about b'),
    ],
    ['a column of one line less', 'CREATE TABLE t (a, b , c)', (t) => t.dropColumn('b'), 'CREATE TABLE t (a, c)'],
    ['the last column of one line less', 'CREATE TABLE t (a, b)', (t) => t.dropColumn('b'), 'CREATE TABLE t (a)'],
    [
      'the last constraint less',
      constrained,
      (t) => t.dropConstraint('U'),
      constrained.replace(', -- both\n  CONSTRAINT u UNIQUE (b)', ' -- both'),
    ],
    [
      'a constraint less that no comma separates',
      'CREATE TABLE t (a, b, UNIQUE (a) UNIQUE (b))',
      (t) => t.dropUnique('a'),
      'CREATE TABLE t (a, b, UNIQUE (b))',
    ],
    [
      'another type',
      lines,
      (t) =>
        t
          .changeColumn('b', { type: 'VARCHAR (20)' })
          .changeColumn('c', { type: 'BLOB' })
          .changeColumn('a', { type: '' }),
      lines.replace('TEXT /*', 'VARCHAR (20) /*').replace('c --', 'c BLOB --').replace('a INTEGER', 'a'),
    ],
    [
      'constraints of a column',
      lines,
      (t) =>
        t
          .changeColumn('b', { notNull: false, default: 7, collate: 'NOCASE', unique: true })
          .changeColumn('c', { notNull: true, default: 'lower(hex(randomblob(4)))' }),
      lines
        .replace('/* a text */ NOT NULL', 'DEFAULT 7 COLLATE NOCASE UNIQUE /* a text */')
        .replace('c --', 'c NOT NULL DEFAULT (lower(hex(randomblob(4)))) --'),
    ],
    [
      'what a column says already',
      'CREATE TABLE t (a NOT NULL ON CONFLICT FAIL UNIQUE DEFAULT 1 DEFAULT 2 COLLATE x COLLATE y NULL)',
      (t) => t.changeColumn('a', { notNull: true, unique: true, default: "'now'", collate: null }),
      "CREATE TABLE t (a NOT NULL ON CONFLICT FAIL UNIQUE DEFAULT 'now')",
    ],
    [
      'no longer STRICT, nor WITHOUT ROWID',
      constrained,
      (t) => t.strict(false).withoutRowid(false),
      constrained.replace(' STRICT, WITHOUT ROWID', ''),
    ],
    ['no longer STRICT', constrained, (t) => t.strict(false), constrained.replace('STRICT, ', '')],
    ['with a rowid', constrained, (t) => t.withoutRowid(false), constrained.replace(', WITHOUT ROWID', '')],
    ['both options', lines, (t) => t.strict().withoutRowid().strict(), `${lines} STRICT, WITHOUT ROWID`],
    [
      'a foreign key and a check of a column',
      'CREATE TABLE t (a CHECK ( A  > 0 ) REFERENCES p DEFERRABLE, b CONSTRAINT n NOT NULL)',
      (t) => t.dropCheck('A>0').dropForeignKey('a').dropConstraint('n'),
      'CREATE TABLE t (a, b)',
    ],
    [
      'what stands close together',
      `CREATE TABLE t ([a]"my type"UNIQUE,b DEFAULT'x'NOT NULL,[c]UNIQUE,d"x"UNIQUE)`,
      (t) =>
        t
          .changeColumn('a', { type: 'INT' })
          .changeColumn('b', { default: 5 })
          .changeColumn('c', { type: 'TEXT' })
          .changeColumn('d', { type: '' }),
      'CREATE TABLE t ([a] INT UNIQUE,b DEFAULT 5 NOT NULL,[c] TEXT UNIQUE,d UNIQUE)',
    ],
    [
      'what follows a definition that ends with a comment',
      'CREATE TABLE t (a, b, UNIQUE (a))',
      (t) => t.changeColumn('a', 'INT -- first').addColumn('c', 'INT -- last'),
      'CREATE TABLE t (a INT -- first\n, b, c INT -- last\n, UNIQUE (a))',
    ],
    [
      'defaults in parentheses where they need some',
      'CREATE TABLE t (a, b, c, d, e)',
      (t) =>
        t
          .changeColumn('a', { default: '(1) + (2)' })
          .changeColumn('b', { default: '(1 + 2)' })
          .changeColumn('c', { default: '- 1.5e3' })
          .changeColumn('d', { default: "date('now')" })
          .changeColumn('e', { default: 'CURRENT_DATE' }),
      "CREATE TABLE t (a DEFAULT ((1) + (2)), b DEFAULT (1 + 2), c DEFAULT - 1.5e3, d DEFAULT (date('now')), e DEFAULT CURRENT_DATE)",
    ],
  ])('%s', (_, sql, define, expected) => {
    const found = edited(sql, define);
    const squeeze = (text: string): string => text.replaceAll(/[ \t]+/g, ' ').replaceAll(/\s*\n\s*/g, '\n');
    expect(squeeze(found)).toBe(squeeze(expected));
  });

  it('two constraints that say the same are ambiguous', () => {
    expect(() => edited('CREATE TABLE t (a UNIQUE, UNIQUE (a))', (t) => t.dropUnique('a'))).toThrow(
      'it has 2 times UNIQUE (a)',
    );
  });
});
