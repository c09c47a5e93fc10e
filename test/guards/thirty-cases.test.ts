import { expect, it } from 'vitest';
import { apply, column, onBothDrivers, refused, rows, value, type Connection } from './support.ts';
import { tried } from '../support/fault-points.ts';

/** t stands alone, c refers to p; all hold rows, and an id of t was given and deleted. */
const base = `
  CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT);
  CREATE INDEX t_name ON t (name);
  CREATE INDEX t_email ON t (email);
  CREATE TABLE changes (t_id INTEGER, what TEXT);
  CREATE TRIGGER t_renamed AFTER UPDATE OF name ON t BEGIN INSERT INTO changes VALUES (new.id, new.name); END;
  INSERT INTO t VALUES (1, 'ada', 'a@x'), (2, 'bea', 'b@x'), (3, 'cia', NULL), (9, 'dot', 'd@x');
  DELETE FROM t WHERE id = 9;
  CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE CASCADE, v TEXT);
  INSERT INTO p VALUES (1, 'one'), (2, 'two'), (3, 'three');
  INSERT INTO c VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, NULL, 'd');
`;

const u = `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT); INSERT INTO u VALUES (7, 'eva', NULL);`;
const newT = `CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (name <> ''), email TEXT);`;
const swapT = `DROP TABLE t; ALTER TABLE t_new RENAME TO t;`;
const copyT = `INSERT INTO t_new SELECT id, name, email FROM t;`;
const indexesOfT = `CREATE INDEX t_name ON t (name); CREATE INDEX t_email ON t (email);`;
const triggerOfT = `CREATE TRIGGER t_renamed AFTER UPDATE OF name ON t BEGIN INSERT INTO changes VALUES (new.id, new.name); END;`;
const newP = `CREATE TABLE p_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);`;

const setBack = /AUTOINCREMENT sequence of t was set back to 9/;

interface Case {
  readonly n: number;
  readonly what: string;
  /** What there is besides the base. */
  readonly also?: string;
  readonly sql: string;
  /** Absent: it passes. Else the code, and what the messages say, one expression a line. */
  readonly fails?: readonly [code: string, ...lines: RegExp[]];
  /** Notes on what was put right. */
  readonly notes?: readonly RegExp[];
  /** A query that has to return 1 after the migration passed. */
  readonly holds?: string;
}

const cases: readonly Case[] = [
  {
    n: 1,
    what: 'a rebuild of t, its indexes and triggers created again',
    sql: newT + copyT + swapT + indexesOfT + triggerOfT,
    notes: [setBack],
    holds: `SELECT (SELECT count(*) FROM t) = 3 AND (SELECT seq FROM sqlite_sequence WHERE name = 't') = 9`,
  },
  {
    n: 2,
    what: 'a rebuild that forgets an index and a trigger',
    sql: newT + copyT + swapT + `CREATE INDEX t_name ON t (name);`,
    fails: ['TRIGGER_LOST', /trigger t_renamed of t is gone/, /index t_email of t is gone/],
  },
  {
    n: 3,
    what: 'a rebuild that forgets the copy',
    sql: newP + `DROP TABLE p; ALTER TABLE p_new RENAME TO p;`,
    fails: ['ROWS_LOST', /p: 3 rows before, 0 after/, /3 rows of c refer to rows of p that do not exist \(0 before\)/],
  },
  {
    n: 4,
    what: 'a rebuild whose copy has a WHERE',
    sql:
      newT +
      `INSERT INTO t_new SELECT id, name, email FROM t WHERE email IS NOT NULL;` +
      swapT +
      indexesOfT +
      triggerOfT,
    fails: ['ROWS_LOST', /t: 3 rows before, 2 after/],
  },
  {
    n: 5,
    what: 'rename-old-first with legacy_alter_table off',
    sql: `ALTER TABLE p RENAME TO p_old; CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO p SELECT * FROM p_old; DROP TABLE p_old;`,
    fails: ['FOREIGN_KEYS_VIOLATED', /3 rows of c refer to rows of p_old/],
  },
  {
    n: 6,
    what: 'dropped and created again, the rows carried through a temporary table',
    sql:
      `CREATE TEMP TABLE keep AS SELECT * FROM t; DROP TABLE t;
      CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT, age INTEGER);
      INSERT INTO t (id, name, email) SELECT * FROM keep; DROP TABLE keep;` +
      indexesOfT +
      triggerOfT,
    notes: [setBack],
    holds: `SELECT count(*) = 3 FROM t`,
  },
  {
    n: 7,
    what: 'as 6, the refill forgotten',
    sql:
      `CREATE TEMP TABLE keep AS SELECT * FROM t; DROP TABLE t;
      CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT);` +
      indexesOfT +
      triggerOfT,
    fails: ['ROWS_LOST', /t: 3 rows before, 0 after/],
  },
  {
    n: 8,
    what: 'a rebuild that leaves a column out',
    sql:
      `CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL); INSERT INTO t_new SELECT id, name FROM t;` +
      swapT +
      `CREATE INDEX t_name ON t (name);` +
      triggerOfT,
    fails: ['COLUMN_LOST', /column t\.email is not carried over/, /index t_email of t is gone/],
  },
  {
    n: 9,
    what: 'as 8, declared',
    sql:
      `-- dunlin: destructive t.email, t_email
      CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL); INSERT INTO t_new SELECT id, name FROM t;` +
      swapT +
      `CREATE INDEX t_name ON t (name);` +
      triggerOfT,
    notes: [setBack],
    holds: `SELECT count(*) = 3 FROM t`,
  },
  {
    n: 10,
    what: 'a table renamed by create, copy, drop',
    sql: `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, email TEXT); INSERT INTO people SELECT * FROM t; DROP TABLE t;`,
    holds: `SELECT count(*) = 3 FROM people`,
  },
  {
    n: 11,
    what: 'DELETE FROM t WHERE',
    sql: `DELETE FROM t WHERE email IS NULL;`,
    holds: `SELECT count(*) = 2 FROM t`,
  },
  {
    n: 12,
    what: 'a DELETE whose trigger deletes from another table',
    also: `CREATE TRIGGER p_gone AFTER DELETE ON p BEGIN DELETE FROM t WHERE id = old.id; END;`,
    sql: `DELETE FROM p WHERE id = 3;`,
    fails: ['ROWS_LOST', /t: 3 rows before, 2 after/],
  },
  {
    n: 13,
    what: 'an INSERT whose trigger deletes',
    also: `CREATE TRIGGER p_new AFTER INSERT ON p BEGIN DELETE FROM t WHERE id = 1; END;`,
    sql: `INSERT INTO p VALUES (4, 'four');`,
    fails: ['ROWS_LOST', /t: 3 rows before, 2 after/],
  },
  {
    n: 14,
    what: 'INSERT OR REPLACE INTO t',
    also: `CREATE UNIQUE INDEX t_unique ON t (name);`,
    sql: `INSERT OR REPLACE INTO t VALUES (1, 'bea', NULL);`,
    holds: `SELECT count(*) = 2 FROM t`,
  },
  {
    n: 15,
    what: 'an UPDATE of a table with ON CONFLICT REPLACE that removes rows',
    also: `CREATE TABLE r (id INTEGER PRIMARY KEY, k TEXT UNIQUE ON CONFLICT REPLACE); INSERT INTO r VALUES (1, 'a'), (2, 'b');`,
    sql: `UPDATE r SET k = 'same';`,
    fails: ['ROWS_LOST', /r: 2 rows before, 1 after/],
  },
  {
    n: 16,
    what: 'an UPSERT',
    sql: `INSERT INTO t VALUES (1, 'ada', 'new@x') ON CONFLICT (id) DO UPDATE SET email = excluded.email;`,
    holds: `SELECT count(*) = 3 FROM t`,
  },
  {
    n: 17,
    what: 'DROP TABLE p while c refers to its rows',
    sql: `DROP TABLE p;`,
    fails: ['FOREIGN_KEYS_VIOLATED', /3 rows of c refer to rows of p that do not exist \(0 before\)/],
  },
  { n: 18, what: 'DROP TABLE c', sql: `DROP TABLE c;`, holds: `SELECT count(*) = 3 FROM p` },
  {
    n: 19,
    what: 'DROP COLUMN, RENAME COLUMN, RENAME TABLE',
    sql: `DROP INDEX t_email; ALTER TABLE t DROP COLUMN email; ALTER TABLE t RENAME COLUMN name TO label; ALTER TABLE t RENAME TO people;`,
    holds: `SELECT count(label) = 3 FROM people`,
  },
  {
    n: 20,
    what: 't split into two tables',
    sql:
      `CREATE TABLE emails (t_id INTEGER, email TEXT); INSERT INTO emails SELECT id, email FROM t;
      CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL); INSERT INTO t_new SELECT id, name FROM t;` +
      swapT +
      `CREATE INDEX t_name ON t (name); CREATE INDEX t_email ON emails (email);` +
      triggerOfT,
    notes: [setBack],
    holds: `SELECT (SELECT count(*) FROM emails) = 3 AND (SELECT count(*) FROM t) = 3`,
  },
  {
    n: 21,
    what: 'two tables merged, then one dropped',
    also: u,
    sql: `INSERT INTO t (name, email) SELECT name, email FROM u; DROP TABLE u;`,
    holds: `SELECT count(*) = 4 FROM t`,
  },
  {
    n: 22,
    what: 'duplicates removed by DELETE WHERE rowid NOT IN',
    also: `INSERT INTO c VALUES (5, 1, 'a');`,
    sql: `DELETE FROM c WHERE rowid NOT IN (SELECT min(rowid) FROM c GROUP BY p_id, v);`,
    holds: `SELECT count(*) = 4 FROM c`,
  },
  {
    n: 23,
    what: 'CREATE TABLE AS SELECT, then DROP of the source',
    sql: `CREATE TABLE people AS SELECT * FROM t; DROP TABLE t;`,
    holds: `SELECT count(*) = 3 FROM people`,
  },
  {
    n: 24,
    what: 'an FTS5 table dropped, created, refilled',
    also: `CREATE VIRTUAL TABLE t_fts USING fts5 (name, content = 't', content_rowid = 'id'); INSERT INTO t_fts (t_fts) VALUES ('rebuild');`,
    sql: `DROP TABLE t_fts; CREATE VIRTUAL TABLE t_fts USING fts5 (name, email, content = 't', content_rowid = 'id');
      INSERT INTO t_fts (t_fts) VALUES ('rebuild');`,
    holds: `SELECT count(*) = 1 FROM t_fts WHERE t_fts MATCH 'ada'`,
  },
  {
    n: 25,
    what: 'a view, an index and a trigger replaced; a cache dropped and created empty',
    also: `CREATE VIEW names AS SELECT name FROM t; CREATE TABLE cache (k TEXT, v TEXT); INSERT INTO cache VALUES ('a', '1');`,
    sql: `DROP VIEW names; CREATE VIEW names AS SELECT id, name FROM t;
      DROP INDEX t_name; CREATE INDEX t_name ON t (name, email);
      DROP TRIGGER t_renamed; ${triggerOfT}
      DROP TABLE cache; CREATE TABLE cache (k TEXT PRIMARY KEY, v TEXT);`,
    holds: `SELECT (SELECT count(*) FROM cache) = 0 AND (SELECT count(id) FROM names) = 3`,
  },
  {
    n: 26,
    what: '`foreign-keys on`: DELETE FROM p, the children go by ON DELETE CASCADE',
    sql: `-- dunlin: foreign-keys on
      DELETE FROM p WHERE id = 1;`,
    holds: `SELECT count(*) = 2 FROM c`,
  },
  {
    n: 27,
    what: 'DELETE FROM p without that directive',
    sql: `DELETE FROM p WHERE id = 1;`,
    fails: [
      'FOREIGN_KEYS_VIOLATED',
      /2 rows of c refer to rows of p that do not exist \(0 before\)/,
      /foreign-keys on/,
    ],
  },
  {
    n: 28,
    what: 'UPDATE t SET email = NULL: a known miss',
    sql: `UPDATE t SET email = NULL;`,
    holds: `SELECT count(email) = 0 FROM t`,
  },
  {
    n: 29,
    what: 'a rebuild that loses one row and adds another',
    sql:
      newT +
      `INSERT INTO t_new SELECT id, name, email FROM t WHERE id > 1; INSERT INTO t_new VALUES (50, 'new', NULL);` +
      swapT +
      indexesOfT +
      triggerOfT,
    fails: ['ROWS_LOST', /t: 3 rows before, 3 after, 1 lost \(without id 1\)/],
  },
  {
    n: 30,
    what: 't and u swap names',
    also: u,
    sql: `ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u;`,
    holds: `SELECT (SELECT count(*) FROM t) = 1 AND (SELECT count(*) FROM u) = 3`,
  },
];

onBothDrivers('the thirty cases', (open) => {
  it('are thirty', () => {
    expect(cases.map((entry) => entry.n)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it.each(cases)('$n: $what', ({ also = '', sql, fails, notes = [], holds }) => {
    const connection = open(base + also);
    tried('guards', 1);
    if (fails !== undefined) {
      const [code, ...lines] = fails;
      const error = refused(connection, sql);
      const text = [error, ...error.problems].map((problem) => `${problem.message} ${problem.hint}`).join('\n');
      expect(error.code, text).toBe(code);
      for (const line of lines) expect(text).toMatch(line);
      expect(error.migration).toEqual({ version: 1, name: 'step' });
      return;
    }
    const written = apply(connection, sql);
    expect(written).toHaveLength(notes.length);
    for (const [index, note] of notes.entries()) expect(written[index]).toMatch(note);
    expect(consistency(connection)).toEqual([]);
    if (holds !== undefined) expect(value(connection, holds)).toBe(1);
  });
});

/** What SQLite itself finds wrong, and settings that were not given back. */
function consistency(connection: Connection): unknown[] {
  const damage = column(connection, 'PRAGMA integrity_check').filter((line) => line !== 'ok');
  const settings = value(connection, 'PRAGMA foreign_keys') === 1 ? [] : ['foreign_keys are off'];
  return [...rows(connection.bridge, 'PRAGMA foreign_key_check'), ...damage, ...settings];
}
