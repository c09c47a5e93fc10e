import { passes, type Subject } from './case.ts';
import { replace, t } from './schemas.ts';

const part = 'CREATE TABLE mail (id INTEGER PRIMARY KEY, email TEXT);';
const rest = `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO n SELECT id, name FROM t; ${replace('t')}`;
const withEmpty = `${t} UPDATE t SET email = NULL WHERE id = 2; UPDATE t SET email = '' WHERE id = 3;`;

const columns: Subject = {
  name: 'some columns moved to a table that does not get all rows',
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

export const partSubjects: readonly Subject[] = [columns];
