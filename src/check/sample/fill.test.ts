import { describe, expect, it } from 'vitest';
import type { DatabaseBridge, Row } from '../../bridge/index.ts';
import { readInventory } from '../../schema/index.ts';
import { memory, perform } from '../../../test/support/memory.ts';
import { fillTables, type Filled } from './fill.ts';
import { collectHints, type ValueHints } from './value-hints.ts';

interface Sample extends Filled {
  readonly all: (sql: string) => readonly Row[];
}

/** Fills a database; the sample rows are valid, or the test fails here. */
function fill(schema: string, { sql = '', bridge = memory() }: { sql?: string; bridge?: DatabaseBridge } = {}): Sample {
  void bridge.script(`PRAGMA foreign_keys = OFF; ${schema}`);
  const hints: ValueHints = new Map();
  collectHints(sql, hints);
  const inventory = perform(
    readInventory(() => false),
    bridge,
  );
  const filled = perform(fillTables({ inventory, hints }), bridge);
  const all = (query: string): readonly Row[] => bridge.query(query, []) as readonly Row[];
  expect(all('PRAGMA foreign_key_check')).toEqual([]);
  expect(all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  return { ...filled, all };
}

const parent = 'CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);';

describe('a table gets rows that its schema allows', () => {
  it.each([
    ['no type', 'a, b, c'],
    [
      'every type',
      'a INT, b TEXT, c BLOB, d REAL, e NUMERIC, f DATE, g DATETIME, h BOOLEAN, i VARCHAR(3), j DECIMAL(9, 2)',
    ],
    ['NOT NULL', 'a INT NOT NULL, b TEXT NOT NULL, c BLOB NOT NULL, d REAL NOT NULL, e NOT NULL'],
    ['rowid', 'id INTEGER PRIMARY KEY AUTOINCREMENT'],
    ['a key that is no rowid', 'id INT PRIMARY KEY, a'],
    ['a descending key', 'id INTEGER PRIMARY KEY DESC'],
    ['a composite key', 'a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE TABLE u (x'],
    [
      'without a rowid',
      'id TEXT PRIMARY KEY, flag BOOLEAN NOT NULL UNIQUE ON CONFLICT REPLACE) WITHOUT ROWID; CREATE TABLE u (x',
    ],
    [
      'STRICT',
      'a INT NOT NULL, b INTEGER, c TEXT NOT NULL, d BLOB NOT NULL, e REAL NOT NULL, f ANY NOT NULL) STRICT; CREATE TABLE u (x',
    ],
    ['unique values', 'a UNIQUE NOT NULL, is_b INTEGER, c TEXT, UNIQUE (is_b, c)'],
    ['a generated column', 'a TEXT NOT NULL, b AS (upper(a)), c TEXT AS (a || a) STORED UNIQUE'],
    [
      'IN',
      `a TEXT NOT NULL CHECK (a IN ('x', 'it''s')), b INT CHECK (b NOT IN (1, 2)), c INT NOT NULL CHECK (c IN (-3, -4))`,
    ],
    [
      'limits',
      'a INT CHECK (a > 100000), b INT NOT NULL CHECK (b BETWEEN 3 AND 5), c REAL NOT NULL CHECK (0 <= c AND c <= 1)',
    ],
    [
      'lengths',
      'a TEXT NOT NULL CHECK (length(a) = 36), b BLOB NOT NULL CHECK (length(b) == 12), c TEXT NOT NULL CHECK (length(c) <= 2)',
    ],
    [
      'patterns',
      `a TEXT NOT NULL CHECK (a LIKE 'id-%'), b TEXT NOT NULL CHECK (b GLOB '#[0-9a-f][0-9]?x*'), c NOT NULL CHECK (c NOT LIKE 'sample%')`,
    ],
    [
      'JSON',
      `a TEXT NOT NULL CHECK (json_valid(a)), b TEXT NOT NULL CHECK (json_type(b) = 'array'), c NOT NULL CHECK (json_type(c) = 'object')`,
    ],
    [
      'types',
      `a NOT NULL CHECK (typeof(a) = 'integer'), b NOT NULL CHECK (typeof(b) = 'blob'), c NOT NULL CHECK (typeof(c) = 'real')`,
    ],
    [
      'dates',
      `a TEXT NOT NULL CHECK (date(a) IS NOT NULL), b TEXT NOT NULL CHECK (b = datetime(b)), c TEXT NOT NULL CHECK (strftime('%Y', c) > '2000')`,
    ],
    ['two columns', 'a INT NOT NULL, b INT NOT NULL, CHECK (a < b), CHECK (b - a < 100)'],
    [
      'one of several',
      `kind TEXT NOT NULL CHECK (kind IN ('a', 'b')), x, y, CONSTRAINT one CHECK ((kind = 'a' AND x IS NOT NULL AND y IS NULL) OR (kind = 'b' AND x IS NULL AND y > 7))`,
    ],
    ['one row', 'id INTEGER PRIMARY KEY CHECK (id = 1), a NOT NULL'],
    ['an expression', 'a TEXT NOT NULL); CREATE UNIQUE INDEX i ON t (lower(a)); CREATE TABLE u (x'],
    ['odd names', '"a b" INT NOT NULL, [c"d] TEXT UNIQUE, "select" CHECK ("select" IN (7, 8))'],
    ['no column of its own', 'a AS (1), b'],
  ])('%s', (_, columns) => {
    const { empty, all } = fill(`CREATE TABLE t (${columns});`);
    expect([...empty]).toEqual([]);
    expect(all('SELECT 1 FROM t').length).toBeGreaterThan(0);
  });

  it('the same rows each time, and other values in each', () => {
    const schema = `${parent} CREATE TABLE t (a TEXT, b INT, c BLOB, d DATE, mail_url TEXT, uuid TEXT, email TEXT, at_time INT);`;
    const first = fill(schema).all('SELECT * FROM t');
    expect(first).toEqual(fill(schema).all('SELECT * FROM t'));
    expect(first).toHaveLength(3);
    for (const name of Object.keys(first[0]!)) expect(new Set(first.map((row) => String(row[name]))).size).toBe(3);
    expect(first[0]).toMatchObject({ a: 'sample a 1', b: 7011, email: 'sample-1@example.com' });
  });
});

describe('references hold', () => {
  it.each([
    ['to a key', 'a INTEGER NOT NULL REFERENCES p'],
    ['to another column', 'a TEXT NOT NULL UNIQUE REFERENCES p (code)'],
    ['that may be NULL, and are not', 'a INTEGER REFERENCES p (id) ON DELETE SET NULL'],
    ['to itself', 'id INTEGER PRIMARY KEY, a INTEGER REFERENCES t'],
    ['deferred', 'a INTEGER NOT NULL REFERENCES p DEFERRABLE INITIALLY DEFERRED'],
  ])('%s', (_, columns) => {
    const { all, empty } = fill(`CREATE TABLE t (${columns}); ${parent}`);
    expect([...empty]).toEqual([]);
    expect(all('SELECT a FROM t').some((row) => row['a'] !== null)).toBe(true);
  });

  it('over two columns, in a circle, and to a view of nothing', () => {
    const { all, empty } = fill(
      `
      CREATE TABLE pair (a TEXT, b TEXT, PRIMARY KEY (a, b));
      CREATE TABLE two (x TEXT NOT NULL, y TEXT NOT NULL, FOREIGN KEY (x, y) REFERENCES pair);
      CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg); CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INTEGER NOT NULL REFERENCES hen);
      CREATE TABLE man (id INTEGER PRIMARY KEY, wife INTEGER NOT NULL REFERENCES woman DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE woman (id TEXT PRIMARY KEY, man INTEGER NOT NULL REFERENCES man (id) DEFERRABLE INITIALLY DEFERRED);`.replace(
        'wife INTEGER',
        'wife TEXT',
      ),
    );
    expect([...empty]).toEqual([]);
    expect(all('SELECT egg FROM hen WHERE egg IS NULL')).toEqual([]);
    expect(all('SELECT count(*) AS n FROM man JOIN woman ON wife = woman.id')[0]).not.toEqual({ n: 0 });
  });

  it('to the row that a column refers to by its name or by a later foreign key', () => {
    const schema = `CREATE TABLE notes (author TEXT, user_id INT, tag_id, nobody_id); CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE tag (id TEXT PRIMARY KEY);
      CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE);`;
    const sql =
      'CREATE TABLE notes_new (author TEXT, nobody_id, FOREIGN KEY (author) REFERENCES people (name), FOREIGN KEY (nobody_id, author) REFERENCES x)';
    expect(fill(schema, { sql }).all('SELECT * FROM notes LIMIT 1')).toEqual([
      { author: 'sample name 1', user_id: 1, tag_id: 'sample id 1', nobody_id: 'sample nobody_id 1' },
    ]);
  });

  it('where there is nothing to refer to, the reason is reported', () => {
    const { empty } =
      fill(`CREATE TABLE p (id INTEGER PRIMARY KEY CHECK (id < 0 AND id > 0)); CREATE TABLE t (a NOT NULL REFERENCES p);
      CREATE TABLE s (id INTEGER PRIMARY KEY, a NOT NULL REFERENCES s); CREATE TABLE r (x, y, z NOT NULL, w NOT NULL, PRIMARY KEY (x, y), FOREIGN KEY (z, w) REFERENCES r);`);
    expect(Object.fromEntries(empty)).toEqual({
      p: 'CHECK constraint failed: id < 0 AND id > 0',
      r: 'its first row would have to refer to itself',
      t: 'p, which it refers to, has no row',
    });
    // Such a table is written by who has foreign keys off.
    const schema = 'CREATE TABLE t (a REFERENCES nowhere, b REFERENCES q (x)); CREATE TABLE q (x);';
    const bridge = memory(`PRAGMA foreign_keys = OFF; ${schema}`);
    const inventory = perform(
      readInventory(() => false),
      bridge,
    );
    expect([...perform(fillTables({ inventory }), bridge).rows]).toEqual([
      ['q', 3],
      ['t', 3],
    ]);
  });
});

describe('triggers and virtual tables', () => {
  it('finds values that a trigger lets pass, and gives up where there are none', () => {
    const { rows, empty } =
      fill(`CREATE TABLE t (a INT NOT NULL, b TEXT NOT NULL); CREATE TABLE gone (a); CREATE TABLE no (a); CREATE TABLE off (a);
      CREATE TRIGGER t1 BEFORE INSERT ON t WHEN new.a > 3 BEGIN SELECT RAISE(ABORT, 'too much'); END;
      CREATE TRIGGER t2 AFTER INSERT ON gone BEGIN DELETE FROM gone; END;
      CREATE TRIGGER t3 BEFORE INSERT ON no BEGIN SELECT RAISE(ABORT, 'never'); END;
      CREATE TRIGGER t4 BEFORE INSERT ON off BEGIN SELECT RAISE(IGNORE); END;`);
    expect(Object.fromEntries(rows)).toEqual({ t: 3 });
    expect(Object.fromEntries(empty)).toEqual({
      gone: 'a trigger takes the row away again',
      no: 'never',
      off: 'a trigger takes the row away again',
    });
  });

  it('tries once more what needs a table that came later', () => {
    const { rows } = fill(`CREATE TABLE a (x); CREATE TABLE b (x);
      CREATE TRIGGER r BEFORE INSERT ON a WHEN NOT EXISTS (SELECT 1 FROM b) BEGIN SELECT RAISE(ABORT, 'b first'); END;`);
    expect(Object.fromEntries(rows)).toEqual({ a: 3, b: 3 });
  });

  it('fills full-text and R-tree tables of their own', () => {
    const { all, empty } =
      fill(`CREATE VIRTUAL TABLE f USING fts5 (a, b); CREATE VIRTUAL TABLE r USING rtree (id, x0, x1);
      CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); CREATE VIRTUAL TABLE e USING fts5 (a, content='n', content_rowid='id');
      CREATE TRIGGER n1 AFTER INSERT ON n BEGIN INSERT INTO e (rowid, a) VALUES (new.id, new.a); END;
      CREATE VIRTUAL TABLE v USING fts5vocab (f, row); CREATE VIRTUAL TABLE w USING rtree (id, a, b, +c);
      CREATE VIRTUAL TABLE s USING fts5 (x, contentless_delete=0, content='');`);
    expect(all(`SELECT count(*) AS n FROM f WHERE f MATCH 'sample'`)).toEqual([{ n: 1 }]);
    expect(all('SELECT id FROM r')).toEqual([{ id: 1 }]);
    expect(all(`SELECT count(*) AS n FROM e WHERE e MATCH 'sample'`)).toEqual([{ n: 3 }]);
    expect(Object.fromEntries(empty)).toEqual({ v: 'nothing is known of the module fts5vocab' });
  });
});

describe('what is there already', () => {
  it('stays as it is, but for columns that are new', () => {
    const bridge = memory(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE); INSERT INTO t (a) VALUES ('mine');
      CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f VALUES ('mine'); CREATE TABLE u (a);`);
    const inventory = perform(
      readInventory(() => false),
      bridge,
    );
    expect([...perform(fillTables({ inventory, tables: new Set(['t', 'f']) }), bridge).rows]).toEqual([]);
    void bridge.script(
      "INSERT INTO t (a) VALUES ('too'); ALTER TABLE t ADD COLUMN b TEXT; ALTER TABLE t ADD COLUMN c INTEGER REFERENCES t; ALTER TABLE t ADD COLUMN d CHECK (d = 1 AND d = 2);",
    );
    const wider = perform(
      readInventory(() => false),
      bridge,
    );
    const withNewColumns = new Set(['t']);
    expect([...perform(fillTables({ inventory: wider, tables: withNewColumns, withNewColumns }), bridge).rows]).toEqual(
      [],
    );
    expect(bridge.query('SELECT a, b, c, d FROM t', [])).toEqual([
      { a: 'mine', b: 'sample b 1', c: 1, d: null },
      { a: 'too', b: null, c: null, d: null },
    ]);
  });

  it.each([
    ['WITHOUT ROWID', 'CREATE TABLE t (k TEXT PRIMARY KEY, w) WITHOUT ROWID'],
    ['with a column called rowid', 'CREATE TABLE t (k TEXT PRIMARY KEY, rowid)'],
    ['INTEGER PRIMARY KEY DESC', 'CREATE TABLE t (k INTEGER PRIMARY KEY DESC, w)'],
  ])('gets values in the new columns of one row: %s', (_, schema) => {
    const bridge = memory(`${schema}; INSERT INTO t VALUES (1, 9), (2, 9), (3, 9); ALTER TABLE t ADD COLUMN b TEXT`);
    const inventory = perform(
      readInventory(() => false),
      bridge,
    );
    const withNewColumns = new Set(['t']);
    perform(fillTables({ inventory, tables: withNewColumns, withNewColumns }), bridge);
    expect(bridge.query('SELECT b FROM t ORDER BY k', [])).toEqual([{ b: 'sample b 1' }, { b: null }, { b: null }]);
  });
});

describe('what the migrations say', () => {
  it.each([
    [`CREATE TABLE n (a CHECK (a IN ('x', 'y')))`, ['x', 'y', 'x']],
    [`UPDATE t SET b = 1 WHERE a = '' OR a <> 'z'`, ['sample a 1', '', 'z']],
    [`SELECT a ->> 'k' FROM t`, ['{"sample":"1"}', '{"sample":"2"}', '{"sample":"3"}']],
    [`SELECT json_extract(t.a, '$.k') FROM t`, ['{"sample":"1"}', '{"sample":"2"}', '{"sample":"3"}']],
    [`SELECT value FROM t, json_each(a)`, ['[{"sample":"1"}]', '[{"sample":"2"}]', '[{"sample":"3"}]']],
    [`SELECT date(a), strftime('%Y', a) FROM t`, ['2001-02-02 04:05:06', '2001-02-03 04:05:06', '2001-02-04 04:05:06']],
    [`SELECT * FROM t WHERE a IS 'q' AND 3 NOT IN (b)`, ['sample a 1', 'q', 'sample a 3']],
  ])('%s', (sql, values) => {
    expect(
      fill('CREATE TABLE t (a TEXT NOT NULL)', { sql })
        .all('SELECT a FROM t')
        .map((row) => row['a']),
    ).toEqual(values);
  });

  it('a default is a value, a number is not a text, and a unique column needs others', () => {
    const { all } = fill(
      `CREATE TABLE t (s TEXT DEFAULT 'open', j TEXT DEFAULT '{}', l TEXT DEFAULT '[]', n INT, k TEXT UNIQUE)`,
      { sql: `SELECT * FROM t WHERE n = -5 AND n = 'x' AND s = 4 AND k = 'same'` },
    );
    expect(all('SELECT s, j, l, n, k FROM t')).toEqual([
      { s: 'open', j: '{}', l: '[]', n: 7031, k: 'sample k 1' },
      { s: 'sample s 2', j: '{"sample":"2"}', l: '[{"sample":"2"}]', n: -5, k: 'sample k 2' },
      { s: 'sample s 3', j: '{"sample":"3"}', l: '[{"sample":"3"}]', n: 7033, k: 'sample k 3' },
    ]);
  });
});
