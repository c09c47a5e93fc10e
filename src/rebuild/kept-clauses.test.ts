import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { TableClause } from '../migration/index.ts';
import { keepClauses } from './kept-clauses.ts';
import { missingIndexClauses } from './kept-index.ts';

const all: readonly TableClause[] = ['autoincrement', 'check', 'collate', 'generated', 'strict', 'without-rowid'];

describe('keepClauses', () => {
  it.each([
    ['t (a TEXT COLLATE NOCASE, b)', 'n (a text, b)', 'n (a text COLLATE NOCASE, b)'],
    [
      't (a VARCHAR(9) COLLATE x COLLATE "nocase")',
      'n ("A" text DEFAULT (1))',
      'n ("A" text DEFAULT (1) COLLATE "nocase")',
    ],
    ['t (a TEXT COLLATE NOCASE)', 'n (a TEXT COLLATE BINARY)', undefined],
    ['t (a TEXT COLLATE NOCASE)', 'n (a INTEGER)', undefined],
    ['t (a TEXT COLLATE NOCASE, b TEXT)', 'n (b TEXT)', undefined],
    ['t (a COLLATE NOCASE)', 'n (a)', 'n (a COLLATE NOCASE)'],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'n (a integer PRIMARY KEY)', 'n (a integer PRIMARY KEY AUTOINCREMENT)'],
    [
      't (a INTEGER PRIMARY KEY AUTOINCREMENT)',
      'n (a INTEGER NOT NULL, PRIMARY KEY ("a") ON CONFLICT ABORT)',
      'n (a INTEGER NOT NULL, PRIMARY KEY ("a" AUTOINCREMENT) ON CONFLICT ABORT)',
    ],
    [
      't (a INTEGER, PRIMARY KEY (a AUTOINCREMENT))',
      'n (a INTEGER PRIMARY KEY NOT NULL)',
      'n (a INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL)',
    ],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'n (a INTEGER PRIMARY KEY AUTOINCREMENT)', undefined],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'n (a TEXT PRIMARY KEY)', undefined],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'n (a INTEGER PRIMARY KEY DESC)', undefined],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'n (a INTEGER PRIMARY KEY) WITHOUT ROWID', undefined],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)', 'n (a INTEGER, b INTEGER PRIMARY KEY)', undefined],
    ['t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'n (a INTEGER)', undefined],
    ['t (a INTEGER PRIMARY KEY)', 'n (a INTEGER PRIMARY KEY)', undefined],
    ['t (a INT, b ANY) STRICT', 'n (a integer, b blob, c Real)', 'n (a integer, b blob, c Real) STRICT'],
    ['t (a INT) STRICT', 'n (a numeric)', undefined],
    ['t (a, b AS (a + 1) STORED, c)', 'n (a, c, UNIQUE (c))', 'n (a, c, b AS (a + 1) STORED, UNIQUE (c))'],
    ['t (a, b AS (a + 1), c AS (b + 1))', 'n (a)', 'n (a, b AS (a + 1), c AS (b + 1))'],
    ['t (a, b AS (a + 1))', 'n (b)', undefined],
    ['t (a, b AS (a + 1))', 'n (c)', undefined],
    ['t (a INT) STRICT', 'n (a)', undefined],
    [
      't (a TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
      'n (a TEXT PRIMARY KEY)',
      'n (a TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
    ],
    [
      't (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID',
      'n (a, b, PRIMARY KEY ("A", b))',
      'n (a, b, PRIMARY KEY ("A", b)) WITHOUT ROWID',
    ],
    ['t (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID', 'n (a PRIMARY KEY, b)', undefined],
    ['t (a PRIMARY KEY) WITHOUT ROWID', 'n (a)', undefined],
    ['t (a INTEGER PRIMARY KEY) WITHOUT ROWID', 'n (a INTEGER PRIMARY KEY AUTOINCREMENT)', undefined],
    [
      't (a CHECK (a > 0), b, CONSTRAINT c CHECK ("t".a < b))',
      'n (a, b)',
      'n (a, b, CHECK (a > 0), CONSTRAINT c CHECK (a < b))',
    ],
    ['t (a CHECK (a > 0), b CHECK (b > 0))', 'n (a CHECK (a > 1), b)', 'n (a CHECK (a > 1), b, CHECK (b > 0))'],
    ['t (a CHECK (a > 0), b)', 'n (b)', undefined],
    ['t (a, CHECK (random() > 0))', 'n (a)', 'n (a, CHECK (random() > 0))'],
  ])('of %s, in %s', (was, created, expected) => {
    const db = new BetterSqlite3(':memory:');
    const { sql, kept } = keepClauses(`CREATE TABLE ${was}`, `CREATE TABLE ${created}`, all);
    expect(sql).toBe(`CREATE TABLE ${expected ?? created}`);
    expect(kept.length > 0).toBe(expected !== undefined);
    if (!was.includes('COLLATE x')) db.exec(`CREATE TABLE ${was}; ${sql}`);
    db.close();
  });

  it('says what is kept, in the order of the columns', () => {
    const was = 'CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, CHECK (a <> b))';
    expect(keepClauses(was, 'CREATE TABLE n (b TEXT, a TEXT)', all).kept).toEqual([
      'CHECK (a <> b)',
      'COLLATE RTRIM of b',
      'COLLATE NOCASE of a',
    ]);
  });

  it('keeps nothing of a text that it cannot read', () => {
    expect(keepClauses('CREATE VIRTUAL TABLE t USING fts5(a)', 'CREATE TABLE n (a)', all).kept).toEqual([]);
    expect(keepClauses('CREATE TABLE t (a) STRICT', 'CREATE TABLE n AS SELECT 1', all)).toEqual({
      sql: 'CREATE TABLE n AS SELECT 1',
      kept: [],
    });
  });
});

describe('missingIndexClauses', () => {
  it.each([
    ['INDEX i ON t (a) WHERE a > 0', 'INDEX i ON t ("a")', 'WHERE'],
    ['INDEX i ON t (a COLLATE NOCASE, b DESC)', 'INDEX `i` ON `t` (`a`, `b`)', 'COLLATE, DESC'],
    ['UNIQUE INDEX i ON t (a ASC)', 'UNIQUE INDEX i ON t (a)', undefined],
    ['UNIQUE INDEX i ON t (a) WHERE a > 0', 'INDEX i ON t (a)', undefined],
    ['INDEX i ON t (a) WHERE a > 0', 'INDEX i ON t (a) WHERE a > 1', undefined],
    ['INDEX i ON t (a DESC)', 'INDEX i ON t (a ASC)', undefined],
    ['INDEX i ON t (a, b DESC)', 'INDEX i ON t (a)', undefined],
    ['INDEX i ON t (lower(a)) WHERE a > 0', 'INDEX i ON t (lower)', undefined],
    ['INDEX i ON t (a) WHERE a > 0', 'INDEX i ON t (a) WHERE a > 0', undefined],
    ['INDEX i ON t (a)', 'INDEX i ON t (a) WHERE a > 0', undefined],
    ['INDEX i ON t (b, coalesce("a", 1))', 'INDEX i ON t (`b`, `coalesce("a", 1)`)', 'coalesce(a,1)'],
    ['INDEX i ON t (lower(a)) WHERE a > 0', 'INDEX i ON t (`lower(a)`) WHERE a > 0', 'lower(a)'],
    ['INDEX i ON t (lower(a)) WHERE a > 0', 'INDEX i ON t (`lower(a)`)', 'WHERE, lower(a)'],
    ['INDEX i ON t (lower(a))', 'INDEX i ON t (lower(a))', undefined],
    ['INDEX i ON t (lower(a))', 'INDEX i ON t (`upper(a)`)', undefined],
    ['INDEX i ON t (a)', 'INDEX i ON t (a)', undefined],
  ])('of %s, in %s', (was, created, missing) => {
    expect(missingIndexClauses(`CREATE ${was}`, `CREATE ${created}`)).toBe(missing);
  });
});
