import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import { splitStatements } from './split.ts';
import type { ObjectName, ParsedStatement } from './types.ts';

const facts = (sql: string): ParsedStatement => classify(splitStatements(sql)[0]!);
const named = (name: string, schema?: string): ObjectName => ({ schema, name });

describe('classify', () => {
  it.each([
    ['SELECT 1', 'select'],
    ['values (1)', 'select'],
    ['WITH a AS (SELECT 1) SELECT * FROM a', 'select'],
    ['WITH a AS (SELECT 1), b(c) AS NOT MATERIALIZED (VALUES (1)) VALUES (1)', 'select'],
    ['EXPLAIN DROP TABLE a', 'explain'],
    ['explain query plan DELETE FROM a', 'explain'],
    ["ATTACH 'a' AS b", 'attach'],
    ['DETACH a', 'detach'],
    ['REINDEX', 'reindex'],
    ['ANALYZE a', 'analyze'],
  ])('%s is %s', (sql, verb) => {
    expect(facts(sql)).toEqual({ verb });
  });

  it.each([
    'NONSENSE',
    '"SELECT" 1',
    "'SELECT'",
    '(SELECT 1)',
    '1',
    '?',
    'ROLL BACK',
    'select1',
    '\u017felect 1',
    'CREATE',
    'CREATE NONSENSE a',
    'CREATE TABLE',
    'CREATE TABLE (a)',
    'CREATE VIEW',
    'CREATE INDEX a',
    'CREATE INDEX a ON',
    'CREATE UNIQUE TABLE a (b)',
    'CREATE TRIGGER',
    'CREATE TRIGGER a',
    'CREATE TRIGGER a INSERT ON',
    'CREATE VIRTUAL a',
    'CREATE VIRTUAL TABLE',
    'DROP',
    'DROP NONSENSE a',
    'DROP TABLE',
    'DROP TABLE a.',
    'DROP TABLE IF EXISTS',
    'ALTER',
    'ALTER VIEW a',
    'ALTER TABLE',
    'ALTER TABLE a RENAME',
    'ALTER TABLE a RENAME b',
    'ALTER TABLE a RENAME TO',
    'ALTER TABLE a RENAME b TO',
    'ALTER TABLE a ADD',
    'ALTER TABLE a DROP COLUMN',
    'INSERT a',
    'INSERT INTO',
    'DELETE a',
    'UPDATE',
    'REPLACE a',
    'PRAGMA',
    'PRAGMA a.',
    'WITH',
    'WITH a AS (SELECT 1)',
    'WITH a AS (SELECT 1) DROP TABLE a',
    'WITH a AS (SELECT 1) "SELECT" 1',
  ])('%s is unknown', (sql) => {
    expect(facts(sql)).toEqual({ verb: 'unknown' });
  });
});

describe('transactions', () => {
  it.each<[string, ParsedStatement]>([
    ['BEGIN', { verb: 'begin', savepoint: undefined }],
    ['BEGIN EXCLUSIVE TRANSACTION a', { verb: 'begin', savepoint: undefined }],
    ['COMMIT TRANSACTION', { verb: 'commit', savepoint: undefined }],
    ['END', { verb: 'commit', savepoint: undefined }],
    ['ROLLBACK', { verb: 'rollback', savepoint: undefined }],
    ['ROLLBACK TRANSACTION', { verb: 'rollback', savepoint: undefined }],
    ['ROLLBACK TRANSACTION a', { verb: 'rollback', savepoint: undefined }],
    ['ROLLBACK TO a', { verb: 'rollback', savepoint: 'a' }],
    ['ROLLBACK TO SAVEPOINT [a b]', { verb: 'rollback', savepoint: 'a b' }],
    ['ROLLBACK TRANSACTION TO a', { verb: 'rollback', savepoint: 'a' }],
    ['ROLLBACK TRANSACTION a TO SAVEPOINT b', { verb: 'rollback', savepoint: 'b' }],
    ["SAVEPOINT 'a'", { verb: 'savepoint', savepoint: 'a' }],
    ['RELEASE a', { verb: 'release', savepoint: 'a' }],
    ['RELEASE SAVEPOINT a', { verb: 'release', savepoint: 'a' }],
    ['VACUUM', { verb: 'vacuum', into: false }],
    ['VACUUM main', { verb: 'vacuum', into: false }],
    ["VACUUM main INTO 'a'", { verb: 'vacuum', into: true }],
  ])('%s', (sql, expected) => {
    expect(facts(sql)).toEqual(expected);
  });
});

describe('create', () => {
  it('reads a table with all its references', () => {
    const sql = `CREATE TABLE IF NOT EXISTS main."a b" (
      c INT REFERENCES parent, "references" TEXT CHECK (c <> 'REFERENCES x') UNIQUE ON CONFLICT FAIL,
      FOREIGN KEY (c) REFERENCES [Other One](id) ON DELETE CASCADE /* REFERENCES y */, e REFERENCES 'third')`;
    expect(facts(sql)).toEqual({
      verb: 'create',
      object: 'table',
      name: named('a b', 'main'),
      temporary: false,
      virtual: false,
      ifNotExists: true,
      asSelect: false,
      references: ['parent', 'Other One', 'third'],
      replacesOnConflict: false,
    });
  });

  it.each([
    ['CREATE TABLE a (b PRIMARY KEY ON CONFLICT REPLACE)', true],
    ['CREATE TABLE a (b, UNIQUE (b) on conflict replace)', true],
    ['CREATE TABLE a (b UNIQUE ON CONFLICT IGNORE, replace)', false],
    ["CREATE TABLE a (b DEFAULT 'ON CONFLICT REPLACE')", false],
    ['CREATE TABLE conflict (replace)', false],
  ])('%s replaces: %s', (sql, replacesOnConflict) => {
    expect(facts(sql)).toMatchObject({ replacesOnConflict });
  });

  it.each([
    ['CREATE TEMP TABLE a (b)', true],
    ['CREATE TEMPORARY TABLE a (b)', true],
    ['CREATE TABLE Temp.a (b)', true],
    ['CREATE TABLE main.a (b)', false],
    ['CREATE TABLE temp (b)', false],
    ['CREATE VIEW temp.a AS SELECT 1', true],
    ['CREATE TRIGGER temp.a INSERT ON b BEGIN SELECT 1; END', true],
    ['CREATE VIRTUAL TABLE temp.a USING fts5(b)', true],
  ])('%s is temporary: %s', (sql, temporary) => {
    expect(facts(sql)).toMatchObject({ temporary });
  });

  it('knows CREATE TABLE AS', () => {
    expect(facts('CREATE TABLE a AS SELECT 1')).toMatchObject({ asSelect: true });
    expect(facts('CREATE TABLE a (b INT AS (1))')).toMatchObject({ asSelect: false });
  });

  it('does not look into the arguments of a virtual table', () => {
    expect(facts('CREATE VIRTUAL TABLE IF NOT EXISTS a USING fts5(references b, on conflict replace)')).toEqual({
      verb: 'create',
      object: 'table',
      name: named('a'),
      temporary: false,
      virtual: true,
      ifNotExists: true,
      asSelect: false,
      references: [],
      replacesOnConflict: false,
    });
  });

  it('finds the table of a trigger, whatever stands before it', () => {
    expect(
      facts('CREATE TRIGGER IF NOT EXISTS main."on" INSTEAD OF UPDATE OF a, "on" ON "b" BEGIN SELECT 1; END'),
    ).toEqual({
      verb: 'create',
      object: 'trigger',
      name: named('on', 'main'),
      table: 'b',
      temporary: false,
      ifNotExists: true,
      deletes: false,
    });
    expect(facts('CREATE TRIGGER a INSERT ON main.b BEGIN SELECT 1; END')).toMatchObject({ table: 'b' });
  });

  it.each([
    ['DELETE FROM b', true],
    ['REPLACE INTO b VALUES (1)', true],
    ['INSERT OR REPLACE INTO b VALUES (1)', true],
    ['SELECT 1; update or replace b SET c = 1', true],
    ['INSERT OR IGNORE INTO b VALUES (1)', false],
    ["UPDATE b SET c = replace(d, 'x', 'y')", false],
    ["SELECT 1 OR replace(d, 'x', 'y')", false],
    ['SELECT "DELETE", \'; DELETE FROM b\'', false],
  ])('a body of %s deletes: %s', (body, deletes) => {
    expect(facts(`CREATE TRIGGER a AFTER DELETE ON t WHEN old.a OR replace(1, 2, 3) BEGIN ${body}; END`)).toMatchObject(
      { deletes },
    );
  });
});

describe('alter', () => {
  it.each([
    ['ALTER TABLE a RENAME TO b', { kind: 'rename-table', to: 'b' }],
    ['ALTER TABLE a RENAME b TO c', { kind: 'rename-column', from: 'b', to: 'c' }],
    ['ALTER TABLE a RENAME COLUMN "b" TO \'c\'', { kind: 'rename-column', from: 'b', to: 'c' }],
    ['ALTER TABLE a ADD b', { kind: 'add-column', column: 'b', references: [] }],
    ['ALTER TABLE a ADD COLUMN column INT', { kind: 'add-column', column: 'column', references: [] }],
    ['ALTER TABLE a ADD b REFERENCES c', { kind: 'add-column', column: 'b', references: ['c'] }],
    ['ALTER TABLE a DROP b', { kind: 'drop-column', column: 'b' }],
    ['ALTER TABLE a DROP COLUMN `b`', { kind: 'drop-column', column: 'b' }],
    ['ALTER TABLE a ADD CONSTRAINT b CHECK (c REFERENCES d)', { kind: 'other' }],
    ['ALTER TABLE a ADD CHECK (b > 0)', { kind: 'other' }],
    ['ALTER TABLE a DROP CONSTRAINT b', { kind: 'other' }],
    ['ALTER TABLE a ALTER COLUMN b SET NOT NULL', { kind: 'other' }],
    ['ALTER TABLE a ALTER b DROP NOT NULL', { kind: 'other' }],
  ])('%s', (sql, change) => {
    expect(facts(sql)).toEqual({ verb: 'alter', name: named('a'), change });
  });

  it('keeps the schema', () => {
    expect(facts('ALTER TABLE main.a DROP b')).toMatchObject({ name: named('a', 'main') });
  });
});

describe('insert, update, delete', () => {
  it.each([
    ['INSERT INTO a VALUES (1)', 'insert', undefined],
    ['INSERT OR ROLLBACK INTO a VALUES (1)', 'insert', 'rollback'],
    ['INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET b = 1', 'insert', undefined],
    ['REPLACE INTO a VALUES (1)', 'insert', 'replace'],
    ['UPDATE OR REPLACE a SET b = 1', 'update', 'replace'],
    ['UPDATE a AS c INDEXED BY d SET b = 1', 'update', undefined],
    ['DELETE FROM a AS b', 'delete', undefined],
    ['WITH b AS (SELECT ")" FROM c) DELETE FROM a', 'delete', undefined],
    ['WITH replace(x) AS (SELECT 1), b AS (SELECT (1)) REPLACE INTO a SELECT * FROM b', 'insert', 'replace'],
    [
      "WITH RECURSIVE b(c) AS (SELECT 1 UNION SELECT ')' FROM b) INSERT OR IGNORE INTO a SELECT c FROM b",
      'insert',
      'ignore',
    ],
  ] as const)('%s', (sql, verb, conflict) => {
    expect(facts(sql)).toEqual({ verb, name: named('a'), conflict });
  });

  it('knows no other conflict clause', () => {
    expect(facts('UPDATE OR a SET b = 1')).toMatchObject({ conflict: undefined });
  });
});

describe('pragma', () => {
  it.each([
    ['PRAGMA Foreign_Keys', undefined, 'foreign_keys', undefined],
    ['PRAGMA foreign_keys = OFF', undefined, 'foreign_keys', 'OFF'],
    ['PRAGMA main.user_version = 3', 'main', 'user_version', '3'],
    ['PRAGMA cache_size(-2000)', undefined, 'cache_size', '-2000'],
    ['PRAGMA cache_size = +5', undefined, 'cache_size', '5'],
    ['PRAGMA "a"."b"(\'c\'\'d\')', 'a', 'b', "c'd"],
    ['PRAGMA journal_mode = delete', undefined, 'journal_mode', 'delete'],
    ['PRAGMA a =', undefined, 'a', undefined],
  ])('%s', (sql, schema, name, value) => {
    expect(facts(sql)).toEqual({ verb: 'pragma', schema, name, value });
  });
});
