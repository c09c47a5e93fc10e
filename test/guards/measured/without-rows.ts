import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { fails, names, onlyOlder, passes, type Subject } from './case.ts';
import { rebuild, u } from './schemas.ts';

const fields = 'id INTEGER PRIMARY KEY, name TEXT, email TEXT';
const index = 'CREATE INDEX t_name ON t (name);';
const trigger = 'CREATE TRIGGER t_made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;';
const objects = `CREATE TABLE log (v); ${index} ${trigger}`;
/** `u` has a row, `t` none. */
const empty = `${u} CREATE TABLE t (${fields}); ${objects}`;
const filled = `${empty} INSERT INTO t VALUES (1, 'ada', 'a@x');`;
/** Forgets the index and the trigger. */
const forgetful = rebuild('t', fields, 'INSERT INTO n SELECT * FROM t');

const left: Subject = {
  name: 'a table without rows has nothing to lose',
  cases: [
    onlyOlder(
      passes(
        'an index, a trigger, a column and the INTEGER PRIMARY KEY are left out: one note',
        empty,
        rebuild('t', 'id INT PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM t'),
        /^rebuilds t, which has no rows, without: column email, the INTEGER PRIMARY KEY id, index t_name, trigger t_made$/,
      ),
    ),
    onlyOlder(
      passes(
        'an earlier migration of the run deleted its rows',
        filled,
        ['DELETE FROM t;', forgetful],
        /^rebuilds t, which has no rows, without: index t_name, trigger t_made$/,
      ),
    ),
    onlyOlder(
      passes(
        'in a database without any row',
        `CREATE TABLE t (${fields}); ${objects}`,
        forgetful,
        /^rebuilds t, which has no rows, without: index t_name, trigger t_made$/,
      ),
    ),
    passes(
      'a column that is there, but not copied',
      `${u} CREATE TABLE t (${fields});`,
      rebuild('t', fields, 'INSERT INTO n (id, name) SELECT id, name FROM t'),
      'none',
    ),
    passes('what it leaves out is declared', empty, `-- dunlin: destructive t\n${forgetful}`, 'none'),
    passes('nothing is left out', empty, `${forgetful} ${index} ${trigger}`, 'none'),
    onlyOlder(
      fails(
        'an AUTOINCREMENT sequence shows that it had rows',
        `${u} CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, email TEXT);
        INSERT INTO t (id) VALUES (5); DELETE FROM t;`,
        forgetful,
        'SEQUENCE_LOST',
        names('t', 5),
      ),
    ),
  ],
};

const emptied: Subject = {
  name: 'a table that the migration empties counts as one with rows',
  cases: [
    fails('a DELETE before the copy', filled, `DELETE FROM t; ${forgetful}`, 'TRIGGER_LOST', names('t_name')),
    fails(
      'a DELETE between a temporary copy and the DROP',
      filled,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DELETE FROM t; DROP TABLE t;
      CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k;`,
      'TRIGGER_LOST',
      names('t_name'),
    ),
    fails(
      'a DELETE in a function',
      filled,
      {
        up: (db: MigrationDatabase) => {
          db.run('DELETE FROM t');
          db.exec(forgetful);
        },
      },
      'TRIGGER_LOST',
      names('t_name'),
    ),
    onlyOlder(
      fails(
        'ON DELETE CASCADE',
        `${u} CREATE TABLE t (${fields}, u INTEGER REFERENCES u ON DELETE CASCADE);
      CREATE INDEX t_name ON t (name); INSERT INTO t (id, u) VALUES (1, 7);`,
        `-- dunlin: foreign-keys on
      DELETE FROM u;
      ${rebuild('t', `${fields}, u INTEGER REFERENCES u ON DELETE CASCADE`, 'INSERT INTO n SELECT * FROM t')}`,
        'INDEX_LOST',
        names('t_name'),
      ),
    ),
    fails(
      'its first row comes in the migration',
      empty,
      `INSERT INTO t VALUES (1, 'ada', 'a@x'); ${forgetful}`,
      'TRIGGER_LOST',
      names('t_name'),
    ),
  ],
};

export const subjectsWithoutRows: readonly Subject[] = [left, emptied];
