import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { fails, lost, passes, type Subject } from './case.ts';
import { newT, replace, t, u } from './schemas.ts';

/** Each row takes the next one along. */
const chain = `${t} CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN DELETE FROM t WHERE id = old.id + 1; END;`;
const tree = `CREATE TABLE p (id INTEGER PRIMARY KEY, up INTEGER); INSERT INTO p VALUES (1, NULL), (2, 1), (3, 2), (4, NULL);`;

const own: Subject = {
  name: 'a DELETE excuses the rows that it selects, even if its trigger deletes them first',
  cases: [
    passes('the whole table', chain, 'DELETE FROM t;'),
    passes('with a WHERE that names them all', chain, 'DELETE FROM t WHERE id < 3;  DELETE FROM t WHERE id = 3;'),
    passes('with RETURNING', chain, 'DELETE FROM t RETURNING id;'),
    passes('with a WITH clause', chain, 'WITH k AS (SELECT id FROM t) DELETE FROM t WHERE id IN (SELECT id FROM k);'),
    passes(
      'by way of another table',
      `${t} ${u} CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN DELETE FROM u; END;
      CREATE TRIGGER u_gone AFTER DELETE ON u BEGIN DELETE FROM t WHERE id = 2; END;`,
      '-- dunlin: destructive u\nDELETE FROM t;',
    ),
    passes(
      'a trigger BEFORE DELETE',
      `${tree} PRAGMA recursive_triggers = ON;
      CREATE TRIGGER p_gone BEFORE DELETE ON p BEGIN DELETE FROM p WHERE up = old.id; END;`,
      'DELETE FROM p WHERE id IN (1, 2, 3);',
    ),
    passes('in a function', chain, { up: (db: MigrationDatabase) => void db.run('DELETE FROM t') }),
    fails('not a row that it does not name', chain, 'DELETE FROM t WHERE id = 1;', 'ROWS_LOST', lost('t', 3, 1)),
    fails(
      'not rows of another table',
      `${t} ${u} CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN DELETE FROM u; DELETE FROM t; END;`,
      'DELETE FROM t;',
      'ROWS_LOST',
      lost('u', 1, 1),
    ),
    fails(
      'not rows that stay while the trigger takes others',
      `${t} CREATE TRIGGER t_gone BEFORE DELETE ON t BEGIN DELETE FROM t WHERE id = 3; SELECT raise(IGNORE); END;`,
      'DELETE FROM t WHERE id = 1;',
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
  ],
};

const view = `${t} ${u} CREATE VIEW v AS SELECT id, name FROM t WHERE id < 3;`;
const through = `${view} CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END;`;

const views: Subject = {
  name: 'a DELETE from a view excuses as many rows of its tables as the view loses',
  cases: [
    passes('one row', through, 'DELETE FROM v WHERE id = 1;'),
    passes('all rows', through, 'DELETE FROM v;'),
    passes('those of a subquery', through, 'DELETE FROM v WHERE id IN (SELECT id FROM t WHERE id = 2);'),
    passes(
      'a view of a view',
      `${through} CREATE VIEW w AS SELECT * FROM v;
      CREATE TRIGGER w_gone INSTEAD OF DELETE ON w BEGIN DELETE FROM v WHERE id = old.id; END;`,
      'DELETE FROM w WHERE id = 1;',
    ),
    passes(
      'a view of two tables, one row of each',
      `${t} CREATE TABLE more (id INTEGER PRIMARY KEY, note); INSERT INTO more VALUES (1, 'a'), (2, 'b');
      CREATE VIEW v AS SELECT t.id, note FROM t JOIN more ON more.id = t.id;
      CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; DELETE FROM more WHERE id = old.id; END;`,
      'DELETE FROM v WHERE id = 1;',
    ),
    passes(
      'a view that an earlier statement made',
      `${t} ${u}`,
      `CREATE VIEW v AS SELECT id FROM t;
      CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END; DELETE FROM v WHERE id = 1;`,
    ),
    fails(
      'not one more',
      `${view} CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t; END;`,
      'DELETE FROM v WHERE id = 1;',
      'ROWS_LOST',
      lost('t', 3, 2),
    ),
    fails(
      'not rows of a table that it does not read',
      `${view} CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; DELETE FROM u; END;`,
      'DELETE FROM v WHERE id = 1;',
      'ROWS_LOST',
      lost('u', 1, 1),
    ),
    fails(
      'not while its rows stay',
      `${view} CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = 3; END;`,
      'DELETE FROM v WHERE id = 1;',
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'not by a trigger',
      `${through} CREATE TABLE w (id); CREATE TRIGGER w_made AFTER INSERT ON w BEGIN DELETE FROM v; END;`,
      'INSERT INTO w VALUES (1);',
      'ROWS_LOST',
      lost('t', 3, 2),
    ),
  ],
};

const orders = `${t} CREATE TABLE orders (id INTEGER PRIMARY KEY, owner INTEGER); INSERT INTO orders VALUES (1, 1), (2, 1), (3, 1), (4, 2);`;
const complete = `${orders} INSERT INTO orders VALUES (5, 3);`;
const joined = 'CREATE TEMP TABLE k AS SELECT t.* FROM t JOIN orders ON orders.owner = t.id;';
const single = 'DELETE FROM k WHERE rowid NOT IN (SELECT min(rowid) FROM k GROUP BY id);';
const back = `DROP TABLE t; ${newT.replace(' n ', ' t ')} INSERT INTO t SELECT * FROM k;`;

const twice = `CREATE TABLE o (id INTEGER PRIMARY KEY, owner); INSERT INTO o VALUES (1, 1), (2, 1), (3, 2);`;
const open = 'CREATE TABLE n (id INTEGER NOT NULL, name TEXT, email TEXT);';
const join = 'INSERT INTO n SELECT t.* FROM t JOIN o ON o.owner = t.id;';
const onlyOnce = 'DELETE FROM n WHERE rowid NOT IN (SELECT min(rowid) FROM n GROUP BY id);';
const others = 'INSERT INTO n SELECT * FROM t WHERE id NOT IN (SELECT id FROM n);';

const doubles: Subject = {
  name: 'a DELETE of duplicates that a copy added excuses no other row',
  cases: [
    fails('of a join, in a temporary table', orders, `${joined} ${single} ${back}`, 'ROWS_LOST', lost('t', 3, 1)),
    fails(
      'by a window function',
      orders,
      `${joined} DELETE FROM k WHERE rowid IN (SELECT r FROM (SELECT rowid AS r, row_number() OVER (PARTITION BY id) AS n FROM k) WHERE n > 1); ${back}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'in the new table',
      orders,
      `CREATE TABLE n (id INTEGER, name TEXT, email TEXT); INSERT INTO n SELECT t.* FROM t JOIN orders ON orders.owner = t.id; ${single.replaceAll(' k ', ' n ')} ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of two copies of some rows',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t WHERE id < 3; INSERT INTO k SELECT * FROM t WHERE id < 3; ${single} ${back}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of a join that brings as many rows as there are',
      `${t} ${twice}`,
      `${open} ${join} ${onlyOnce} ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of a join, in a table of another name',
      `${t} ${twice}`,
      `${open} ${join} ${onlyOnce} DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'by the second of two',
      `${t} ${twice}`,
      `${open} ${join} DELETE FROM n WHERE id = 77; ${onlyOnce} ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of two copies that bring as many rows as there are',
      t,
      `${open} INSERT INTO n SELECT * FROM t WHERE id < 3; INSERT INTO n SELECT * FROM t WHERE id = 1; ${onlyOnce} ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of two SELECTs of one copy',
      t,
      `${open} INSERT INTO n SELECT * FROM t WHERE id < 3 UNION ALL SELECT * FROM t WHERE id = 1; ${onlyOnce} ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of rows without a key',
      `CREATE TABLE x (a, b); INSERT INTO x VALUES (1, 'one'), (2, 'two'); CREATE TABLE y (k); INSERT INTO y VALUES (1), (1);`,
      `CREATE TABLE n (a, b); INSERT INTO n SELECT x.* FROM x JOIN y ON y.k = x.a; DELETE FROM n WHERE rowid = 2; ${replace('x')}`,
      'ROWS_LOST',
      lost('x', 2, 1),
    ),
    fails(
      'in a function',
      `${t} ${twice}`,
      { up: (db: MigrationDatabase) => db.exec(`${open} ${join} ${onlyOnce} ${replace('t')}`) },
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'the rest is copied after a DELETE',
      `${t} ${twice}`,
      `${open} ${join} ${onlyOnce} ${others} ${replace('t')}`,
    ),
    passes(
      'the rest is copied after a DELETE, and another DELETE follows',
      `${t} ${twice}`,
      `${open} ${join} ${onlyOnce} ${others} DELETE FROM n WHERE id = 2; ${replace('t')}`,
    ),
    passes(
      'a LEFT JOIN, of which a DELETE takes one row more than the doubles',
      `${t} ${twice}`,
      `${open} ${join.replace('JOIN', 'LEFT JOIN')} ${onlyOnce} DELETE FROM n WHERE id = 2; ${replace('t')}`,
    ),
    passes(
      'the missing rows are deleted from the old table as well',
      `${t} ${twice}`,
      `${open} ${join} ${onlyOnce} DELETE FROM t WHERE id = 3; ${replace('t')}`,
    ),
    passes(
      'the missing rows are in another table',
      `${t} ${twice}`,
      `${open} ${join} ${onlyOnce} CREATE TABLE m AS SELECT * FROM t WHERE id = 3; DROP TABLE t;`,
    ),
    passes('every row came', complete, `${joined} ${single} ${back}`),
    passes(
      'a DELETE from a copy of each row once',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DELETE FROM k WHERE id = 1; ${back}`,
    ),
    passes(
      'a DELETE from a join that has each row once',
      t,
      `CREATE TEMP TABLE k AS SELECT t.* FROM t JOIN t AS again USING (id); DELETE FROM k WHERE id = 1; ${back}`,
    ),
    passes(
      'a DELETE from the old table after the copy, and one from the copy',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DELETE FROM t WHERE id = 1; DELETE FROM k WHERE id = 2; ${back}`,
    ),
  ],
};

export const deleteSubjects: readonly Subject[] = [own, views, doubles];
