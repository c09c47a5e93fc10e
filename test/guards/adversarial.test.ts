import type { MigrationDatabase } from '../../src/migration/index.ts';
import { describe, expect, it } from 'vitest';
import { driverError, recordBridge } from '../../src/testing/index.ts';
import { apply, column, onBothDrivers, open, refused, rows, value, type Given } from './support.ts';
import { tried } from '../support/fault-points.ts';

const t = `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT); INSERT INTO t VALUES (1, 'a', 'a@x'), (2, 'b', 'b@x'), (3, 'c', 'c@x');`;
const u = `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, email TEXT); INSERT INTO u VALUES (7, 'u', NULL);`;
const newT = `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, email TEXT);`;
const filter = `INSERT INTO n SELECT * FROM t WHERE id > 1;`;
const swap = `DROP TABLE t; ALTER TABLE n RENAME TO t;`;

/** A migration that fails with this code and says this, or passes (`undefined`). */
type Row = readonly [what: string, schema: string, migrations: Given | readonly Given[], code?: string, line?: string];

function table(name: string, list: readonly Row[]): void {
  onBothDrivers(`${name}`, (open) => {
    it.each(list.map((row) => ({ what: row[0], row })))('$what', ({ row }) => {
      const [, schema, migrations, code, line] = row;
      tried('guards', 1);
      const connection = open(schema);
      if (code === undefined) {
        apply(connection, migrations);
        expect(column(connection, 'PRAGMA integrity_check')).toEqual(['ok']);
        return;
      }
      const error = refused(connection, migrations);
      expect(error.code, `${error.message} ${error.hint}`).toBe(code);
      if (line !== undefined) expect(error.message).toContain(line);
    });
  });
}

table('names', [
  [
    'quoted and in other case',
    t,
    `CREATE TABLE "N" (id INTEGER PRIMARY KEY, name, email); INSERT INTO [n] SELECT * FROM "T" WHERE id > 1; DROP TABLE \`T\`; ALTER TABLE n RENAME TO "t";`,
    'ROWS_LOST',
    't: 3 rows before, 2 after',
  ],
  [
    'qualified',
    t,
    `CREATE TABLE main.n (id INTEGER PRIMARY KEY, name, email); INSERT INTO main.n SELECT * FROM main.t; DROP TABLE main.t; ALTER TABLE main.n RENAME TO t;`,
  ],
  [
    'qualified, with a loss',
    t,
    `CREATE TABLE main.n (id INTEGER PRIMARY KEY, name, email); INSERT INTO main.n SELECT * FROM main.t LIMIT 1; DROP TABLE main.t; ALTER TABLE main.n RENAME TO t;`,
    'ROWS_LOST',
  ],
  [
    'given as strings',
    t,
    `CREATE TABLE 'n' (id INTEGER PRIMARY KEY, name, email); INSERT INTO 'n' SELECT * FROM 't' LIMIT 1; DROP TABLE 't'; ALTER TABLE 'n' RENAME TO 't';`,
    'ROWS_LOST',
  ],
  [
    'with spaces and quotes',
    `CREATE TABLE "a ""b"" c" (id); INSERT INTO "a ""b"" c" VALUES (1);`,
    `CREATE TABLE n (id); INSERT INTO n SELECT id FROM "a ""b"" c" WHERE 0; DROP TABLE "a ""b"" c"; ALTER TABLE n RENAME TO "a ""b"" c";`,
    'ROWS_LOST',
    'a "b" c: 1 row before, 0 after',
  ],
  [
    'a chain of renames',
    t,
    `ALTER TABLE t RENAME TO a; ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME TO c; DELETE FROM c WHERE id = 1;`,
  ],
  [
    'a chain of renames, then a lossy rebuild',
    t,
    `ALTER TABLE t RENAME TO a; ALTER TABLE a RENAME TO b; ${newT} INSERT INTO n SELECT * FROM b WHERE id > 1; DROP TABLE b; ALTER TABLE n RENAME TO t;`,
    'ROWS_LOST',
    't: 3 rows before, 2 after',
  ],
  [
    'a lossy rebuild under the new name',
    t,
    [
      `ALTER TABLE t RENAME TO people;`,
      `${newT} INSERT INTO n SELECT * FROM people WHERE id > 1; DROP TABLE people; ALTER TABLE n RENAME TO people;`,
    ],
    'ROWS_LOST',
    'people: 3 rows before, 2 after',
  ],
  [
    'a swap, then the one dropped',
    t + u,
    `ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u; DROP TABLE t;`,
  ],
  [
    'a swap, then a lossy rebuild',
    t + u,
    `ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u; ${newT} INSERT INTO n SELECT * FROM u LIMIT 2; DROP TABLE u; ALTER TABLE n RENAME TO u;`,
    'ROWS_LOST',
  ],
  [
    'swapped in one migration, written in the next',
    t + u,
    [
      `ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u;`,
      `DELETE FROM u WHERE id = 1; DROP TABLE t;`,
    ],
  ],
  [
    'DROP t, and another old table takes its name with fewer rows',
    t + u,
    `DROP TABLE t; ALTER TABLE u RENAME TO t;`,
    'ROWS_LOST',
    't: 3 rows before, 1 after',
  ],
  [
    'DROP t, and another old table takes its name with as many',
    t + `CREATE TABLE u (id INTEGER PRIMARY KEY, name, email); INSERT INTO u SELECT * FROM t;`,
    `DROP TABLE t; ALTER TABLE u RENAME TO t;`,
  ],
  [
    'after which that one is still guarded',
    t + `CREATE TABLE u (id INTEGER PRIMARY KEY, name, email); INSERT INTO u SELECT * FROM t;`,
    [`DROP TABLE t; ALTER TABLE u RENAME TO t;`, newT + filter + swap],
    'ROWS_LOST',
  ],
  [
    'in SELECT t.*, a join and a common table expression',
    t + u,
    `${newT} WITH old AS (SELECT t.* FROM u, t) INSERT INTO n SELECT * FROM old; ${swap}`,
  ],
]);

table('rebuilds of renamed tables', [
  [
    'a swap, then the larger dropped',
    t + u,
    `ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u; DROP TABLE u;`,
  ],
  [
    'a swap, then a rebuild under the new name',
    t + u,
    `ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u; ${newT} INSERT INTO n SELECT * FROM u; DROP TABLE u; ALTER TABLE n RENAME TO u;`,
  ],
  [
    'a lossy rebuild, renamed afterwards',
    t,
    `${newT + filter + swap} ALTER TABLE t RENAME TO people;`,
    'ROWS_LOST',
    't: 3 rows before, 2 after',
  ],
  [
    'rebuilt twice, the second with a loss',
    t,
    `${newT} INSERT INTO n SELECT * FROM t; ${swap + newT + filter + swap}`,
    'ROWS_LOST',
    't: 3 rows before, 2 after',
  ],
  [
    'rebuilt twice, the first without a column',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap} CREATE TABLE n (id INTEGER PRIMARY KEY, name, email); INSERT INTO n SELECT id, name, NULL AS email FROM t; ${swap}`,
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: id 1: ',
  ],
  [
    'rebuilt twice, the second without a column',
    t,
    `${newT} INSERT INTO n SELECT * FROM t; ${swap} CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap}`,
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: ',
  ],
  [
    'replaced, then rebuilt',
    t,
    `DROP TABLE t; ${newT.replace(' n ', ' t ') + newT} INSERT INTO n SELECT * FROM t; ${swap}`,
  ],
  ['rebuilt, then replaced', t, `${newT} INSERT INTO n SELECT * FROM t; ${swap} DROP TABLE t; CREATE TABLE t (id);`],
  [
    'copied into itself, then replaced',
    t,
    `INSERT INTO t SELECT id + 10, name, email FROM t; DROP TABLE t; CREATE TABLE t (id);`,
  ],
]);

table('temporary tables that hide others', [
  [
    'a DELETE from the temporary one does not cover what a trigger deletes from the other',
    `${t + u} CREATE TRIGGER a AFTER INSERT ON u BEGIN DELETE FROM t; END;`,
    `CREATE TEMP TABLE t (x); INSERT INTO u (name) VALUES ('x'); DELETE FROM t;`,
    'ROWS_LOST',
    't: 3 rows before, 0 after',
  ],
  [
    'a DELETE from the temporary one says nothing about the other',
    t,
    `CREATE TEMP TABLE t AS SELECT * FROM main.t; DELETE FROM t; CREATE TABLE n (id INTEGER PRIMARY KEY, name, email); INSERT INTO n SELECT * FROM main.t LIMIT 1; DROP TABLE main.t; ALTER TABLE n RENAME TO t;`,
    'ROWS_LOST',
  ],
  [
    'a DROP of the temporary one leaves the other',
    t,
    `CREATE TEMP TABLE t (x); DROP TABLE t; DELETE FROM t WHERE id = 1;`,
  ],
  [
    'CREATE TEMP TABLE IF NOT EXISTS hides an existing one',
    t,
    `CREATE TEMP TABLE IF NOT EXISTS t (x); DROP TABLE t; ALTER TABLE t ADD COLUMN more;`,
  ],
  [
    'CREATE TABLE IF NOT EXISTS of the other is none',
    t,
    `CREATE TEMP TABLE t (x); CREATE TABLE IF NOT EXISTS t (x); ${newT} INSERT INTO n SELECT * FROM main.t WHERE id > 1; DROP TABLE main.t; ALTER TABLE n RENAME TO t;`,
    'ROWS_LOST',
  ],
  [
    'rows carried through one of the same name',
    t,
    `CREATE TEMP TABLE t AS SELECT * FROM t; DROP TABLE main.t; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT); INSERT INTO main.t SELECT * FROM temp.t;`,
  ],
  [
    'rows carried through one of the same name, some forgotten',
    t,
    `CREATE TEMP TABLE t AS SELECT * FROM t; DROP TABLE main.t; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT); INSERT INTO main.t SELECT * FROM temp.t WHERE id = 1;`,
    'ROWS_LOST',
  ],
  [
    'a renamed one',
    t,
    `CREATE TEMP TABLE x (id, name, email); ALTER TABLE x RENAME TO t; DROP TABLE t; DELETE FROM t WHERE id = 1;`,
  ],
  ['a temporary view', t, `CREATE TEMP VIEW t AS SELECT 1 AS id; DROP VIEW t; DELETE FROM t WHERE id = 1;`],
  [
    'a temporary AUTOINCREMENT table has a sequence table of its own',
    `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9); DELETE FROM t;`,
    `CREATE TEMP TABLE x (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO x VALUES (1); CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE t; ALTER TABLE n RENAME TO t;`,
  ],
]);

table('drop and create', [
  ['in different migrations: the DROP declared it', t, [`DROP TABLE t;`, `CREATE TABLE t (id);`]],
  ['a rebuild over two migrations', t, [`${newT} INSERT INTO n SELECT * FROM t;`, swap]],
  ['a lossy rebuild over two migrations', t, [newT + filter, swap], 'ROWS_LOST', 't: 3 rows before, 2 after'],
  [
    'a rebuild over two migrations without a column',
    t,
    [`CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t;`, swap],
    'COLUMN_LOST',
    't.email',
  ],
  [
    'without a column, in a table prepared by an earlier run',
    t + `CREATE TABLE n AS SELECT id, name FROM t;`,
    swap,
    'COLUMN_LOST',
    't.email',
  ],
  [
    'IF NOT EXISTS of an existing table changes nothing',
    t,
    `CREATE TABLE IF NOT EXISTS t (x); ${newT + filter + swap}`,
    'ROWS_LOST',
  ],
  [
    'DROP TABLE IF EXISTS of nothing',
    t,
    `DROP TABLE IF EXISTS no_table; DROP VIEW IF EXISTS no_view; DROP INDEX IF EXISTS no_index; DROP TRIGGER IF EXISTS no_trigger;`,
  ],
  [
    'a rebuild that first clears away a leftover',
    t,
    `DROP TABLE IF EXISTS n; ${newT} INSERT INTO n SELECT * FROM t; ${swap}`,
  ],
  ['a lossy rebuild with a CREATE TABLE AS', t, `CREATE TABLE n AS SELECT * FROM t WHERE id > 1; ${swap}`, 'ROWS_LOST'],
  [
    'replaced by a view',
    t,
    `CREATE TABLE t_data AS SELECT * FROM t; DROP TABLE t; CREATE VIEW t AS SELECT * FROM t_data;`,
  ],
  ['renamed, a view in its place', t, `ALTER TABLE t RENAME TO t_data; CREATE VIEW t AS SELECT * FROM t_data;`],
  [
    'a view replaced by a table',
    t + `CREATE VIEW v AS SELECT name FROM t;`,
    `DROP VIEW v; CREATE TABLE v (name); INSERT INTO v SELECT name FROM t;`,
  ],
  [
    'a replaced table is guarded by the next migration that finds rows in it',
    t,
    [`DROP TABLE t; CREATE TABLE t (id, k);`, `INSERT INTO t VALUES (1, 2), (2, 3); CREATE TABLE n (id); ${swap}`],
    'ROWS_LOST',
    't: 2 rows before, 0 after',
  ],
  [
    'a replaced table is new: without rows the next migrations may do with it what they like',
    t,
    [`DROP TABLE t; CREATE TABLE t (id, k);`, `CREATE TABLE n (id); ${swap}`],
  ],
  [
    'a replaced table takes its indexes along',
    t + `CREATE INDEX t_name ON t (name);`,
    `DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name);`,
  ],
  [
    'a rebuilt table keeps its indexes only if they are made again',
    t + `CREATE INDEX t_name ON t (name);`,
    `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name, email); INSERT INTO t SELECT * FROM k;`,
    'INDEX_LOST',
    't_name',
  ],
  [
    'DELETE before a rebuild does not cover what the copy forgets',
    t,
    `DELETE FROM t WHERE id = 1; ${newT} INSERT INTO n SELECT * FROM t WHERE id > 2; ${swap}`,
    'ROWS_LOST',
    't: 2 rows before, 1 after',
  ],
  [
    'DELETE from the new table says it',
    t,
    `${newT} INSERT INTO n SELECT * FROM t; DELETE FROM n WHERE id = 1; ${swap}`,
  ],
  [
    'DELETE from the table after its rebuild says it',
    t,
    `${newT} INSERT INTO n SELECT * FROM t; ${swap} DELETE FROM t WHERE id = 1;`,
  ],
  [
    'OR REPLACE in the copy does not',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name, email, k UNIQUE); INSERT OR REPLACE INTO n SELECT id, name, email, 1 FROM t; ${swap}`,
    'ROWS_LOST',
  ],
  [
    'OR IGNORE in the copy does not',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name, email, k UNIQUE); INSERT OR IGNORE INTO n SELECT id, name, email, 1 FROM t; ${swap}`,
    'ROWS_LOST',
  ],
  [
    'a WITHOUT ROWID table',
    `CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO t VALUES ('a', 1), ('b', 2);`,
    `CREATE TABLE n (k TEXT PRIMARY KEY, v); INSERT INTO n SELECT * FROM t WHERE v = 1; ${swap}`,
    'ROWS_LOST',
  ],
]);

table('columns', [
  [
    'carried by one rebuild, left out by the next, over three migrations',
    t,
    [
      `${newT} INSERT INTO n SELECT id, name, email FROM t; ${swap}`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t;`,
      swap,
    ],
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: id 1: ',
  ],
  [
    'left out behind a star',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT * FROM (SELECT id, name FROM t); ${swap}`,
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: id 1: ',
  ],
  [
    'left out behind a star on the way back',
    t,
    `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name); INSERT INTO t SELECT * FROM (SELECT id, name FROM k);`,
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: ',
  ],
  [
    'read by an earlier migration, but not by the rebuild',
    t,
    [
      `CREATE TABLE log AS SELECT * FROM t;`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap}`,
    ],
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: id 1: ',
  ],
  [
    'spoken of when the rebuild is over',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap} CREATE TABLE log AS SELECT id, NULL AS email FROM t;`,
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: id 1: ',
  ],
  [
    'added by an earlier migration of the run',
    t,
    [`ALTER TABLE t ADD COLUMN extra;`, `${newT} INSERT INTO n SELECT id, name, email FROM t; ${swap}`],
    'COLUMN_LOST',
    'column t.extra is not carried over.',
  ],
  [
    'added by an earlier migration of the run, then renamed',
    t,
    [
      `ALTER TABLE t ADD COLUMN extra;`,
      `ALTER TABLE t RENAME COLUMN extra TO more;`,
      `${newT} INSERT INTO n SELECT id, name, email FROM t; ${swap}`,
    ],
    'COLUMN_LOST',
    'column t.more is not carried over.',
  ],
  [
    'dropped and added again by an earlier migration of the run',
    t,
    [
      `ALTER TABLE t DROP COLUMN email; ALTER TABLE t ADD COLUMN email;`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap}`,
    ],
    'COLUMN_LOST',
    'column t.email is not carried over.',
  ],
  [
    'a column that the migration itself added may go',
    t,
    `ALTER TABLE t ADD COLUMN extra; ALTER TABLE t RENAME COLUMN extra TO more; ${newT} INSERT INTO n SELECT id, name, email FROM t; ${swap}`,
  ],
  [
    'a column that the migration itself dropped and added again may go',
    t,
    `ALTER TABLE t DROP COLUMN email; ALTER TABLE t ADD COLUMN email; CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap}`,
  ],
  [
    'renamed in place, then carried',
    t,
    `ALTER TABLE t RENAME COLUMN email TO mail; CREATE TABLE n (id INTEGER PRIMARY KEY, name, mail); INSERT INTO n SELECT id, name, mail FROM t; ${swap}`,
  ],
  [
    'renamed in place, then forgotten',
    t,
    `ALTER TABLE t RENAME COLUMN email TO mail; CREATE TABLE n (id INTEGER PRIMARY KEY, name); INSERT INTO n SELECT id, name FROM t; ${swap}`,
    'COLUMN_LOST',
    't.email',
  ],
  [
    'two that swap names',
    t,
    `ALTER TABLE t RENAME COLUMN name TO x; ALTER TABLE t RENAME COLUMN email TO name; ALTER TABLE t RENAME COLUMN x TO email; ALTER TABLE t DROP COLUMN email; CREATE TABLE n (id INTEGER PRIMARY KEY); INSERT INTO n SELECT id FROM t; ${swap}`,
    'COLUMN_LOST',
    'column t.email is not carried over (3 values: id 1: ',
  ],
  [
    'carried under another name',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, label, mail); INSERT INTO n (id, label, mail) SELECT id, name, email FROM t; ${swap}`,
  ],
  [
    'carried by position',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, label, mail); INSERT INTO n SELECT * FROM t; ${swap}`,
  ],
  [
    'two merged into one',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, who); INSERT INTO n SELECT id, name || email FROM t; ${swap}`,
  ],
  [
    'there again, but empty',
    t,
    `${newT} INSERT INTO n (id, name) SELECT id, name FROM t; ${swap}`,
    'COLUMN_LOST',
    't.email',
  ],
  [
    'forgotten on the way back from a temporary table',
    t,
    `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name, email); INSERT INTO t (id, name) SELECT id, name FROM k;`,
    'COLUMN_LOST',
    't.email',
  ],
  [
    'left out on the way back from a temporary table',
    t,
    `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name); INSERT INTO t SELECT id, name FROM k;`,
    'COLUMN_LOST',
    't.email',
  ],
  [
    'renamed on the way through a temporary table',
    t,
    `CREATE TEMP TABLE k AS SELECT id, name, email AS mail FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name, mail); INSERT INTO t SELECT id, name, mail FROM k;`,
  ],
  [
    'through a table that stays until it is dropped',
    t,
    `CREATE TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name, email); INSERT INTO t SELECT * FROM k; DROP TABLE k;`,
  ],
  [
    'filled by UPDATE FROM',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name, email); INSERT INTO n SELECT id, name, NULL FROM t; UPDATE n SET email = t.email FROM t WHERE t.id = n.id; ${swap}`,
  ],
  [
    'an empty table has no values to carry',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, name); CREATE TABLE keep (a);`,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name, more); ${swap}`,
  ],
  [
    'of an empty table a column is missing',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, name); CREATE TABLE keep (a); INSERT INTO keep VALUES (1);`,
    `CREATE TABLE n (id, more); ${swap}`,
  ],
  [
    'a generated column is computed, not carried',
    `CREATE TABLE t (a, b AS (a * 2), c AS (a * 3) STORED); INSERT INTO t VALUES (1);`,
    `CREATE TABLE n (a, b AS (a * 2), c AS (a * 3) STORED); INSERT INTO n SELECT a FROM t; ${swap}`,
  ],
  [
    'a generated column left out',
    `CREATE TABLE t (a, b AS (a * 2)); INSERT INTO t VALUES (1);`,
    `CREATE TABLE n (a); INSERT INTO n SELECT a FROM t; ${swap}`,
    'COLUMN_LOST',
    't.b',
  ],
]);

table('triggers that write other tables', [
  [
    'one that changes the keys of a parent',
    `${u} CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);
     CREATE TRIGGER a AFTER INSERT ON u BEGIN UPDATE p SET id = id + 10; END;`,
    `INSERT INTO u (name) VALUES ('x');`,
    'FOREIGN_KEYS_VIOLATED',
    '1 row of c refers to a row of p that does not exist (0 before)',
  ],
  [
    'one that writes a child',
    `${u} CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p (id));
     CREATE TRIGGER a AFTER INSERT ON u BEGIN INSERT INTO c VALUES (new.id); END;`,
    `INSERT INTO u (name) VALUES ('x');`,
    'FOREIGN_KEYS_VIOLATED',
    '1 row of c refers to a row of p that does not exist (0 before)',
  ],
  [
    'an INSTEAD OF trigger that deletes other rows as well',
    t +
      `CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id >= old.id; END;`,
    `DELETE FROM v WHERE id = 2;`,
    'ROWS_LOST',
    't: 3 rows before, 1 after',
  ],
  [
    'one that fires another',
    t +
      u +
      `CREATE TABLE w (id); CREATE TRIGGER a AFTER INSERT ON w BEGIN INSERT INTO u (name) VALUES ('x'); END; CREATE TRIGGER b AFTER INSERT ON u BEGIN DELETE FROM t; END;`,
    `INSERT INTO w VALUES (1);`,
    'ROWS_LOST',
    't: 3 rows before, 0 after',
  ],
  [
    'one through a view',
    t +
      `CREATE VIEW v AS SELECT * FROM t; CREATE TABLE w (id); CREATE TRIGGER a AFTER INSERT ON w BEGIN DELETE FROM v; END; CREATE TRIGGER b INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END;`,
    `INSERT INTO w VALUES (1);`,
    'ROWS_LOST',
  ],
  [
    'one that names its table as a string',
    t + `CREATE TABLE w (id); CREATE TRIGGER a AFTER INSERT ON w BEGIN DELETE FROM 't'; END;`,
    `INSERT INTO w VALUES (1);`,
    'ROWS_LOST',
  ],
  [
    'one made by the migration',
    t + u,
    `CREATE TRIGGER a AFTER INSERT ON u BEGIN DELETE FROM t; END; INSERT INTO u (name) VALUES ('x');`,
    'ROWS_LOST',
  ],
  [
    'one made by an earlier migration of the run',
    t + u,
    [`CREATE TRIGGER a AFTER UPDATE ON u BEGIN DELETE FROM t; END;`, `UPDATE u SET name = 'x';`],
    'ROWS_LOST',
  ],
  [
    'a temporary one',
    t + u,
    `CREATE TEMP TRIGGER a AFTER UPDATE ON u BEGIN DELETE FROM t; END; UPDATE u SET name = 'x';`,
    'ROWS_LOST',
  ],
  [
    'its table renamed before',
    t + u + `CREATE TRIGGER a AFTER INSERT ON u BEGIN DELETE FROM t; END;`,
    `ALTER TABLE u RENAME TO w; INSERT INTO w (name) VALUES ('x');`,
    'ROWS_LOST',
  ],
  [
    'the other table renamed before',
    t + u + `CREATE TRIGGER a AFTER INSERT ON u BEGIN DELETE FROM t; END;`,
    `ALTER TABLE t RENAME TO w; INSERT INTO u (name) VALUES ('x');`,
    'ROWS_LOST',
    't: 3 rows before, 0 after',
  ],
  [
    'OR REPLACE also holds for what a trigger writes',
    u +
      `CREATE TABLE t (k UNIQUE); INSERT INTO t VALUES (1), (2); CREATE TRIGGER a AFTER INSERT ON u BEGIN UPDATE t SET k = 1; END;`,
    `INSERT OR REPLACE INTO u VALUES (1, 'a', 'b');`,
    'ROWS_LOST',
    't: 2 rows before, 1 after',
  ],
  [
    'a trigger that says OR REPLACE itself',
    u +
      `CREATE TABLE t (k UNIQUE); INSERT INTO t VALUES (1), (2); CREATE TRIGGER a AFTER INSERT ON u BEGIN UPDATE OR REPLACE t SET k = 1; END;`,
    `INSERT INTO u VALUES (1, 'a', 'b');`,
    'ROWS_LOST',
    't: 2 rows before, 1 after',
  ],
  [
    'a trigger that deletes a row before the migration does: its DELETE finds none, and says nothing',
    t + u + `CREATE TRIGGER a AFTER INSERT ON u BEGIN DELETE FROM t WHERE id = 1; END;`,
    `INSERT INTO u (name) VALUES ('x'); DELETE FROM t WHERE id = 1;`,
    'ROWS_LOST',
    't: 3 rows before, 2 after',
  ],
  [
    'a trigger that deletes what the migration has deleted before',
    t + u + `CREATE TRIGGER a AFTER INSERT ON u BEGIN DELETE FROM t WHERE id = 1; END;`,
    `DELETE FROM t WHERE id = 1; INSERT INTO u (name) VALUES ('x');`,
  ],
  [
    'a REPLACE says it for its own table only',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, k UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2); CREATE TABLE x (id); INSERT INTO x VALUES (1); CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM x; END;`,
    `REPLACE INTO t VALUES (1, 2);`,
    'ROWS_LOST',
    'x: 1 row before, 0 after',
  ],
]);

table('tables with ON CONFLICT REPLACE', [
  [
    'an INSERT that removes two rows and adds one',
    `CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE, b UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1, 1), (2, 2);`,
    `INSERT INTO t VALUES (1, 2);`,
    'ROWS_LOST',
    't: 2 rows before, 1 after',
  ],
  [
    'spelt with a comment',
    `CREATE TABLE t (a UNIQUE ON CONFLICT /* last wins */ REPLACE, b UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1, 1), (2, 2);`,
    `INSERT INTO t VALUES (1, 2);`,
    'ROWS_LOST',
  ],
  [
    'the copy of a rebuild made by the migration',
    t,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, name, email, k UNIQUE ON CONFLICT REPLACE); INSERT INTO n SELECT *, 1 FROM t; ${swap}`,
    'ROWS_LOST',
  ],
  [
    'an INSERT that replaces one row and adds one',
    `CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1);`,
    `INSERT INTO t VALUES (1), (2);`,
    'ROWS_LOST',
    't: 1 row before, 2 after, 1 lost',
  ],
  [
    'an INSERT that says REPLACE itself',
    `CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1);`,
    `REPLACE INTO t VALUES (1), (2);`,
  ],
  [
    'an INSERT that removes nothing',
    `CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1);`,
    `INSERT INTO t VALUES (2), (3);`,
  ],
]);

const family = `CREATE TABLE p (id INTEGER PRIMARY KEY, v); CREATE TABLE c (id INTEGER PRIMARY KEY, p_id REFERENCES p (id) ON DELETE CASCADE); INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 1), (2, 2);`;
const orphans = `PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (8, 88), (9, 99); PRAGMA foreign_keys = ON;`;

table('violations and broken objects that were there before', [
  [
    'are not blamed on a rebuild of the child',
    family + orphans,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, p_id REFERENCES p (id)); INSERT INTO n SELECT * FROM c; DROP TABLE c; ALTER TABLE n RENAME TO c;`,
  ],
  [
    'nor on a rebuild of the parent',
    family + orphans,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, v); INSERT INTO n SELECT * FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p;`,
  ],
  [
    'nor on rename-old-first of the child',
    family + orphans,
    `ALTER TABLE c RENAME TO c_old; CREATE TABLE c (id INTEGER PRIMARY KEY, p_id REFERENCES p (id)); INSERT INTO c SELECT * FROM c_old; DROP TABLE c_old;`,
  ],
  [
    'nor on a rebuild through a temporary table',
    family + orphans,
    `CREATE TEMP TABLE k AS SELECT * FROM c; DROP TABLE c; CREATE TABLE c (id INTEGER PRIMARY KEY, p_id REFERENCES p (id)); INSERT INTO c SELECT * FROM k;`,
  ],
  [
    'nor on renaming the child by copy',
    family + orphans,
    `CREATE TABLE kids (id INTEGER PRIMARY KEY, p_id REFERENCES p (id)); INSERT INTO kids SELECT * FROM c; DROP TABLE c;`,
  ],
  [
    'nor on merging the child into another',
    family +
      orphans +
      `CREATE TABLE kids (id INTEGER PRIMARY KEY, p_id REFERENCES p (id)); INSERT INTO kids VALUES (1, 1);`,
    `INSERT INTO kids (p_id) SELECT p_id FROM c; DROP TABLE c;`,
  ],
  ['nor on renaming the parent', family + orphans, `ALTER TABLE p RENAME TO q;`],
  [
    'nor on renaming both',
    family + orphans,
    [`ALTER TABLE p RENAME TO q; ALTER TABLE c RENAME TO d;`, `UPDATE d SET p_id = 1 WHERE id = 8;`],
  ],
  ['nor on a DELETE that removes some of them', family + orphans, `DELETE FROM c WHERE id = 9;`],
  [
    'one more is',
    family + orphans,
    `INSERT INTO c VALUES (10, 1010);`,
    'FOREIGN_KEYS_VIOLATED',
    '3 rows of c refer to rows of p that do not exist (2 before)',
  ],
  [
    'one more in a rebuild is',
    family + orphans,
    `CREATE TABLE n (id INTEGER PRIMARY KEY, p_id REFERENCES p (id)); INSERT INTO n SELECT * FROM c; INSERT INTO n VALUES (10, 1010); DROP TABLE c; ALTER TABLE n RENAME TO c;`,
    'FOREIGN_KEYS_VIOLATED',
    '3 rows of c refer to rows of p that do not exist (2 before)',
  ],
  [
    'fewer of one parent do not make room for more of another',
    family + orphans + `CREATE TABLE q (id INTEGER PRIMARY KEY); ALTER TABLE c ADD COLUMN q_id REFERENCES q (id);`,
    `DELETE FROM c WHERE id > 7; UPDATE c SET q_id = 5;`,
    'FOREIGN_KEYS_VIOLATED',
    '2 rows of c refer to rows of q that do not exist (0 before)',
  ],
  [
    'a parent that is missing altogether',
    `PRAGMA foreign_keys = OFF; CREATE TABLE c (p_id REFERENCES nowhere (id)); INSERT INTO c VALUES (1); PRAGMA foreign_keys = ON;`,
    `CREATE TABLE n (p_id REFERENCES nowhere (id), more); INSERT INTO n (p_id) SELECT p_id FROM c; DROP TABLE c; ALTER TABLE n RENAME TO c;`,
  ],
  [
    'a foreign key mismatch',
    `PRAGMA foreign_keys = OFF; CREATE TABLE p (id, k); CREATE TABLE c (p_k REFERENCES p (k)); INSERT INTO c VALUES (1); PRAGMA foreign_keys = ON;`,
    `UPDATE p SET k = 2; UPDATE c SET p_k = 3; CREATE TABLE n (id, k); INSERT INTO n SELECT * FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p;`,
  ],
  [
    'a foreign key mismatch that the migration ends',
    `PRAGMA foreign_keys = OFF; CREATE TABLE p (id, k); CREATE TABLE c (p_k REFERENCES p (k)); INSERT INTO c VALUES (1); PRAGMA foreign_keys = ON;`,
    `DELETE FROM p; CREATE UNIQUE INDEX p_k ON p (k);`,
  ],
  ['a broken view', t + `CREATE VIEW bad AS SELECT nope FROM nowhere;`, `DROP TABLE t;`],
  [
    'a broken trigger',
    t + u + `CREATE TRIGGER bad AFTER INSERT ON t BEGIN INSERT INTO nowhere VALUES (1); END;`,
    `DROP TABLE u;`,
  ],
  [
    'a broken view beside one that the migration breaks',
    t + `CREATE VIEW bad AS SELECT nope FROM nowhere; CREATE VIEW good AS SELECT name FROM t;`,
    `DROP TABLE t;`,
    'OBJECT_BROKEN',
    'view good no longer compiles',
  ],
]);

table('what ADD COLUMN breaks', [
  [
    'a trigger that inserts without columns',
    t + `CREATE TABLE log (a); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;`,
    `ALTER TABLE log ADD COLUMN b;`,
    'OBJECT_BROKEN',
    'trigger tr no longer compiles (table log has 2 columns but 1 values were supplied)',
  ],
  [
    'a UNION of stars',
    t + u + `CREATE VIEW v AS SELECT * FROM t UNION SELECT * FROM u; CREATE VIEW w AS SELECT * FROM v;`,
    `ALTER TABLE t ADD COLUMN b;`,
    'OBJECT_BROKEN',
    'view v no longer compiles',
  ],
  [
    'a name in two tables of a join',
    `CREATE TABLE a (x); CREATE TABLE b (y); CREATE VIEW v AS SELECT x FROM a, b;`,
    `ALTER TABLE b ADD COLUMN x;`,
    'OBJECT_BROKEN',
    'view v no longer compiles (ambiguous column name: x)',
  ],
  ['nothing', t + `CREATE VIEW v AS SELECT name FROM t;`, `ALTER TABLE t ADD COLUMN b;`],
]);

table('views and their triggers', [
  [
    'a view made anew loses its INSTEAD OF trigger',
    t +
      `CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER v_made INSTEAD OF INSERT ON v BEGIN INSERT INTO t (name) VALUES (new.name); END;`,
    `DROP VIEW v; CREATE VIEW v AS SELECT id, name FROM t;`,
    'TRIGGER_LOST',
    'v_made',
  ],
  [
    'a view dropped takes its INSTEAD OF trigger along',
    t +
      `CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER v_made INSTEAD OF INSERT ON v BEGIN INSERT INTO t (name) VALUES (new.name); END;`,
    `DROP VIEW v;`,
  ],
  [
    'the trigger of a view that a table replaces goes too',
    t +
      `CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER v_made INSTEAD OF INSERT ON v BEGIN INSERT INTO t (name) VALUES (new.name); END;`,
    `DROP VIEW v; CREATE TABLE v (name);`,
    'TRIGGER_LOST',
  ],
  [
    'a view made anew that does not compile',
    t + `CREATE VIEW v AS SELECT * FROM t;`,
    `DROP VIEW v; CREATE VIEW v AS SELECT nope FROM t;`,
    'OBJECT_BROKEN',
    'no such column: nope',
  ],
  [
    'a view on a view on a renamed table',
    t + `CREATE VIEW v AS SELECT name FROM t; CREATE VIEW w AS SELECT * FROM v;`,
    `ALTER TABLE t RENAME TO s; ALTER TABLE s RENAME COLUMN name TO label;`,
  ],
  [
    'an UPDATE OF trigger of a view whose column is gone',
    t +
      `CREATE VIEW v AS SELECT id, name, email FROM t; CREATE TRIGGER v_set INSTEAD OF UPDATE OF email ON v BEGIN UPDATE t SET email = new.email WHERE id = old.id; END;`,
    `DROP VIEW v; ALTER TABLE t DROP COLUMN email; CREATE VIEW v AS SELECT id, name FROM t; CREATE TRIGGER v_set INSTEAD OF UPDATE ON v BEGIN UPDATE t SET email = new.name WHERE id = old.id; END;`,
    'OBJECT_BROKEN',
    'trigger v_set',
  ],
  [
    'a trigger with the names of keywords',
    `CREATE TABLE "insert" ("delete" TEXT, "on" TEXT); CREATE TABLE log (a); CREATE TRIGGER "update" BEFORE UPDATE OF "delete", "on" ON "insert" BEGIN INSERT INTO log VALUES (old."on"); END; CREATE TABLE gone (a);`,
    `DROP TABLE gone; DROP TABLE log;`,
    'OBJECT_BROKEN',
    'trigger update no longer compiles (no such table: main.log)',
  ],
]);

table('virtual tables', [
  [
    'one that cannot be counted, for its content table is missing',
    `CREATE VIRTUAL TABLE f USING fts5 (v, content = 'missing');`,
    `DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5 (v);`,
  ],
  [
    'a table turned into one that cannot be counted',
    t,
    `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE VIRTUAL TABLE t USING fts5 (id, name, email, content = 'missing');`,
    'ROWS_LOST',
    't: 3 rows before, 0 after',
  ],
  [
    'altered',
    `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('one');`,
    `ALTER TABLE f ADD COLUMN w;`,
    'STATEMENT_FAILED',
  ],
  [
    'FTS5 with its own content, dropped and filled again',
    `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('one'), ('two');`,
    `CREATE TEMP TABLE k AS SELECT v FROM f; DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5 (v, prefix = '2'); INSERT INTO f SELECT v FROM k;`,
  ],
  [
    'the refill forgotten',
    `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('one'), ('two');`,
    `CREATE TEMP TABLE k AS SELECT v FROM f; DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5 (v, prefix = '2');`,
    'ROWS_LOST',
    'f: 2 rows before, 0 after',
  ],
  [
    'plainly replaced',
    `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('one'), ('two');`,
    `DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5 (v);`,
  ],
  [
    'dropped, with its shadow tables',
    t + `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('one');`,
    `DROP TABLE f;`,
  ],
  [
    'renamed',
    `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('one');`,
    [`ALTER TABLE f RENAME TO g;`, `DELETE FROM g;`],
  ],
  [
    'whose content table is rebuilt',
    t +
      `CREATE VIRTUAL TABLE f USING fts5 (name, content = 't', content_rowid = 'id'); INSERT INTO f (f) VALUES ('rebuild');`,
    `${newT} INSERT INTO n SELECT * FROM t; ${swap} INSERT INTO f (f) VALUES ('rebuild');`,
  ],
  [
    'an R*Tree',
    `CREATE VIRTUAL TABLE r USING rtree (id, a, b); INSERT INTO r VALUES (1, 1, 2), (2, 3, 4);`,
    `CREATE TEMP TABLE k AS SELECT * FROM r; DROP TABLE r; CREATE VIRTUAL TABLE r USING rtree (id, a, b); INSERT INTO r SELECT * FROM k WHERE id = 1;`,
    'ROWS_LOST',
    'r: 2 rows before, 1 after',
  ],
  [
    'a table turned into a virtual one',
    t,
    `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE VIRTUAL TABLE t USING fts5 (id, name, email); INSERT INTO t SELECT * FROM k WHERE id = 1;`,
    'ROWS_LOST',
    't: 3 rows before, 1 after',
  ],
]);

const seq = `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t VALUES (1, 'a'), (20, 'b'); DELETE FROM t WHERE id = 20;`;

table('sequences', [
  ['raised by hand', seq, `UPDATE sqlite_sequence SET seq = 100 WHERE name = 't';`],
  ['deleted by hand', seq, `DELETE FROM sqlite_sequence;`, 'SEQUENCE_LOST', 't: 20 before, none after'],
  [
    'lowered by hand, in a rebuild that is set right',
    seq,
    `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO n SELECT * FROM t; ${swap} UPDATE main.sqlite_sequence SET seq = 0;`,
  ],
  [
    'carried by hand',
    seq,
    `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO n SELECT * FROM t; UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 't') WHERE name = 'n'; ${swap}`,
  ],
  ['of a table whose rows are all deleted', seq, `DELETE FROM t;`],
  ['gone with its table', seq, `DROP TABLE t;`],
  [
    'of a renamed table',
    seq,
    [`ALTER TABLE t RENAME TO s;`, `UPDATE sqlite_sequence SET seq = 5 WHERE name = 's';`],
    'SEQUENCE_LOST',
    's: 20 before, 5 after',
  ],
  [
    'at its end',
    `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9223372036854775807); DELETE FROM t;`,
    `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, v); ${swap}`,
  ],
]);

describe('a sequence beside a temporary AUTOINCREMENT table', () => {
  it('is read and set back in the database’s own sequence table', () => {
    const connection = open('better-sqlite3', seq);
    apply(
      connection,
      `CREATE TEMP TABLE x (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO x VALUES (1); CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO n SELECT * FROM t; ${swap}`,
    );
    expect(value(connection, `SELECT seq FROM main.sqlite_sequence WHERE name = 't'`)).toBe(20);
  });
});

describe('a sequence beyond 2^53', () => {
  it('is set back to the digit', () => {
    const connection = open(
      'better-sqlite3',
      `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9007199254740995); DELETE FROM t;`,
    );
    apply(connection, `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, v); ${swap}`);
    expect(value(connection, `SELECT seq || ' ' || typeof(seq) FROM sqlite_sequence WHERE name = 't'`)).toBe(
      '9007199254740995 integer',
    );
  });
});

const on = `-- dunlin: foreign-keys on\n`;
const three = family + `CREATE TABLE g (c_id REFERENCES c (id) ON DELETE CASCADE); INSERT INTO g VALUES (1), (2), (2);`;

table('`foreign-keys on`', [
  ['a DELETE says its cascades', three, `${on}DELETE FROM p WHERE id = 2;`],
  [
    'what a trigger deletes it does not',
    three + t + `CREATE TRIGGER g_gone AFTER DELETE ON g BEGIN DELETE FROM t WHERE id = 1; END;`,
    `${on}DELETE FROM p WHERE id = 2;`,
    'ROWS_LOST',
    't: 3 rows before, 2 after',
  ],
  [
    'OR REPLACE does not say its cascades',
    three,
    `${on}INSERT OR REPLACE INTO p VALUES (2, 'again');`,
    'ROWS_LOST',
    'c: 2 rows before, 1 after; g: 3 rows before, 1 after',
  ],
  [
    'UPDATE OR REPLACE neither',
    `${three} INSERT INTO p VALUES (3, 'c');`,
    `${on}UPDATE OR REPLACE p SET id = 2 WHERE id = 3;`,
    'ROWS_LOST',
  ],
  [
    'SET NULL loses no row',
    `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p ON DELETE SET NULL); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);`,
    `${on}DELETE FROM p;`,
  ],
  [
    'RESTRICT is SQLite’s to refuse',
    `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p ON DELETE RESTRICT); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);`,
    `${on}DELETE FROM p;`,
    'STATEMENT_FAILED',
  ],
  [
    'DROP of a referenced table is refused',
    family,
    `${on}DROP TABLE p;`,
    'FOREIGN_KEYS_DROP',
    'drops p with foreign keys on, while c refers to it',
  ],
  [
    'and of one referenced by two',
    family + `CREATE TABLE d (p_id REFERENCES p);`,
    `${on}DROP TABLE P;`,
    'FOREIGN_KEYS_DROP',
    'while c, d refer to it',
  ],
  ['DROP of the child, then of the parent', family, `${on}DROP TABLE c; DROP TABLE p;`],
  [
    'DROP TABLE IF EXISTS of a parent that is missing',
    `PRAGMA foreign_keys = OFF; CREATE TABLE c (p_id REFERENCES nowhere); PRAGMA foreign_keys = ON; CREATE TABLE x (id);`,
    `${on}DROP TABLE IF EXISTS nowhere; DROP TABLE x;`,
  ],
  [
    'DROP of a table that refers to itself',
    `CREATE TABLE tree (id INTEGER PRIMARY KEY, up REFERENCES tree ON DELETE CASCADE); INSERT INTO tree VALUES (1, NULL), (2, 1);`,
    `${on}DROP TABLE tree;`,
  ],
  [
    'a cascade in a circle',
    `CREATE TABLE a (id INTEGER PRIMARY KEY, b_id REFERENCES b ON DELETE CASCADE); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id REFERENCES a ON DELETE CASCADE); INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b_id = 1;`,
    `${on}DELETE FROM a;`,
  ],
  [
    'in code',
    family,
    { foreignKeys: true, up: (db: { exec(sql: string): void }) => db.exec('DROP TABLE p') },
    'FOREIGN_KEYS_DROP',
  ],
]);

interface Db {
  exec(sql: string): void;
  all(sql: string, ...values: unknown[]): unknown[];
}

const attempt = (db: Db, sql: string): void => {
  try {
    db.exec(sql);
  } catch {
    // That is what the test is about.
  }
};

table('functions that catch an error and continue', [
  [
    'a DELETE that failed says nothing',
    t + `CREATE TABLE x (id); INSERT INTO x VALUES (1); CREATE TRIGGER a AFTER INSERT ON x BEGIN DELETE FROM t; END;`,
    {
      up: (db: Db) => {
        attempt(db, 'DELETE FROM t WHERE nope = 1');
        db.exec('INSERT INTO x VALUES (2)');
      },
    },
    'ROWS_LOST',
    't: 3 rows before, 0 after',
  ],
  [
    'a DROP that failed drops nothing',
    t,
    {
      up: (db: Db) => {
        attempt(db, 'DROP TABLE nope');
        attempt(db, 'ALTER TABLE t RENAME TO sqlite_bad');
        db.exec(newT + filter + swap);
      },
    },
    'ROWS_LOST',
  ],
  [
    'a copy that failed carries nothing',
    t,
    {
      up: (db: Db) => {
        db.exec(newT);
        attempt(db, 'INSERT INTO n SELECT id, name, email, 4 FROM t');
        db.exec(`INSERT INTO n (id, name) SELECT id, name FROM t; ${swap}`);
      },
    },
    'COLUMN_LOST',
    't.email',
  ],
  [
    'an INSERT that failed half-way',
    family,
    {
      up: (db: Db) => {
        attempt(db, 'INSERT OR FAIL INTO p VALUES (5, 1), (5, 2)');
      },
    },
  ],
  [
    'a rebuild tried twice',
    t,
    {
      up: (db: Db) => {
        attempt(db, `${newT} INSERT INTO n SELECT 1, name, email FROM t`);
        db.exec('DROP TABLE n');
        db.exec(`${newT} INSERT INTO n SELECT * FROM t; ${swap}`);
      },
    },
  ],
  [
    'rows read by code and not written back',
    t,
    {
      up: (db: Db) => {
        db.all('SELECT * FROM t');
        db.exec('DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name, email)');
      },
    },
    'ROWS_LOST',
    't: 3 rows before, 0 after',
  ],
  [
    'columns read by code by name',
    t,
    {
      up: (db: Db) => {
        db.all('SELECT id FROM t WHERE id > ?', 0);
        db.exec(
          `DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name); INSERT INTO t VALUES (1, 1), (2, 1), (3, 1)`,
        );
      },
    },
    'COLUMN_LOST',
    `column t.name is not carried over (3 values: id 1: 'a'; id 2: 'b'; id 3: 'c'), in "DROP TABLE t"; column t.email is not carried over (3 values: id 1: 'a@x'; id 2: 'b@x'; id 3: 'c@x'), in "DROP TABLE t".`,
  ],
]);

describe('a disk that fails while the guards look', () => {
  it.each(['count(*)', 'table_xinfo', 'sqlite_sequence', 'pragma_foreign_key_check', 'EXPLAIN'])('at %s', (asked) => {
    const connection = open(
      'better-sqlite3',
      `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (1); CREATE TABLE c (t_id REFERENCES t); CREATE VIEW v AS SELECT t_id FROM c;`,
    );
    const bridge = recordBridge(connection.bridge);
    bridge.failWhen(asked, driverError('SQLITE_IOERR_READ', 'disk I/O error'));
    const migration = `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO n SELECT id FROM t; ${swap}`;
    const error = refused({ ...connection, handle: bridge as never }, migration);
    expect(error.code).toBe('DISK_ERROR');
  });
});

onBothDrivers('the application’s own temporary objects', (open) => {
  it('stay, and count nothing', () => {
    const connection = open(`${t} CREATE TEMP TABLE own (mine); INSERT INTO own VALUES ('mine');`);
    apply(
      connection,
      `CREATE TEMP TABLE IF NOT EXISTS own (x); CREATE TEMP TABLE k (a); ALTER TABLE k RENAME TO k2; DROP TABLE IF EXISTS no_table; DELETE FROM own WHERE mine = 'other';`,
    );
    expect(column(connection, 'SELECT name FROM temp.sqlite_schema ORDER BY 1')).toEqual(['own']);
    expect(column(connection, 'SELECT mine FROM own')).toEqual(['mine']);
  });

  it.each([
    ['a table', `${t} CREATE TEMP TABLE T (mine);`, 'SELECT 1;'],
    ['a view', `${t} CREATE VIEW v AS SELECT 1; CREATE TEMP TABLE v (mine);`, 'SELECT 1;'],
    [
      'what the migration makes',
      `${t} CREATE TEMP VIEW n AS SELECT 1;`,
      'CREATE TABLE n (a); INSERT INTO n VALUES (1);',
    ],
  ])('that hide %s are in the way', (_, before, migration) => {
    const connection = open(before);
    const error = refused(connection, migration);
    expect(error.code).toBe('TEMPORARY_HIDES');
    expect(value(connection, 'SELECT count(*) FROM main.t')).toBe(3);
  });

  it('a temporary trigger of the application is watched', () => {
    const connection = open(t + u);
    connection.handle.exec(`CREATE TEMP TRIGGER sweep AFTER INSERT ON u BEGIN DELETE FROM t; END;`);
    expect(refused(connection, `INSERT INTO u (name) VALUES ('x');`).message).toContain('t: 3 rows before, 0 after');
  });

  it('an attached database is not ours: what writes it is refused', () => {
    const connection = open(
      `${t} ATTACH ':memory:' AS other; CREATE TABLE other.t (id); INSERT INTO other.t VALUES (1); CREATE TABLE other.x (id);`,
    );
    for (const sql of [
      'CREATE TABLE other.n (id)',
      'CREATE INDEX other.i ON t (id)',
      'INSERT INTO Other.t VALUES (2)',
      'UPDATE "other".t SET id = 2',
      'DELETE FROM other.t',
      'DROP TABLE other.t',
      'ALTER TABLE other.x RENAME TO y',
    ]) {
      expect(refused(connection, sql).message, sql).toMatch(/^001_step: .* reaches another database\.$/);
      // In code as well.
      expect(refused(connection, { up: (db: MigrationDatabase) => db.exec(sql) }).code, sql).toBe('STATEMENT_REFUSED');
    }
    apply(connection, `INSERT INTO main.t (id) SELECT id + 100 FROM other.t; DELETE FROM t WHERE id > 100;`);
    expect(value(connection, 'SELECT count(*) FROM main.t')).toBe(3);
    expect(value(connection, 'SELECT count(*) FROM other.t')).toBe(1);
  });
});

onBothDrivers('a migration that fails after its guards', (open) => {
  it('is reported for what it is, though it renamed what was guarded', () => {
    const connection = open(`${t} CREATE TABLE log (id); CREATE INDEX t_name ON t (name);`);
    apply(connection, 'SELECT 1;');
    const before = rows(connection.bridge, 'SELECT * FROM t');
    expect(() => apply(connection, ['SELECT 1;', `ALTER TABLE t RENAME TO s; DROP TABLE schema_migrations;`])).toThrow(
      /schema_migrations/,
    );
    expect(rows(connection.bridge, 'SELECT * FROM t')).toEqual(before);
  });
});
