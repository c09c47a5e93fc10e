import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { GenerateRequest } from '../../src/generate/index.ts';
import { applied, differences, fileOf, generate } from './support.ts';

interface Change {
  readonly from: string;
  readonly to: string;
  readonly rows?: string;
  readonly options?: Omit<GenerateRequest, 'from' | 'to'>;
  readonly values?: Readonly<Record<string, string>>;
  /** What the UP part has, and what it has not. */
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
  readonly drops?: readonly string[];
}

const rebuild = 'legacy_alter_table';
const alter = { lacks: [rebuild] };
const log = 'CREATE TABLE log (line);';
const logs = 'CREATE TRIGGER t_log AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END;';

const changes: Readonly<Record<string, Change>> = {
  'NOT NULL is set by ALTER TABLE, and no trigger sees the values': {
    from: `CREATE TABLE t (a, b); ${log} ${logs}`,
    to: `CREATE TABLE t (a NOT NULL, b); ${log} ${logs}`,
    rows: 'INSERT INTO t VALUES (NULL, 1), (2, 2)',
    values: { 't.a': '7' },
    has: ['DROP TRIGGER t_log;', 'UPDATE t SET a = 7 WHERE a IS NULL;', 'ALTER TABLE t ALTER COLUMN a SET NOT NULL;'],
    ...alter,
  },
  'NOT NULL goes by ALTER TABLE': {
    from: 'CREATE TABLE t (a NOT NULL, b)',
    to: 'CREATE TABLE t (a, b)',
    rows: 'INSERT INTO t VALUES (1, 1)',
    values: { 't.a': '7' },
    has: ['ALTER TABLE t ALTER COLUMN a DROP NOT NULL;'],
    ...alter,
  },
  'NOT NULL is a rebuild for an older SQLite': {
    from: 'CREATE TABLE t (a, b)',
    to: 'CREATE TABLE t (a NOT NULL, b)',
    rows: 'INSERT INTO t VALUES (NULL, 1)',
    options: { sqlite: '3.44', fills: new Map([['T.a', "'x'"]]) },
    has: [`coalesce(a, 'x')`, rebuild],
  },
  'a new NOT NULL column is a rebuild for an older SQLite': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a, b NOT NULL)',
    rows: 'INSERT INTO t VALUES (1)',
    options: { sqlite: '3.52.0', fills: new Map([['t.b', 'a + 1']]) },
    has: ['SELECT rowid, a, a + 1 FROM t', rebuild],
  },
  'a new NOT NULL column whose constraint has a name is a rebuild': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a, b CONSTRAINT needed NOT NULL)',
    rows: 'INSERT INTO t VALUES (1)',
    values: { 't.b': '1' },
    has: [rebuild],
  },
  'a new column can be filled without being NOT NULL': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a, b DEFAULT 1)',
    rows: 'INSERT INTO t VALUES (1)',
    options: { fills: new Map([['t.b', 'a + 1']]) },
    has: ['ALTER TABLE t ADD COLUMN b DEFAULT 1;', 'UPDATE t SET b = a + 1;'],
    ...alter,
  },
  'a default that is no constant is a rebuild, whether the table has sample rows or not': {
    from: 'CREATE TABLE t (a CHECK (a IS NOT NULL AND a > 1 AND a < 1))',
    to: 'CREATE TABLE t (a CHECK (a IS NOT NULL AND a > 1 AND a < 1), b DEFAULT CURRENT_TIMESTAMP, c AS (a + 1) STORED)',
    has: [rebuild],
  },
  'a named CHECK over columns without NULL goes and comes by ALTER TABLE': {
    from: 'CREATE TABLE t (a NOT NULL, CONSTRAINT positive CHECK (a > 0))',
    to: 'CREATE TABLE t (a NOT NULL, CONSTRAINT known CHECK (a IN (1, 2) AND (a <> 7)))',
    rows: 'INSERT INTO t VALUES (1)',
    has: ['DROP CONSTRAINT positive;', 'ADD CONSTRAINT known CHECK'],
    ...alter,
  },
  'a CHECK that may be NULL is a rebuild': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a, CHECK (a > 0))',
    rows: 'INSERT INTO t VALUES (1), (NULL)',
    has: [rebuild],
  },
  'a CHECK that calls a function is a rebuild': {
    from: 'CREATE TABLE t (a NOT NULL)',
    to: 'CREATE TABLE t (a NOT NULL CHECK (abs(a) > 0))',
    rows: 'INSERT INTO t VALUES (1)',
    has: [rebuild],
  },
  'a CHECK without a name is dropped by a rebuild': {
    from: 'CREATE TABLE t (a CHECK (a > 0), b)',
    to: 'CREATE TABLE t (a, b)',
    rows: 'INSERT INTO t VALUES (1, 1)',
    has: [rebuild],
  },
  'UNIQUE is a rebuild, and its DOWN part drops what UP has added': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a, b UNIQUE)',
    rows: 'INSERT INTO t VALUES (1), (2)',
    has: [rebuild, '-- dunlin: destructive t.b'],
    drops: [],
  },
  'another spelling of a column is a rename': {
    from: 'CREATE TABLE t (a, b); CREATE VIEW v AS SELECT a FROM t',
    to: 'CREATE TABLE t (A, b); CREATE VIEW v AS SELECT a FROM t',
    rows: 'INSERT INTO t VALUES (1, 1)',
    has: ['RENAME COLUMN a TO A;'],
    ...alter,
  },
  'a view that names a dropped column is made anew': {
    from: 'CREATE TABLE t (a, b); CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT * FROM v',
    to: 'CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT * FROM v',
    rows: 'INSERT INTO t VALUES (1, 2)',
    has: ['DROP VIEW v;', 'ALTER TABLE t DROP COLUMN b;'],
    drops: ['t.b'],
    ...alter,
  },
  'a column moves to another table that the same view reads': {
    from: 'CREATE TABLE t (a, b); CREATE TABLE u (c); CREATE VIEW v AS SELECT b FROM t, u',
    to: 'CREATE TABLE t (a); CREATE TABLE u (c, b); CREATE VIEW v AS SELECT b FROM t, u',
    rows: 'INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (3)',
    drops: ['t.b'],
  },
  'views are made after those that they read, triggers after views': {
    from: 'CREATE TABLE t (a)',
    to: `CREATE TABLE t (a); CREATE VIEW a_first AS SELECT * FROM z_last; CREATE VIEW z_last AS SELECT a FROM t;
      CREATE TRIGGER i INSTEAD OF INSERT ON a_first BEGIN INSERT INTO t VALUES (new.a); END;`,
    has: ['CREATE VIEW z_last AS SELECT a FROM t;\n\nCREATE VIEW a_first AS SELECT * FROM z_last;\n\nCREATE TRIGGER i'],
  },
  'a view goes with its triggers': {
    from: `CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t;
      CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.a); END;`,
    to: 'CREATE TABLE t (a)',
    has: ['DROP TRIGGER i;\nDROP VIEW v;'],
  },
  'a table goes with its indexes and triggers': {
    from: `CREATE TABLE t (a); CREATE TABLE u (b); CREATE INDEX i ON u (b); ${log}
      CREATE TRIGGER tr AFTER INSERT ON u BEGIN INSERT INTO log VALUES (1); END;`,
    to: `CREATE TABLE t (a); ${log}`,
    rows: 'INSERT INTO u VALUES (1)',
    has: ['{drops u}', 'DROP TABLE u;'],
    lacks: ['DROP INDEX', 'DROP TRIGGER'],
    drops: ['u'],
  },
  'a table becomes a view, and an index changes': {
    from: 'CREATE TABLE t (a, b); CREATE TABLE v (a); CREATE INDEX i ON t (a)',
    to: 'CREATE TABLE t (a, b); CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (b)',
    rows: 'INSERT INTO t VALUES (1, 2)',
    has: ['DROP INDEX i;'],
    drops: ['v'],
  },
  'AUTOINCREMENT goes': {
    from: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)',
    to: 'CREATE TABLE t (id INTEGER PRIMARY KEY, a)',
    rows: 'INSERT INTO t (a) VALUES (1), (2); DELETE FROM t WHERE a = 2',
    drops: ['t'],
  },
  'the INTEGER PRIMARY KEY moves': {
    from: 'CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)',
    to: 'CREATE TABLE t (a INTEGER, b INTEGER PRIMARY KEY)',
    rows: 'INSERT INTO t VALUES (1, 5), (2, NULL)',
    values: { 't.b': 'a', 't.a': 'b' },
    drops: ['t.a'],
  },
  'a generated column is computed otherwise, and another is dropped': {
    from: 'CREATE TABLE t (a, b AS (a + 1) STORED, c AS (a + 2) STORED UNIQUE)',
    to: 'CREATE TABLE t (a, b AS (a + 3) STORED)',
    rows: 'INSERT INTO t VALUES (1)',
    has: ['-- dunlin: destructive t.b, t.c'],
    drops: [],
  },
  'a column becomes a generated one': {
    from: 'CREATE TABLE t (a, b)',
    to: 'CREATE TABLE t (a, b AS (a + 1))',
    rows: 'INSERT INTO t VALUES (1, 7)',
    drops: ['t.b'],
  },
  'a column without a type gets one, which says what its values become': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a TEXT)',
    rows: 'INSERT INTO t VALUES (1)',
    values: { 't.a': 'CAST(a AS TEXT)' },
    has: ['-- t.a was without a type and becomes TEXT'],
  },
  'a type that converts nothing is no question': {
    from: 'CREATE TABLE t (a VARCHAR(10), b INTEGER, c INT)',
    to: 'CREATE TABLE t (a VARCHAR(20), b NUMERIC, c)',
    rows: "INSERT INTO t VALUES ('00123', 1, 2)",
    values: { 't.c': 'c' },
    has: ['SELECT rowid, a, b, c FROM t'],
  },
  'names are swapped': {
    from: 'CREATE TABLE t (a TEXT, b TEXT); CREATE TABLE u (c)',
    to: 'CREATE TABLE u (b TEXT, a TEXT); CREATE TABLE t (c)',
    rows: "INSERT INTO t VALUES ('a', 'b'); INSERT INTO u VALUES (1)",
    options: {
      renames: [
        { table: 't', to: 'u' },
        { table: 'u', to: 't' },
        { table: 't', column: 'a', to: 'b' },
        { table: 't', column: 'b', to: 'a' },
      ],
    },
    has: ['RENAME COLUMN a TO dunlin_old_a;', 'ALTER TABLE t RENAME TO dunlin_old_t;'],
    ...alter,
  },
  'a table and a column get the names of others that go': {
    from: 'CREATE TABLE t (a TEXT, b TEXT); CREATE TABLE u (c)',
    to: 'CREATE TABLE u (b TEXT)',
    rows: "INSERT INTO t VALUES ('a', 'b')",
    options: {
      renames: [
        { table: 't', to: 'u' },
        { table: 't', column: 'a', to: 'b' },
      ],
    },
    has: ['DROP TABLE u;'],
    drops: ['u', 't.b'],
  },
  'a view that does not compile is no obstacle to a rename': {
    from: 'CREATE TABLE t (a, b); CREATE VIEW v AS SELECT nowhere FROM t',
    to: 'CREATE TABLE t (c, b); CREATE VIEW v AS SELECT b FROM t',
    rows: 'INSERT INTO t VALUES (1, 2)',
    options: { renames: [{ table: 't', column: 'a', to: 'c' }] },
    has: ['DROP VIEW v;', 'RENAME COLUMN a TO c;'],
  },
  'a virtual table comes, another goes, and their shadow tables are no difference': {
    from: 'CREATE TABLE t (a); CREATE VIRTUAL TABLE old USING fts5(x)',
    to: 'CREATE TABLE t (a); CREATE VIRTUAL TABLE new USING fts5(x)',
    has: ['DROP TABLE old;', 'CREATE VIRTUAL TABLE new USING fts5(x);'],
    drops: ['old'],
  },
  'the table in which another tool records what it did is left out': {
    from: 'CREATE TABLE t (a)',
    to: 'CREATE TABLE t (a, b); CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT, batch INTEGER, migration_time TEXT)',
    lacks: ['knex'],
  },
};

function thrown(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

const rowless = new Set(['CREATE VIEW v AS SELECT nowhere']);

describe('a generated migration makes the schema, and its DOWN part the one before', () => {
  it.each(Object.entries(changes))(
    '%s',
    (_, { from, to, rows = '', options = {}, values = {}, has = [], lacks = [], drops }) => {
      const generated = generate(from, to, { distinct: 'all', ...options });
      const file = fileOf(generated, {
        ...Object.fromEntries(generated.placeholders.map((one) => [one.key, one.sample])),
        ...values,
      });
      for (const text of has) expect(file).toContain(text.startsWith('{') ? '-- dunlin: destructive' : text);
      for (const text of lacks) expect(generated.up).not.toContain(text);
      if (drops !== undefined) expect(generated.drops).toEqual(drops);
      const { database, runner } = applied(from, rows, file);
      const wanted = to.replace(/CREATE TABLE knex.*/, '');
      expect(differences(database, wanted)).toEqual([]);
      if (![...rowless].some((text) => from.includes(text))) {
        runner.downSync();
        expect(differences(database, from)).toEqual([]);
      }
      expect(generate(wanted, to).up).toBe('');
    },
  );
});

describe('what is no difference', () => {
  it('is the order of columns, which is a note', () => {
    const { up, notes } = generate('CREATE TABLE t (a, b)', 'CREATE TABLE t (b, a)');
    expect({ up, notes }).toEqual({ up: '', notes: ['t: its columns are in another order, which needs no migration'] });
  });

  it('is how a default or a key is written', () => {
    const written = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a DEFAULT (0) UNIQUE)';
    expect(generate('CREATE TABLE t (id INTEGER, a DEFAULT 0, PRIMARY KEY (id), UNIQUE (a))', written).up).toBe('');
  });
});

describe('what cannot be generated', () => {
  it('is a view of the wanted schema with which nothing can be altered', () => {
    const to = 'CREATE TABLE t (a); CREATE VIEW v AS SELECT nowhere FROM t; CREATE TABLE u (b)';
    expect(generate('CREATE TABLE t (a)', to).up).toContain('CREATE VIEW v AS SELECT nowhere FROM t;');
  });

  it.each([
    'CREATE TABLE t (a); CREATE INDEX i ON t (own(a))',
    'CREATE TABLE t (a CHECK (own(a)))',
    'CREATE TABLE t (a); CREATE TABLE u (b CHECK (own(b)))',
  ])('is what needs a function that is not there: %s', (to) => {
    const database = new Database(':memory:');
    database.function('own', { deterministic: true }, (value) => value);
    database.exec(to);
    const error = thrown(() => generate('CREATE TABLE t (a)', database));
    expect(error).toMatchObject({ code: 'GENERATE_FAILED' });
    expect((error as Error).message).toContain('no such function: own');
  });

  it('is a wanted table with a name that an index has', () => {
    const error = thrown(() =>
      generate('CREATE TABLE t (a); CREATE INDEX u ON t (a)', 'CREATE TABLE t (a); CREATE TABLE u (b)', {}),
    );
    expect(error).toBeUndefined();
  });

  it('names the rows that may not fit an index', () => {
    const { up, refusing } = generate(
      "CREATE TABLE t (a CHECK (a = 'x'))",
      "CREATE TABLE t (a CHECK (a = 'x')); CREATE UNIQUE INDEX i ON t (a)",
    );
    expect(up).toContain('CREATE UNIQUE INDEX i');
    expect([...refusing]).toEqual([['t', 'UNIQUE constraint failed: t.a']]);
  });
});
