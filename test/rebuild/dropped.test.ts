import { describe, expect, it } from 'vitest';
import type { TableChanges } from '../../src/migration/index.ts';
import { failureOf, onEveryDriver, openTestDatabase } from '../support/databases.ts';
import { rebuild } from './support.ts';

type Define = (table: TableChanges) => unknown;

const drop: Define = (t) => t.dropColumn('a');
const parents = 'CREATE TABLE p (x, y, PRIMARY KEY (x, y)); ';

describe('a column that a constraint names cannot be dropped alone', () => {
  it.each<[string, string, string, Define]>([
    ['a, b, UNIQUE (a, b)', 'UNIQUE (a, b)', "dropUnique(['a', 'b'])", (t) => t.dropUnique(['a', 'b'])],
    ['"a", b, UNIQUE ("a")', 'UNIQUE (a)', "dropUnique('a')", (t) => t.dropUnique('a')],
    ['a, b, CHECK (a > b)', 'CHECK (a > b)', 'dropCheck("a > b")', (t) => t.dropCheck('a > b')],
    ['a, b CHECK (b < t.A)', 'CHECK (b < t.A)', 'dropCheck("b < t.A")', (t) => t.dropCheck('b < t.A')],
    ['a, b, CHECK ("a" > 0)', 'CHECK ("a" > 0)', String.raw`dropCheck("\"a\" > 0")`, (t) => t.dropCheck('"a" > 0')],
    [
      'a, b, CONSTRAINT c CHECK (a > b)',
      'constraint c, CHECK (a > b),',
      "dropConstraint('c')",
      (t) => t.dropConstraint('c'),
    ],
    [
      'a, b, FOREIGN KEY (b, a) REFERENCES p (x, y)',
      'FOREIGN KEY (b, a)',
      "dropForeignKey(['b', 'a'])",
      (t) => t.dropForeignKey(['b', 'a']),
    ],
    ['a, b, PRIMARY KEY (a, b)', 'PRIMARY KEY (a, b)', 'dropPrimaryKey()', (t) => t.dropPrimaryKey()],
    ['a, b AS (a + 1), c', 'the generated column b (a + 1)', "dropColumn('b')", (t) => t.dropColumn('b')],
  ])('%s', async (columns, words, call, remedy) => {
    const schema = `${parents}CREATE TABLE t (${columns});`;
    const failure = await failureOf(() => rebuild(openTestDatabase(), schema, 't', drop));
    expect(failure.code).toBe('REBUILD_INVALID');
    expect(failure.message).toContain(`a is dropped, but ${words} names it.`);
    expect(failure.hint).toContain(`Call \`${call}`);
    // The call that is named helps, before it and behind it.
    for (const both of [(t: TableChanges) => (drop(t), remedy(t)), (t: TableChanges) => (remedy(t), drop(t))]) {
      const db = openTestDatabase();
      await rebuild(db, schema, 't', both);
      expect(db.column("SELECT name FROM pragma_table_xinfo('t')")).not.toContain('a');
    }
  });

  it.each([
    "a, b CHECK (b <> 'a')",
    'a, b CHECK (abs(b) > 0)',
    'a CHECK (a > 0), b',
    'a UNIQUE, b',
    'a, aa CHECK (aa > 0)',
  ])('others can: %s', async (columns) => {
    const db = openTestDatabase();
    await rebuild(db, `CREATE TABLE t (${columns});`, 't', drop);
    expect(db.column("SELECT name FROM pragma_table_info('t')")).toHaveLength(1);
  });
});

onEveryDriver('a column takes the name of one that is dropped', (open) => {
  const schema = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c); INSERT INTO t VALUES (1, 2, 3, 4), (2, 5, 6, 7);';

  it.each<[string, Define, Record<string, number>[]]>([
    [
      'a plain one',
      (t) => t.dropColumn('a').renameColumn('b', 'a'),
      [
        { id: 1, a: 3, c: 4 },
        { id: 2, a: 6, c: 7 },
      ],
    ],
    [
      'in another case',
      (t) => t.dropColumn('A').renameColumn('b', 'a'),
      [
        { id: 1, a: 3, c: 4 },
        { id: 2, a: 6, c: 7 },
      ],
    ],
    [
      'one after the other',
      (t) => t.dropColumn('a').renameColumn('b', 'a').renameColumn('c', 'b').addCheck('a < b'),
      [
        { id: 1, a: 3, b: 4 },
        { id: 2, a: 6, b: 7 },
      ],
    ],
    [
      'with another change',
      (t) => t.dropColumn('a').renameColumn('b', 'a').changeColumn('c', { notNull: true }),
      [
        { id: 1, a: 3, c: 4 },
        { id: 2, a: 6, c: 7 },
      ],
    ],
  ])('%s', async (_, define, rows) => {
    const db = open();
    await rebuild(db, schema, 't', define);
    expect(db.rows('SELECT * FROM t')).toEqual(rows);
    expect(db.value("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%dunlin_dropped%'")).toBe(0);
  });

  it.each<[string, string, string]>([
    ['a view', 'CREATE VIEW v AS SELECT a FROM t;', 'OBJECT_BROKEN'],
    ['an index', 'CREATE INDEX i ON t (a);', 'REBUILD_FAILED'],
    ['a constraint', 'DROP TABLE t; CREATE TABLE t (a, b, c CHECK (a > 0));', 'REBUILD_INVALID'],
  ])('but not where %s uses what is dropped, which is named as it is called', async (_, more, code) => {
    const db = open();
    const define: Define = (t) => t.dropColumn('a').renameColumn('b', 'a').addCheck('c <> 9');
    const failure = await failureOf(() => rebuild(db, schema + more, 't', define));
    expect(failure.code).toBe(code);
    expect(`${failure.message} ${failure.hint}`).not.toContain('dunlin_dropped');
    expect(db.rows('SELECT count(*) AS n FROM t')).toHaveLength(1);
  });
});

describe('a rebuild keeps', () => {
  it.each(['-- behind it\n', '/* behind it */', '-- one\n-- two\n', '/* a */ -- b'])(
    'the comment behind an index: %j',
    async (comment) => {
      const db = openTestDatabase();
      // Run by itself, as by a tool of the time before: SQLite keeps what it is given up to the semicolon.
      db.exec('CREATE TABLE t (a, b)');
      db.exec(`CREATE INDEX i ON t (a) ${comment}`);
      const before = db.value("SELECT sql FROM sqlite_schema WHERE name = 'i'");
      expect(before).toContain(comment);
      await rebuild(db, '', 't', (t) => t.changeColumn('b', { type: 'TEXT' }));
      expect(db.value("SELECT sql FROM sqlite_schema WHERE name = 'i'")).toBe(before);
    },
  );

  it.each([
    'a CHECK (main.t.a > 0)',
    'a CHECK ("main"."t"."a" > 0)',
    'a, CHECK (main . t . a > 0)',
    'a CHECK (t.a > 0)',
    'a CHECK (main.t.a > 0 AND (t.b IS NULL OR main.t.b <> t.a))',
  ])('what names its own table: %s', async (column) => {
    const db = openTestDatabase();
    await rebuild(db, `CREATE TABLE t (b, ${column}); INSERT INTO t (a) VALUES (1);`, 't', (t) =>
      t.changeColumn('b', { type: 'TEXT' }),
    );
    expect(db.value('SELECT a FROM t')).toBe(1);
    expect(() => db.exec('INSERT INTO t (a) VALUES (0)')).toThrow('CHECK');
  });
});
