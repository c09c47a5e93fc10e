import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { changed, column, fails, lost, passes, type Subject } from './case.ts';
import { newT, replace, t, x } from './schemas.ts';

const all = 'INSERT INTO n VALUES (new.id, new.name, new.email);';
const copy = 'INSERT INTO v SELECT * FROM t; DROP VIEW v;';
const rest = `${copy} ${replace('t')}`;
const moved = `${copy} DROP TABLE t;`;

/** A view of the new table, whose trigger does this with each row. */
function view(body: string, when = ''): string {
  return `${newT} ${viewOf('n', body, when)}`;
}

function viewOf(table: string, body: string, when = ''): string {
  return `CREATE VIEW v AS SELECT * FROM ${table}; CREATE TRIGGER v_in INSTEAD OF INSERT ON v ${when} BEGIN ${body} END;`;
}

const views: Subject = {
  name: 'a copy into a view goes where its INSTEAD OF INSERT trigger puts it',
  cases: [
    passes('into the new table', t, `${view(all)} ${rest}`, 'none'),
    fails(
      'which leaves a column out',
      t,
      `${view('INSERT INTO n (id, name) VALUES (new.id, new.name);')} ${rest}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'which mixes two columns up',
      t,
      `${view('INSERT INTO n (id, name, email) VALUES (new.id, new.email, new.name);')} ${rest}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
      changed('t', 'email', 3),
    ),
    fails('which has a WHEN', t, `${view(all, 'WHEN new.id < 3')} ${rest}`, 'ROWS_LOST', lost('t', 3, 1)),
    fails(
      'which has a WHEN with CASE',
      t,
      `${view(all, 'WHEN CASE new.id WHEN 3 THEN 0 ELSE 1 END')} ${rest}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'which selects with a WHERE',
      t,
      `${view('INSERT INTO n SELECT new.id, new.name, new.email WHERE new.id < 3;')} ${rest}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'whose column list is in another order than the SELECT',
      t,
      `${view(all)} INSERT INTO v (id, email, name) SELECT * FROM t; DROP VIEW v; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    passes(
      'whose column list is in the order of the SELECT',
      t,
      `${view(all)} INSERT INTO v (email, id, name) SELECT email, id, name FROM t; DROP VIEW v; ${replace('t')}`,
      'none',
    ),
    passes(
      'and an UPDATE of it the rest',
      t,
      `${view('INSERT INTO n (id, name) VALUES (new.id, new.name); UPDATE n SET email = new.email WHERE id = new.id;')} ${rest}`,
      'none',
    ),
    passes(
      'which computes a column',
      t,
      `${view('INSERT INTO n VALUES (new.id, upper(new.name), new.email);')} ${rest}`,
    ),
    passes(
      'which looks a value up in another table',
      `${t} CREATE TABLE d (id INTEGER PRIMARY KEY, name UNIQUE);`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, d INTEGER, email);
      CREATE VIEW v AS SELECT n.id, d.name, email FROM n JOIN d ON d.id = n.d;
      CREATE TRIGGER v_in INSTEAD OF INSERT ON v BEGIN INSERT OR IGNORE INTO d (name) VALUES (new.name);
        INSERT INTO n SELECT new.id, d.id, new.email FROM d WHERE d.name = new.name; END; ${rest}`,
    ),
    fails(
      'by another view',
      t,
      `${view(all, 'WHEN new.id < 3')} CREATE VIEW w AS SELECT * FROM v;
      CREATE TRIGGER w_in INSTEAD OF INSERT ON w BEGIN INSERT INTO v VALUES (new.id, new.name, new.email); END;
      INSERT INTO w SELECT * FROM t; DROP VIEW w; DROP VIEW v; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'of the connection',
      t,
      `${view(all, 'WHEN new.id < 3').replace('VIEW', 'TEMP VIEW').replace('TRIGGER', 'TEMP TRIGGER')} ${rest}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'in a function',
      t,
      {
        up: (db: MigrationDatabase) => {
          db.exec(view(all, 'WHEN new.id < 3'));
          db.exec(rest);
        },
      },
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
  ],
};

const names: Subject = {
  name: 'a dropped table whose rows were inserted into a view has them in other tables',
  cases: [
    passes('all of them', t, `${view(all)} ${moved}`, 'none'),
    fails('but for a WHEN', t, `${view(all, 'WHEN new.id < 3')} ${moved}`, 'ROWS_LOST', lost('t', 3, 1)),
    fails(
      'but for OR IGNORE',
      t,
      `${view('INSERT OR IGNORE INTO n VALUES (new.id / 2, new.name, new.email);')} ${moved}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'but none, because the trigger does nothing',
      t,
      `${view('SELECT 1;')} ${moved}`,
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    passes('which is declared', t, `-- dunlin: destructive t\n${view('SELECT 1;')} ${moved}`),
    passes('and in a copy', t, `CREATE TABLE z AS SELECT * FROM t; ${view('SELECT 1;')} ${moved}`),
    passes(
      'by their columns',
      t,
      `CREATE TABLE a (id INTEGER PRIMARY KEY, name); CREATE TABLE b (id INTEGER PRIMARY KEY, email);
      ${viewOf('a JOIN b USING (id)', 'INSERT INTO a VALUES (new.id, new.name); INSERT INTO b VALUES (new.id, new.email);')} ${moved}`,
      'none',
    ),
    passes(
      'by their values',
      t,
      `${newT} ${newT.replace(' n ', ' m ')} CREATE VIEW v AS SELECT * FROM n UNION ALL SELECT * FROM m;
      CREATE TRIGGER v_n INSTEAD OF INSERT ON v WHEN new.id < 2 BEGIN ${all} END;
      CREATE TRIGGER v_m INSTEAD OF INSERT ON v WHEN new.id >= 2 BEGIN ${all.replace(' n ', ' m ')} END; ${moved}`,
      'none',
    ),
    passes(
      'column by column',
      t,
      `CREATE TABLE n (id, k, value);
      ${viewOf('t', "INSERT INTO n VALUES (new.id, 'name', new.name), (new.id, 'email', new.email);")} ${moved}`,
    ),
    fails(
      'column by column, but for a WHEN',
      t,
      `CREATE TABLE n (id, k, value);
      ${viewOf('t', "INSERT INTO n VALUES (new.id, 'name', new.name), (new.id, 'email', new.email);", 'WHEN new.id > 1')} ${moved}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'or was only counted',
      `${t} CREATE TABLE total (n); INSERT INTO total VALUES (0);`,
      `${viewOf('t', 'UPDATE total SET n = n + 1;')} ${moved}`,
    ),
  ],
};

const [withoutKey, few] = ['CREATE TABLE n (a, b);', 'INSERT INTO v SELECT * FROM x; DROP VIEW v; DROP TABLE x;'];

const rows: Subject = {
  name: 'rows without a key that are inserted into a view are compared as a whole, or counted if they cannot be compared',
  cases: [
    passes('all of them', x, `${withoutKey} ${viewOf('n', 'INSERT INTO n VALUES (new.a, new.b);')} ${few}`, 'none'),
    fails(
      'but for a WHEN',
      x,
      `${withoutKey} ${viewOf('n', 'INSERT INTO n VALUES (new.a, new.b);', "WHEN new.a <> 'one'")} ${few}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    fails(
      'but for equal ones',
      x,
      `CREATE TABLE n (a, b, UNIQUE (a, b)); ${viewOf('n', 'INSERT OR IGNORE INTO n VALUES (new.a, new.b);')} ${few}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    passes(
      'with others beside them',
      x,
      `${withoutKey} ${viewOf('n', "INSERT INTO n VALUES (new.a, new.b), ('ten', 'dieci');")} ${few}`,
      'none',
    ),
    fails(
      'computed, but for a WHEN',
      x,
      `CREATE TABLE n (c); ${viewOf('x', 'INSERT INTO n VALUES (new.a || new.b);', "WHEN new.a <> 'one'")}
      INSERT INTO v SELECT * FROM x; DROP VIEW v; ${replace('x')}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    passes(
      'computed',
      x,
      `CREATE TABLE n (a, b); ${viewOf('n', 'INSERT INTO n VALUES (upper(new.a), upper(new.b));')}
      INSERT INTO v SELECT * FROM x; DROP VIEW v; ${replace('x')}`,
      'none',
    ),
  ],
};

const log = 'CREATE TABLE l (id, name, email);';
const takes = 'CREATE TABLE q (id, name, email); CREATE TRIGGER q_in';
const through = `INSERT INTO q SELECT * FROM t; ${replace('t')} DROP TABLE q;`;

const tables: Subject = {
  name: 'a trigger of a table may put rows into another one',
  cases: [
    passes('which takes the name', t, `${newT} ${takes} AFTER INSERT ON q BEGIN ${all} END; ${through}`, 'none'),
    fails(
      'which takes the name, but for a WHEN',
      t,
      `${newT} ${takes} AFTER INSERT ON q WHEN new.id < 3 BEGIN ${all} END; ${through}`,
      'ROWS_LOST',
      /without id 3/,
    ),
    fails(
      'and none into its own',
      t,
      `${newT} ${takes} BEFORE INSERT ON q BEGIN INSERT INTO n SELECT new.id, new.name, new.email WHERE new.id < 3; SELECT raise(IGNORE); END;
      INSERT INTO q SELECT * FROM t; DROP TABLE q; DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'which only keeps a log',
      `${t} ${log}`,
      `${newT} CREATE TRIGGER n_in AFTER INSERT ON n BEGIN INSERT INTO l (id) VALUES (new.id); END;
      INSERT INTO n SELECT * FROM t; DROP TRIGGER n_in; ${replace('t')}`,
      'none',
    ),
    fails(
      'whose log does not make up for a row that did not come',
      `${t} ${log}`,
      `${newT} CREATE TRIGGER n_in BEFORE INSERT ON n BEGIN INSERT INTO l VALUES (new.id, new.name, new.email); SELECT raise(IGNORE) WHERE new.id = 3; END;
      INSERT INTO n SELECT * FROM t; DROP TRIGGER n_in; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
  ],
};

export const triggerCopySubjects: readonly Subject[] = [views, names, rows, tables];
