import { changed, column, fails, lost, names, passes, type Subject } from './case.ts';
import { newT, replace, t } from './schemas.ts';

const part = 'CREATE TABLE mail (id INTEGER PRIMARY KEY, email TEXT);';
const rest = `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO n SELECT id, name FROM t; ${replace('t')}`;
const withEmpty = `${t} UPDATE t SET email = NULL WHERE id = 2; UPDATE t SET email = '' WHERE id = 3;`;

const columns: Subject = {
  name: 'some columns are moved to a table that does not get all rows',
  cases: [
    passes(
      'by a WHERE: a note has the figure',
      t,
      `${part} INSERT INTO mail SELECT id, email FROM t WHERE id > 1; ${rest}`,
      /^t\.email: 1 value left behind, because mail did not get all rows$/,
    ),
    passes(
      'by a LIMIT',
      t,
      `${part} INSERT INTO mail SELECT id, email FROM t LIMIT 1; ${rest}`,
      /^t\.email: 2 values left behind, because mail did not get all rows$/,
    ),
    passes(
      'under another name, without the key',
      t,
      `CREATE TABLE mail (address TEXT); INSERT INTO mail SELECT email FROM t WHERE id > 1; ${rest}`,
      /^t\.email: 1 value left behind/,
    ),
    passes(
      'to two tables that leave out the same row',
      t,
      `${part} CREATE TABLE more (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO mail SELECT id, email FROM t WHERE id = 1;
      INSERT INTO more SELECT id, email FROM t WHERE id = 2; ${rest}`,
      /^t\.email: 1 value left behind, because mail and more did not get all rows$/,
    ),
    passes(
      'whose other rows have no value',
      withEmpty,
      `${part} INSERT INTO mail SELECT id, email FROM t WHERE email <> ''; ${rest}`,
      'none',
    ),
    passes(
      'in two halves',
      t,
      `${part} CREATE TABLE more (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO mail SELECT id, email FROM t WHERE id = 1;
      INSERT INTO more SELECT id, email FROM t WHERE id > 1; ${rest}`,
      'none',
    ),
    passes('all of them', t, `${part} INSERT INTO mail SELECT id, email FROM t; ${rest}`, 'none'),
    passes(
      'while the table itself keeps them',
      t,
      `${part} INSERT INTO mail SELECT id, email FROM t WHERE id > 1; CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
      INSERT INTO n SELECT * FROM t; ${replace('t')}`,
      'none',
    ),
    passes(
      'while an expression keeps them',
      t,
      `${part} INSERT INTO mail SELECT id, email FROM t WHERE id > 1; CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, lower TEXT);
      INSERT INTO n SELECT id, name, lower(email) FROM t; ${replace('t')}`,
      'none',
    ),
  ],
};

const first = 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO a SELECT id, name FROM t;';

const gone: Subject = {
  name: 'a table whose name is gone loses values if a part does not get all rows',
  cases: [
    fails(
      'by a WHERE',
      t,
      `${first} ${part} INSERT INTO mail SELECT id, email FROM t WHERE id > 1; DROP TABLE t;`,
      'COLUMN_LOST',
      column('t.email'),
      /1 value: id 1: 'a@x'/,
    ),
    fails(
      'by a LIMIT',
      t,
      `${first} ${part} INSERT INTO mail SELECT id, email FROM t LIMIT 1; DROP TABLE t;`,
      'COLUMN_LOST',
      names('t.email', 2),
    ),
    fails(
      'in two parts that leave out the same row',
      t,
      `${first} ${part} ${part.replace('mail', 'more')} INSERT INTO mail SELECT id, email FROM t WHERE id = 1;
      INSERT INTO more SELECT id, email FROM t WHERE id = 2; DROP TABLE t;`,
      'COLUMN_LOST',
      names('t.email', 1),
    ),
    fails(
      'a copy of all columns and only some rows, beside one of all rows and only some columns',
      t,
      `${first} CREATE TABLE b AS SELECT * FROM t WHERE id < 3; DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'which is declared',
      t,
      `-- dunlin: destructive t.email\n${first} ${part} INSERT INTO mail SELECT id, email FROM t WHERE id > 1; DROP TABLE t;`,
      'none',
    ),
    passes(
      'whose other rows have no value',
      withEmpty,
      `${first} ${part} INSERT INTO mail SELECT id, email FROM t WHERE email <> ''; DROP TABLE t;`,
      'none',
    ),
    passes(
      'of which a DELETE says that they go',
      t,
      `${first} ${part} INSERT INTO mail SELECT id, email FROM t; DELETE FROM mail WHERE id = 1; DROP TABLE t;`,
      'none',
    ),
    passes(
      'in two halves',
      t,
      `${first} ${part} ${part.replace('mail', 'more')} INSERT INTO mail SELECT id, email FROM t WHERE id = 1;
      INSERT INTO more SELECT id, email FROM t WHERE id > 1; DROP TABLE t;`,
      'none',
    ),
    passes(
      'a copy of some rows beside one of the whole table',
      t,
      'CREATE TABLE a AS SELECT * FROM t; CREATE TABLE b AS SELECT * FROM t WHERE id < 3; DROP TABLE t;',
      'none',
    ),
    passes('a column that no part has', t, `${first} DROP TABLE t;`, 'none'),
  ],
};

const coded = `${t} UPDATE t SET email = '00' || id;`;
const numbers = 'CREATE TABLE mail (owner INTEGER PRIMARY KEY, email INTEGER);';

const values: Subject = {
  name: 'a table with every row proves only the columns that it has',
  cases: [
    fails(
      'another table converts a column that it does not have',
      coded,
      `${numbers} INSERT INTO mail SELECT id, email FROM t; ${rest}`,
      'VALUES_CHANGED',
      changed('t', 'email', 3),
    ),
    fails(
      'the same where the name of the table is gone',
      coded,
      `${numbers} INSERT INTO mail SELECT id, email FROM t; CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO n SELECT id, name FROM t; DROP TABLE t;`,
      'VALUES_CHANGED',
      changed('t', 'email', 3),
    ),
    fails(
      'two tables with some of the rows convert it',
      coded,
      `${numbers} CREATE TABLE more (owner INTEGER PRIMARY KEY, email INTEGER); INSERT INTO mail SELECT id, email FROM t WHERE id = 1;
      INSERT INTO more SELECT id, email FROM t WHERE id > 1; ${rest}`,
      'VALUES_CHANGED',
      changed('t', 'email', 3),
    ),
    fails(
      'one of two such tables converts it',
      coded,
      `${part} CREATE TABLE more (owner INTEGER PRIMARY KEY, email INTEGER); INSERT INTO mail SELECT id, email FROM t WHERE id = 1;
      INSERT INTO more SELECT id, email FROM t WHERE id > 1; ${rest}`,
      'VALUES_CHANGED',
      changed('t', 'email', 2),
    ),
    fails(
      'a second copy into the same table that adds nothing',
      t,
      `${newT} INSERT INTO n (id, name) SELECT id, name FROM t; INSERT OR IGNORE INTO n (id, email) SELECT id, email FROM t; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'email', 3),
    ),
    fails(
      'an upsert that changes nothing',
      t,
      `${newT} INSERT INTO n (id, name) SELECT id, name FROM t;
      INSERT INTO n (id, email) SELECT id, email FROM t WHERE true ON CONFLICT (id) DO NOTHING; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'email', 3),
    ),
    passes(
      'an upsert that adds the values',
      t,
      `${newT} INSERT INTO n (id, name) SELECT id, name FROM t;
      INSERT INTO n (id, email) SELECT id, email FROM t WHERE true ON CONFLICT (id) DO UPDATE SET email = excluded.email; ${replace('t')}`,
      'none',
    ),
    passes(
      'a table with a row for each value has none for an empty one',
      withEmpty,
      `CREATE TABLE list (owner INTEGER, key TEXT, value TEXT); INSERT INTO list SELECT id, 'email', email FROM t WHERE email <> '';
      INSERT INTO list SELECT id, 'name', name FROM t; CREATE TABLE n (id INTEGER PRIMARY KEY); INSERT INTO n SELECT id FROM t; ${replace('t')}`,
      'none',
    ),
    passes(
      'such a table beside one that keeps a column',
      `${withEmpty} ALTER TABLE t ADD COLUMN age INTEGER;`,
      `CREATE TABLE list (owner INTEGER, key TEXT, value TEXT); INSERT INTO list SELECT id, 'email', email FROM t WHERE email <> '';
      INSERT INTO list SELECT id, 'age', age FROM t; ${rest}`,
      'none',
    ),
    passes(
      'one table converts it, and another keeps it as it is',
      coded,
      `${numbers} ${part.replace('mail', 'texts')} INSERT INTO mail SELECT id, email FROM t; INSERT INTO texts SELECT id, email FROM t; ${rest}`,
      'none',
    ),
    passes(
      'one table converts it, and a copy of the whole table keeps it',
      coded,
      `CREATE TABLE t_old AS SELECT * FROM t; ${numbers} INSERT INTO mail SELECT id, email FROM t; ${rest}`,
      'none',
    ),
  ],
};

const narrow = `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO n SELECT id, name FROM t;`;
const archive = 'CREATE TABLE archive (id INTEGER PRIMARY KEY, name TEXT, email TEXT);';

const archives: Subject = {
  name: 'whole rows in one table, and the other rows without a column',
  cases: [
    fails(
      'an archive that no row comes into',
      t,
      `CREATE TABLE archive AS SELECT * FROM t WHERE id = 99; ${rest}`,
      'COLUMN_LOST',
      column('t.email'),
      names(3, 'values'),
    ),
    fails(
      'by a LIMIT',
      t,
      `CREATE TABLE archive AS SELECT * FROM t LIMIT 1; ${rest}`,
      'COLUMN_LOST',
      names(2, 'values'),
    ),
    fails(
      'an archive that was there, whose rows are deleted',
      `${t} ${archive}`,
      `INSERT INTO archive SELECT * FROM t WHERE id = 1; DELETE FROM t WHERE id = 1; ${rest}`,
      'COLUMN_LOST',
      names(2, 'values'),
    ),
    fails(
      'two archives, and a row in none of them',
      t,
      `CREATE TABLE a AS SELECT * FROM t WHERE id = 1; CREATE TABLE b AS SELECT * FROM t WHERE id = 2; ${rest}`,
      'COLUMN_LOST',
      names(1, 'value'),
    ),
    fails(
      'without a key',
      `CREATE TABLE t (name TEXT, email TEXT); INSERT INTO t VALUES ('ada', 'a@x'), ('bea', 'b@x');`,
      `CREATE TABLE archive AS SELECT * FROM t WHERE name = 'ada'; CREATE TABLE n (name TEXT); INSERT INTO n SELECT name FROM t; ${replace('t')}`,
      'COLUMN_LOST',
      names(1, 'value'),
    ),
    fails(
      'the name of the table is gone',
      t,
      `CREATE TABLE a AS SELECT * FROM t WHERE id = 1; CREATE TABLE b AS SELECT id, name FROM t WHERE id > 1; DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 2),
    ),
    fails(
      'the name is gone, and a row is in none of them',
      withEmpty,
      `CREATE TABLE a AS SELECT * FROM t WHERE id = 1; CREATE TABLE b AS SELECT id, name FROM t WHERE id = 2; DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'the name is gone, and the values that the narrow table lacks are empty',
      withEmpty,
      `CREATE TABLE a AS SELECT * FROM t WHERE email <> ''; CREATE TABLE b AS SELECT id, name FROM t WHERE email IS NULL OR email = ''; DROP TABLE t;`,
      'none',
    ),
    passes(
      'the table keeps the rows whose values are empty',
      withEmpty,
      `${archive} INSERT INTO archive SELECT * FROM t WHERE email <> ''; CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO n SELECT id, name FROM t WHERE email IS NULL OR email = ''; ${replace('t')}`,
      'none',
    ),
    passes(
      'the table keeps all rows, and the archive gets every value',
      withEmpty,
      `CREATE TABLE archive AS SELECT * FROM t WHERE email <> ''; ${rest}`,
      'none',
    ),
    passes(
      'a row that the archive lost by a DELETE',
      t,
      `CREATE TABLE archive AS SELECT * FROM t; DELETE FROM archive WHERE id = 1; ${narrow} ${replace('t')}`,
    ),
    passes(
      'rows of both are deleted by name',
      t,
      `${archive} INSERT INTO archive SELECT * FROM t WHERE id < 3; ${narrow} DELETE FROM n WHERE id = 3; ${replace('t')}`,
    ),
    passes(
      'the column is declared',
      t,
      `-- dunlin: destructive t.email\nCREATE TABLE archive AS SELECT * FROM t WHERE id = 99; ${rest}`,
    ),
  ],
};

export const partSubjects: readonly Subject[] = [columns, gone, values, archives];
