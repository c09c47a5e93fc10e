import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { column, fails, lost, passes, type Subject } from './case.ts';
import { newT, rebuild, replace, seat, t, tag, u, x } from './schemas.ts';

const fields = 'id INTEGER PRIMARY KEY, name TEXT, email TEXT';
const log = `CREATE TABLE log (v); INSERT INTO log VALUES (0);`;
const emptying = `${t} ${log} CREATE TRIGGER log_made AFTER INSERT ON log BEGIN DELETE FROM t; END;`;
const sweeping = `${t} ${log} CREATE TRIGGER log_made AFTER INSERT ON log BEGIN DELETE FROM t WHERE id = 3; END;`;

const excused: Subject = {
  name: 'a DELETE that does not cover the loss',
  cases: [
    fails(
      'a DELETE of no row, then a trigger that empties the table',
      emptying,
      'DELETE FROM t WHERE id = 99; INSERT INTO log VALUES (1);',
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'the trigger first',
      emptying,
      'INSERT INTO log VALUES (1); DELETE FROM t WHERE id = 1;',
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'qualified, with a common table expression',
      emptying,
      'WITH gone AS (SELECT 99 AS id) DELETE FROM main."T" WHERE id IN (SELECT id FROM gone); INSERT INTO log VALUES (1);',
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'a DELETE of one row, and the trigger deletes another',
      sweeping,
      'DELETE FROM t WHERE id = 1; INSERT INTO log VALUES (1);',
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'the trigger of the DELETE itself takes one more',
      `${t} CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN DELETE FROM t WHERE id = old.id + 1; END;`,
      'DELETE FROM t WHERE id = 1;',
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'REPLACE of no row',
      emptying,
      'REPLACE INTO t SELECT * FROM t WHERE id = 99; INSERT INTO log VALUES (1);',
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'UPDATE OR REPLACE of no row',
      emptying,
      `UPDATE OR REPLACE t SET name = 'new' WHERE id = 99; INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'a filtered copy, then a DELETE of no row from the old table',
      t,
      `${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; DELETE FROM t WHERE name IS NULL; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a filtered copy, then a DELETE of a row that was copied',
      t,
      `${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; DELETE FROM t WHERE id = 2; ${replace('t')}`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'a DELETE of one row, then a copy that leaves out another',
      t,
      `DELETE FROM t WHERE id = 3; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')}`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'a row is inserted into the new table and deleted again',
      t,
      `${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; INSERT INTO n VALUES (9, 'x', 'x'); DELETE FROM n WHERE id = 9; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'the same after the rename',
      t,
      `${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')} INSERT INTO t VALUES (9, 'x', 'x'); DELETE FROM t WHERE id = 9;`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a DELETE from a temporary copy, and fewer rows flow back',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DELETE FROM k WHERE id = 1; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k WHERE id > 2;`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'a DELETE from a temporary table of the same name',
      `${emptying}`,
      'CREATE TEMP TABLE t AS SELECT * FROM main.t; DELETE FROM t; DROP TABLE temp.t; INSERT INTO log VALUES (1);',
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'the DELETE stands in an earlier migration of the run',
      sweeping,
      ['DELETE FROM t WHERE id = 1;', 'INSERT INTO log VALUES (1);'],
      'ROWS_LOST',
      lost('t', 2, 1),
    ),
    fails(
      'a key of two columns without rowid',
      `${seat} ${log} CREATE TRIGGER log_made AFTER INSERT ON log BEGIN DELETE FROM seat WHERE hall = 'red'; END;`,
      `DELETE FROM seat WHERE hall = 'green'; INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      lost('seat', 3, 2),
    ),
    fails(
      'an UPDATE excuses no row',
      sweeping,
      `UPDATE t SET name = 'new'; INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'in code, with a bound value',
      emptying,
      {
        up: (db: MigrationDatabase) => {
          db.run('DELETE FROM t WHERE id = ?', 99);
          db.run('INSERT INTO log VALUES (?)', 1);
        },
      },
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    passes(
      'a DELETE of one row, then the whole copy',
      t,
      `DELETE FROM t WHERE id = 1; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t')}`,
    ),
    passes(
      'the whole copy, then a DELETE from the new table',
      t,
      `${newT} INSERT INTO n SELECT * FROM t; DELETE FROM n WHERE id = 1; ${replace('t')}`,
    ),
    passes(
      'the whole copy, then a DELETE after the rename',
      t,
      `${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t')} DELETE FROM t WHERE id < 3;`,
    ),
    passes(
      'the whole copy, then a DELETE from the old table',
      t,
      `${newT} INSERT INTO n SELECT * FROM t; DELETE FROM t; ${replace('t')}`,
    ),
    passes(
      'a DELETE, and a copy whose WHERE leaves out the same',
      t,
      `DELETE FROM t WHERE id = 1; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')}`,
    ),
    passes('a DELETE of every row', t, 'DELETE FROM t;'),
    passes('a DELETE by two migrations', t, ['DELETE FROM t WHERE id = 1;', 'DELETE FROM t WHERE id = 2;']),
    passes(
      'rows are put into an archive, then deleted',
      t,
      'CREATE TABLE archive AS SELECT * FROM t WHERE id < 3; DELETE FROM t WHERE id < 3;',
    ),
    passes(
      'duplicates are deleted, then the table gets a unique column',
      `${x} CREATE TABLE other (v);`,
      `DELETE FROM x WHERE rowid NOT IN (SELECT min(rowid) FROM x GROUP BY a, b); ${rebuild('x', 'a TEXT UNIQUE, b TEXT', 'INSERT INTO n SELECT * FROM x')}`,
    ),
    passes(
      'REPLACE that replaces two rows by one',
      `${t} CREATE UNIQUE INDEX t_name ON t (name);`,
      `REPLACE INTO t VALUES (1, 'bea', 'b@x');`,
    ),
    passes(
      'a DELETE whose trigger writes a log',
      `${t} ${log} CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END;`,
      'DELETE FROM t WHERE id = 1;',
    ),
    passes(
      'a DELETE from a temporary copy, and the rest flows back',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DELETE FROM k WHERE id = 1; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k;`,
    ),
    passes(
      'a row is inserted and deleted again, beside a whole copy',
      t,
      `${newT} INSERT INTO n SELECT * FROM t; INSERT INTO n VALUES (9, 'x', 'x'); DELETE FROM n WHERE id = 9; ${replace('t')}`,
    ),
    passes('a DELETE from a table of the run', u, [t, 'DELETE FROM t WHERE id = 1;']),
    passes('declared', emptying, '-- dunlin: destructive t\nDELETE FROM t WHERE id = 99; INSERT INTO log VALUES (1);'),
  ],
};

const moved = `CREATE TABLE people (${fields}); INSERT INTO people SELECT * FROM t; DROP TABLE t;`;

const earlier: Subject = {
  name: 'what an earlier migration of the run made or moved',
  cases: [
    fails(
      'moved, then rebuilt with a WHERE',
      t,
      [moved, rebuild('people', fields, 'INSERT INTO n SELECT * FROM people WHERE id > 1')],
      'ROWS_LOST',
      lost('people', 3, 1),
    ),
    fails(
      'moved by CREATE TABLE AS, then rebuilt with a WHERE',
      t,
      [
        'CREATE TABLE people AS SELECT * FROM t; DROP TABLE t;',
        rebuild('people', fields, 'INSERT INTO n SELECT * FROM people WHERE id > 1'),
      ],
      'ROWS_LOST',
      lost('people', 3, 1),
    ),
    fails(
      'moved, then rebuilt without a column',
      t,
      [moved, rebuild('people', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM people')],
      'COLUMN_LOST',
      column('people.email'),
    ),
    fails(
      'moved twice, then rebuilt with a WHERE',
      t,
      [
        moved,
        'CREATE TABLE folk AS SELECT * FROM people; DROP TABLE people;',
        rebuild('folk', fields, 'INSERT INTO n SELECT * FROM folk LIMIT 2'),
      ],
      'ROWS_LOST',
      lost('folk', 3, 1),
    ),
    fails(
      'made and filled, then rebuilt with a WHERE',
      u,
      [t, rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')],
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'made and filled, then emptied by a trigger',
      u,
      [emptying, 'INSERT INTO log VALUES (1);'],
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'made and filled, renamed, then rebuilt with a WHERE',
      u,
      [
        t,
        'ALTER TABLE t RENAME TO people;',
        rebuild('people', fields, 'INSERT INTO n SELECT * FROM people WHERE id > 1'),
      ],
      'ROWS_LOST',
      lost('people', 3, 1),
    ),
    fails(
      'made, filled by the next, then rebuilt with a WHERE',
      u,
      [
        `CREATE TABLE t (${fields});`,
        `INSERT INTO t VALUES (1, 'a', 'b'), (2, 'c', 'd');`,
        rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1'),
      ],
      'ROWS_LOST',
      lost('t', 2, 1),
    ),
    fails(
      'split into two, then one of them is rebuilt with a WHERE',
      t,
      [
        `CREATE TABLE early AS SELECT * FROM t WHERE id = 1; CREATE TABLE late AS SELECT * FROM t WHERE id > 1; DROP TABLE t;`,
        rebuild('late', fields, 'INSERT INTO n SELECT * FROM late WHERE id > 2'),
      ],
      'ROWS_LOST',
      lost('late', 2, 1),
    ),
    fails(
      'without rowid',
      u,
      [
        seat,
        rebuild(
          'seat',
          'hall TEXT, place TEXT, guest TEXT, PRIMARY KEY (hall, place)',
          `INSERT INTO n SELECT * FROM seat WHERE hall = 'red'`,
          'WITHOUT ROWID',
        ),
      ],
      'ROWS_LOST',
      lost('seat', 3, 1),
    ),
    fails(
      'its index is forgotten in a rebuild',
      u,
      [`${t} CREATE INDEX t_name ON t (name);`, rebuild('t', fields, 'INSERT INTO n SELECT * FROM t')],
      'INDEX_LOST',
      /t_name/,
    ),
    fails(
      'its trigger is forgotten in a rebuild',
      u,
      [
        `${t} ${log} CREATE TRIGGER t_made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;`,
        rebuild('t', fields, 'INSERT INTO n SELECT * FROM t'),
      ],
      'TRIGGER_LOST',
      /t_made/,
    ),
    fails(
      'the parent of its rows is deleted',
      u,
      [
        `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p (id)); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1), (2);`,
        'DELETE FROM p WHERE id = 1;',
      ],
      'FOREIGN_KEYS_VIOLATED',
      /\bc\b/,
      /\bp\b/,
    ),
    fails(
      'made on a new database, then rebuilt with a WHERE',
      '',
      [t, rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')],
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'in code',
      u,
      [
        { up: (db: MigrationDatabase) => void db.exec(t) },
        {
          up: (db: MigrationDatabase) =>
            void db.exec(rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')),
        },
      ],
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes('moved, then rebuilt whole', t, [moved, rebuild('people', fields, 'INSERT INTO n SELECT * FROM people')]),
    passes('moved, then a column renamed and one dropped', t, [
      moved,
      'ALTER TABLE people RENAME COLUMN name TO label; ALTER TABLE people DROP COLUMN email;',
    ]),
    passes('made and filled, then rebuilt whole with its index', u, [
      `${t} CREATE INDEX t_name ON t (name);`,
      `${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t')} CREATE INDEX t_name ON t (name);`,
    ]),
    passes('made and filled, then rebuilt by rebuildTable', u, [
      `${t} CREATE INDEX t_name ON t (name);`,
      {
        up: (db: MigrationDatabase) =>
          void db.rebuildTable('t', (table) => table.changeColumn('name', { notNull: true })),
      },
    ]),
    passes('made and filled, then dropped', u, [t, 'DROP TABLE t;']),
    passes('made and filled, then dropped and made anew empty', u, [
      t,
      `DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY);`,
    ]),
    passes('made empty, then rebuilt without its index and a column', u, [
      `CREATE TABLE t (${fields}); CREATE INDEX t_name ON t (name);`,
      rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM t'),
    ]),
    passes('made and filled, then deduplicated', u, [
      x,
      'DELETE FROM x WHERE rowid NOT IN (SELECT min(rowid) FROM x GROUP BY a, b);',
    ]),
    passes('made and filled, then split', u, [
      t,
      `CREATE TABLE early AS SELECT * FROM t WHERE id < 2; CREATE TABLE late AS SELECT * FROM t WHERE id >= 2; DROP TABLE t;`,
    ]),
    passes('moved, the index of the old name not made again', `${t} CREATE INDEX t_name ON t (name);`, moved),
  ],
};

const shows = `CREATE TABLE shows (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO shows VALUES (1, 'one'), (2, 'two'), (3, 'two');`;
const nocase = `CREATE TABLE word (word TEXT PRIMARY KEY, n INTEGER); INSERT INTO word VALUES ('A', 1), ('a', 2), ('b', 3);`;

const exchangedRows: Subject = {
  name: 'rows that are lost while others are added, or while their table is dropped',
  cases: [
    fails(
      'a filtered rebuild, and a new row',
      t,
      `${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; INSERT INTO n VALUES (50, 'new', 'n@x'); ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'the new row comes after the rename',
      t,
      `${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')} INSERT INTO t VALUES (50, 'new', 'n@x');`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'the new row comes first',
      t,
      `${newT} INSERT INTO n VALUES (50, 'new', 'n@x'); INSERT INTO n SELECT * FROM t WHERE id > 1; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'the new row is an arm of UNION ALL',
      t,
      rebuild('t', fields, `INSERT INTO n SELECT * FROM t WHERE id > 1 UNION ALL SELECT 50, 'new', 'n@x'`),
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'the new row is made by a trigger',
      t,
      `${newT} CREATE TRIGGER more AFTER INSERT ON n WHEN new.id = 2 BEGIN INSERT INTO n VALUES (50, 'new', 'n@x'); END; INSERT INTO n SELECT * FROM t WHERE id > 1; DROP TRIGGER more; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'without a key',
      x,
      `CREATE TABLE n (a TEXT, b TEXT); INSERT INTO n SELECT * FROM x WHERE a <> 'one'; INSERT INTO n VALUES ('new', 'nuovo'); ${replace('x')}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    fails(
      'without a key, one of two equal rows',
      x,
      `CREATE TABLE n (a TEXT, b TEXT); INSERT INTO n SELECT DISTINCT a, b FROM x; INSERT INTO n VALUES ('new', 'nuovo'); ${replace('x')}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    fails(
      'a key of two columns without rowid',
      seat,
      `CREATE TABLE n (hall TEXT, place TEXT, guest TEXT, PRIMARY KEY (hall, place)) WITHOUT ROWID; INSERT INTO n SELECT * FROM seat WHERE hall = 'red'; INSERT INTO n VALUES ('green', 'a1', 'x'); ${replace('seat')}`,
      'ROWS_LOST',
      lost('seat', 3, 1),
    ),
    fails(
      'a join doubles one row and leaves out another',
      `${t} CREATE TABLE link (t_id INTEGER); INSERT INTO link VALUES (2), (2), (3);`,
      rebuild(
        't',
        'id INTEGER NOT NULL, name TEXT, email TEXT',
        'INSERT INTO n SELECT t.* FROM t JOIN link ON link.t_id = t.id',
      ),
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'INSERT OR IGNORE drops a duplicate beside a new row',
      shows,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT OR IGNORE INTO n SELECT * FROM shows; INSERT INTO n VALUES (50, 'new'); ${replace('shows')}`,
      'ROWS_LOST',
      lost('shows', 3, 1),
    ),
    fails(
      'INSERT OR IGNORE alone',
      shows,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT OR IGNORE INTO n SELECT * FROM shows; ${replace('shows')}`,
      'ROWS_LOST',
      lost('shows', 3, 1),
    ),
    fails(
      'ON CONFLICT DO NOTHING beside a new row',
      shows,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO n SELECT * FROM shows WHERE true ON CONFLICT DO NOTHING; INSERT INTO n VALUES (50, 'new'); ${replace('shows')}`,
      'ROWS_LOST',
      lost('shows', 3, 1),
    ),
    fails(
      'a seed takes the id of an old row, which OR IGNORE leaves out',
      t,
      `${newT} INSERT INTO n VALUES (1, 'seed', 's@x'); INSERT OR IGNORE INTO n SELECT * FROM t; ${replace('t')}`,
      ['ROWS_LOST', 'VALUES_CHANGED'],
      /\bt\b/,
    ),
    fails(
      'a NOCASE key drops a word beside a new row',
      nocase,
      `CREATE TABLE n (word TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER); INSERT OR IGNORE INTO n SELECT * FROM word; INSERT INTO n VALUES ('new', 9); ${replace('word')}`,
      'ROWS_LOST',
      lost('word', 3, 1),
    ),
    fails(
      'through a temporary table, and a new row',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t WHERE id > 1; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k; INSERT INTO t VALUES (50, 'new', 'n@x');`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'on the way back from a temporary table, and a new row',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k WHERE id > 1; INSERT INTO t VALUES (50, 'new', 'n@x');`,
      'ROWS_LOST',
      lost('t|k', 3, 1),
    ),
    fails(
      'rename-old-first, and a new row',
      t,
      `ALTER TABLE t RENAME TO old; ${newT.replace(' n ', ' t ')} INSERT INTO t SELECT * FROM old WHERE id > 1; INSERT INTO t VALUES (50, 'new', 'n@x'); DROP TABLE old;`,
      'ROWS_LOST',
      lost('t|old', 3, 1),
    ),
    fails(
      'a filtered CREATE TABLE AS, then DROP of its source',
      t,
      'CREATE TABLE people AS SELECT * FROM t WHERE id > 1; DROP TABLE t;',
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a filtered INSERT, then DROP of its source',
      t,
      `CREATE TABLE people (${fields}); INSERT INTO people SELECT * FROM t LIMIT 1; DROP TABLE t;`,
      'ROWS_LOST',
      lost('t', 3, 2),
    ),
    fails(
      'merged into an older table with a WHERE',
      t + u,
      'INSERT INTO u SELECT * FROM t WHERE id > 1; DROP TABLE t;',
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a filtered CREATE TABLE AS through a common table expression and a subselect',
      t,
      'CREATE TABLE people AS WITH old AS (SELECT * FROM t) SELECT * FROM (SELECT * FROM old WHERE id > 1); DROP TABLE t;',
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'split by a condition that is NULL for one row',
      `CREATE TABLE task (id INTEGER PRIMARY KEY, done INTEGER); INSERT INTO task VALUES (1, 1), (2, 0), (3, NULL);`,
      'CREATE TABLE open AS SELECT * FROM task WHERE NOT done; CREATE TABLE closed AS SELECT * FROM task WHERE done; DROP TABLE task;',
      'ROWS_LOST',
      lost('task', 3, 1),
    ),
    fails(
      'split by a condition that is NULL for one row, one half under the old name',
      `CREATE TABLE task (id INTEGER PRIMARY KEY, done INTEGER); INSERT INTO task VALUES (1, 1), (2, 0), (3, NULL);`,
      `CREATE TABLE closed AS SELECT * FROM task WHERE done; ${rebuild('task', 'id INTEGER PRIMARY KEY, done INTEGER', 'INSERT INTO n SELECT * FROM task WHERE NOT done')}`,
      'ROWS_LOST',
      lost('task', 3, 1),
    ),
    fails(
      'a safety copy does not excuse the WHERE',
      t,
      `CREATE TABLE t_backup AS SELECT * FROM t; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a safety copy and a new row',
      t,
      `CREATE TABLE t_backup AS SELECT * FROM t; ${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; INSERT INTO n VALUES (50, 'new', 'n@x'); ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a log that takes the ids only',
      t,
      `CREATE TABLE ids (id INTEGER PRIMARY KEY); INSERT INTO ids SELECT id FROM t; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a log that takes the ids of what is left out',
      t,
      `CREATE TABLE ids (id INTEGER PRIMARY KEY); INSERT INTO ids SELECT id FROM t WHERE id = 1; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id > 1')}`,
      ['ROWS_LOST', 'COLUMN_LOST', 'VALUES_CHANGED'],
      /\bt\b/,
    ),
    fails(
      'of a table that an earlier migration of the run made',
      u,
      [
        t,
        `${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; INSERT INTO n VALUES (50, 'new', 'n@x'); ${replace('t')}`,
      ],
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'in code',
      t,
      {
        up: (db: MigrationDatabase) => {
          db.exec(`${newT} INSERT INTO n SELECT * FROM t WHERE id > 1`);
          db.run('INSERT INTO n VALUES (?, ?, ?)', 50, 'new', 'n@x');
          db.exec(replace('t'));
        },
      },
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    passes(
      'a whole rebuild, and a new row',
      t,
      `${newT} INSERT INTO n SELECT * FROM t; INSERT INTO n VALUES (50, 'new', 'n@x'); ${replace('t')}`,
    ),
    passes(
      'a whole CREATE TABLE AS, then DROP of its source',
      t,
      'CREATE TABLE people AS SELECT * FROM t; DROP TABLE t;',
    ),
    passes(
      'split in two',
      t,
      'CREATE TABLE early AS SELECT * FROM t WHERE id < 2; CREATE TABLE late AS SELECT * FROM t WHERE NOT id < 2; DROP TABLE t;',
    ),
    passes(
      'split in two, one half under the old name',
      t,
      `CREATE TABLE archive AS SELECT * FROM t WHERE id < 2; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id >= 2')}`,
    ),
    passes('merged whole into an older table', t + u, 'INSERT INTO u SELECT * FROM t; DROP TABLE t;'),
    passes(
      'merged from both by UNION ALL',
      t + u,
      `CREATE TABLE people (${fields}); INSERT INTO people SELECT * FROM t UNION ALL SELECT * FROM u; DROP TABLE t; DROP TABLE u;`,
    ),
    passes(
      'a whole safety copy and a whole rebuild',
      t,
      `CREATE TABLE t_backup AS SELECT * FROM t; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t')}`,
    ),
    passes(
      'a part as a safety copy and a whole rebuild',
      t,
      `CREATE TABLE t_backup AS SELECT * FROM t WHERE id = 1; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t')}`,
    ),
    passes(
      'INSERT OR IGNORE that ignores nothing, and a new row',
      t,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT UNIQUE, email TEXT); INSERT OR IGNORE INTO n SELECT * FROM t; INSERT INTO n VALUES (50, 'new', 'n@x'); ${replace('t')}`,
    ),
    passes(
      'duplicates deleted first, then a unique column',
      shows,
      `DELETE FROM shows WHERE id NOT IN (SELECT min(id) FROM shows GROUP BY name); ${rebuild('shows', 'id INTEGER PRIMARY KEY, name TEXT UNIQUE', 'INSERT INTO n SELECT * FROM shows')}`,
    ),
    passes(
      'DISTINCT where no two rows are equal',
      t,
      rebuild('t', fields, 'INSERT INTO n SELECT DISTINCT id, name, email FROM t'),
    ),
    passes(
      'two rounds of UNION ALL take all of a table without key',
      x,
      rebuild(
        'x',
        'a TEXT, b TEXT',
        `INSERT INTO n SELECT a, b FROM x WHERE a = 'one' UNION ALL SELECT a, b FROM x WHERE a <> 'one'`,
      ),
    ),
    passes(
      'a chain of temporary tables',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; CREATE TEMP TABLE k2 AS SELECT * FROM k; DROP TABLE k; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k2;`,
    ),
    passes(
      'a self-join that takes every row',
      `CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER, name TEXT); INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'leaf');`,
      rebuild(
        'tree',
        'id INTEGER PRIMARY KEY, up INTEGER, name TEXT, path TEXT',
        `INSERT INTO n SELECT a.id, a.up, a.name, coalesce(b.name || '/', '') || a.name FROM tree AS a LEFT JOIN tree AS b ON b.id = a.up`,
      ),
    ),
    passes(
      'a join that takes every row',
      `${t} CREATE TABLE role (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO role VALUES (10, 'ada'), (20, 'bea'), (30, 'cia');`,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, name TEXT, email TEXT, role_id INTEGER',
        'INSERT INTO n SELECT t.id, t.name, t.email, role.id FROM t JOIN role ON role.name = t.name',
      ),
    ),
    passes('a plain reset of a cache', t, `DROP TABLE t; CREATE TABLE t (${fields});`),
    passes(
      'a NOCASE key that is kept',
      nocase.replace('TEXT PRIMARY', 'TEXT COLLATE NOCASE PRIMARY').replace(`('a', 2), `, ''),
      rebuild(
        'word',
        'word TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER, lang TEXT',
        'INSERT INTO n (word, n) SELECT word, n FROM word',
      ),
    ),
    passes(
      'new columns by expression',
      tag,
      rebuild(
        'tag',
        'id INTEGER PRIMARY KEY, tag TEXT, slug TEXT, made TEXT',
        `INSERT INTO n SELECT id, tag, lower(tag), datetime('now') FROM tag`,
      ),
    ),
    passes('a whole rebuild of a table of the run, and a new row', u, [
      t,
      `${newT} INSERT INTO n SELECT * FROM t; INSERT INTO n VALUES (50, 'new', 'n@x'); ${replace('t')}`,
    ]),
    passes('a split of a table of the run', u, [
      t,
      `CREATE TABLE archive AS SELECT * FROM t WHERE id < 2; ${rebuild('t', fields, 'INSERT INTO n SELECT * FROM t WHERE id >= 2')}`,
    ]),
  ],
};

export const rowSubjects: readonly Subject[] = [excused, earlier, exchangedRows];
