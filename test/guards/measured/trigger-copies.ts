import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { changed, column, fails, lost, names, passes, type Subject } from './case.ts';
import { newT, replace, t, x } from './schemas.ts';

const all = 'INSERT INTO n VALUES (new.id, new.name, new.email);';
const upper = all.replace('new.name', 'upper(new.name)');
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
    fails('which computes a column', t, `${view(upper)} ${rest}`, 'VALUES_CHANGED', changed('t', 'name', 3)),
    fails(
      'which computes a column by REPLACE',
      t,
      `${view(upper.replace('INSERT', 'REPLACE'))} ${rest}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'which computes a column, and the table is moved',
      t,
      `${view(upper)} ${moved}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'and an UPDATE of it computes a column',
      t,
      `${view('INSERT INTO n (id, name) VALUES (new.id, new.name); UPDATE n SET email = upper(new.email) WHERE id = new.id;')} ${rest}`,
      'COLUMN_LOST',
      names('t.email', 3),
    ),
    fails(
      'and an UPDATE of it changes another row',
      t,
      `${view('INSERT INTO n (id, name) VALUES (new.id, new.name); UPDATE n SET email = new.email WHERE id = new.id - 1;')} ${rest}`,
      'COLUMN_LOST',
      names('t.email', 1, 'a@x'),
    ),
    passes(
      'which computes nothing else than it was',
      t,
      `${view("INSERT INTO n VALUES (new.id, trim(new.name), coalesce(new.email, ''));")} ${rest}`,
      'none',
    ),
    passes(
      'and the copy itself computes a column',
      t,
      `${view(all.replace('new.name', 'trim(new.name)'))} INSERT INTO v SELECT id, upper(name), email FROM t; DROP VIEW v; ${replace('t')}`,
    ),
    passes(
      'which splits a column into two',
      t,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, initial TEXT, other TEXT, email TEXT);
      ${viewOf('t', 'INSERT INTO n VALUES (new.id, substr(new.name, 1, 1), substr(new.name, 2), new.email);')} ${rest}`,
    ),
    passes(
      'which looks a value up under the same name',
      `${t} CREATE TABLE d (id INTEGER PRIMARY KEY, v UNIQUE);`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name INTEGER, email); ${viewOf(
        't',
        `INSERT OR IGNORE INTO d (v) VALUES (new.name);
        INSERT INTO n SELECT new.id, (SELECT d.id FROM d WHERE d.v = new.name), new.email;`,
      )} ${rest}`,
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
      'and on to the one of the connection that has the same name',
      t,
      `${newT} CREATE VIEW w AS SELECT * FROM n; ${viewOf('n', all.replace('INTO n', 'INTO w'))}
      CREATE TEMP TRIGGER v_in INSTEAD OF INSERT ON w BEGIN ${upper} END; ${copy} DROP VIEW w; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
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

const gone: Subject = {
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
    fails(
      'computed',
      x,
      `CREATE TABLE n (a, b); ${viewOf('n', 'INSERT INTO n VALUES (upper(new.a), upper(new.b));')}
      INSERT INTO v SELECT * FROM x; DROP VIEW v; ${replace('x')}`,
      ['ROWS_LOST', 'VALUES_CHANGED'],
      /\bx\b/,
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
      'which computes a column of it',
      t,
      `${newT} ${takes} AFTER INSERT ON q BEGIN ${upper} END; INSERT INTO q SELECT * FROM t; ${replace('t')} DROP TABLE q;`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
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

const lives = `${t} ALTER TABLE t ADD COLUMN bio; CREATE TABLE p (t_id INTEGER PRIMARY KEY, bio TEXT); INSERT INTO p VALUES (1, 'one');`;
const updates = (set: string): string => `CREATE VIEW v AS SELECT id, bio FROM t;
  CREATE TRIGGER v_up INSTEAD OF UPDATE OF bio ON v BEGIN UPDATE t SET bio = ${set} WHERE id = new.id; END;
  UPDATE v SET bio = (SELECT p.bio FROM p WHERE t_id = id); DROP VIEW v; DROP TABLE p;`;

const updated: Subject = {
  name: 'an UPDATE of a view moves values where its INSTEAD OF UPDATE trigger puts them',
  cases: [
    passes('each to its row', lives, updates('new.bio'), 'none'),
    fails(
      'but one that has none',
      `${lives} INSERT INTO p VALUES (9, 'nine');`,
      updates('new.bio'),
      'COLUMN_LOST',
      names('p.bio', 1, 'nine'),
    ),
    fails('but the trigger changes them', lives, updates('upper(new.bio)'), 'COLUMN_LOST', names('p.bio', 1, 'one')),
    passes('and nothing is dropped', lives, updates('upper(new.bio)').replace('DROP TABLE p;', '')),
  ],
};

export const triggerCopySubjects: readonly Subject[] = [views, gone, rows, tables, updated];
