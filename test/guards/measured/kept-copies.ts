import { changed, column, fails, lost, names, passes, type Subject } from './case.ts';
import { newT, replace, t } from './schemas.ts';

const kept = 'CREATE TABLE kept AS SELECT * FROM t;';
const again = `DROP TABLE t; ${newT.replace(' n ', ' t ')}`;
const withEmpty = `${t} UPDATE t SET email = NULL WHERE id = 2; UPDATE t SET email = NULL WHERE id = 3;`;

const columns: Subject = {
  name: 'a new table that is filled from a kept copy, without a column',
  cases: [
    fails(
      'after the old one is dropped',
      t,
      `${kept} ${again} INSERT INTO t (id, name) SELECT id, name FROM kept;`,
      'COLUMN_LOST',
      column('t.email'),
      names(3, 'values'),
    ),
    fails(
      'before it is dropped',
      t,
      `${kept} ${newT} INSERT INTO n (id, name) SELECT id, name FROM kept; ${replace('t')}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'by two copies of some rows',
      t,
      `${kept} ${again} INSERT INTO t (id, name) SELECT id, name FROM kept WHERE id = 1; INSERT INTO t (id, name) SELECT id, name FROM kept WHERE id > 1;`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'from a copy that has the column under another name',
      t,
      `CREATE TABLE kept AS SELECT id, name, email AS mail FROM t; ${again} INSERT INTO t (id, name) SELECT id, name FROM kept;`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    passes('which has it as well', t, `${kept} ${again} INSERT INTO t SELECT * FROM kept;`, 'none'),
    passes(
      'which the new table does not have any more',
      t,
      `${kept} DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t SELECT id, name FROM kept;`,
      'none',
    ),
    passes(
      'which an expression computes',
      t,
      `${kept} ${again} INSERT INTO t SELECT id, name, lower(email) FROM kept;`,
      'none',
    ),
    passes(
      'which an UPDATE brings',
      t,
      `${kept} ${again} INSERT INTO t (id, name) SELECT id, name FROM kept;
      UPDATE t SET email = (SELECT email FROM kept WHERE kept.id = t.id);`,
      'none',
    ),
  ],
};

/** Takes the third row from the table while the others are copied. */
const deleting = `${newT} CREATE TRIGGER n_in AFTER INSERT ON n BEGIN DELETE FROM t WHERE id = 3; END;
  INSERT INTO n SELECT * FROM t WHERE id = 1; INSERT INTO n SELECT * FROM t WHERE id = 2;`;

const rows: Subject = {
  name: 'a kept copy does not excuse a row that the new table lacks',
  cases: [
    fails(
      'which is filled by two copies of other columns',
      withEmpty,
      `${kept} ${newT} INSERT INTO n SELECT * FROM t WHERE email <> ''; INSERT INTO n (id, name) SELECT id, name FROM t WHERE email = ''; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 2),
    ),
    fails(
      'which is filled by three of them',
      withEmpty,
      `${kept} ${newT} INSERT INTO n SELECT * FROM t WHERE id = 1; INSERT INTO n (id, name) SELECT id, name FROM t WHERE email = '';
      INSERT INTO n (id) SELECT id FROM t WHERE name = ''; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 2),
    ),
    fails(
      'which two copies give only some values',
      t,
      `${kept} ${newT} INSERT INTO n SELECT * FROM t WHERE id = 1; INSERT INTO n (id, name) SELECT id, name FROM t WHERE id > 1; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'email', 2),
    ),
    fails(
      'which is filled from a temporary copy of some',
      t,
      `${kept} CREATE TEMP TABLE k AS SELECT * FROM t WHERE id > 1; ${again} INSERT INTO t SELECT * FROM k;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'which is filled with some of a temporary copy',
      t,
      `${kept} CREATE TEMP TABLE k AS SELECT * FROM t; ${again} INSERT INTO t SELECT * FROM k WHERE id > 1;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'which is filled from two temporary copies of some',
      t,
      `${kept} CREATE TEMP TABLE k AS SELECT * FROM t WHERE id = 1; CREATE TEMP TABLE l AS SELECT * FROM t WHERE id > 2; ${again}
      INSERT INTO t SELECT * FROM k; INSERT INTO t SELECT * FROM l;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'because a trigger deletes it after a copy of the ids',
      t,
      `CREATE TABLE ids AS SELECT id FROM t; ${deleting} DROP TRIGGER n_in; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'because a trigger deletes it after a copy of the ids, and no table has its name then',
      t,
      `CREATE TABLE ids AS SELECT id FROM t; ${deleting} DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'because a trigger deletes it, beside a copy that is kept under another name',
      t,
      `CREATE TABLE m AS SELECT * FROM t; ${deleting} DROP TRIGGER n_in; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'because a trigger deletes it after a copy of the row under another name',
      t,
      `CREATE TABLE m AS SELECT * FROM t; ${deleting} DROP TABLE n; DROP TABLE t;`,
    ),
    passes(
      'which is filled from two temporary copies that have all',
      t,
      `${kept} CREATE TEMP TABLE k AS SELECT * FROM t WHERE id = 1; CREATE TEMP TABLE l AS SELECT * FROM t WHERE id > 1; ${again}
      INSERT INTO t SELECT * FROM k; INSERT INTO t SELECT * FROM l;`,
      'none',
    ),
    passes(
      'which two copies of other columns fill',
      withEmpty,
      `${kept} ${newT} INSERT INTO n SELECT * FROM t WHERE email <> ''; INSERT INTO n (id, name) SELECT id, name FROM t WHERE email IS NULL; ${replace('t')}`,
      'none',
    ),
    passes(
      'of which a DELETE says that they go',
      t,
      `${kept} CREATE TEMP TABLE k AS SELECT * FROM t; DELETE FROM k WHERE id = 1; ${again} INSERT INTO t SELECT * FROM k;`,
      'none',
    ),
  ],
};

export const keptCopySubjects: readonly Subject[] = [columns, rows];
