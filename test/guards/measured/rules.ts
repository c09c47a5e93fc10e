import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { onlyOlder, changed, column, fails, lost, names, passes, type Subject } from './case.ts';
import { newT, rebuild, replace, seat, t, u, x } from './schemas.ts';

const fields = 'id INTEGER PRIMARY KEY, name TEXT, email TEXT';
const log = `CREATE TABLE log (v); INSERT INTO log VALUES (0);`;
const whole = 'INSERT INTO n SELECT * FROM t';
const sweep = 'CREATE TRIGGER log_made AFTER INSERT ON log BEGIN DELETE FROM';

const proof: Subject = {
  name: 'rule 1, a whole copy is proof',
  cases: [
    passes('one table, all rows, the same types', t, rebuild('t', fields, whole)),
    passes('a WHERE that every row meets', t, rebuild('t', fields, `${whole} WHERE id > 0`)),
    passes(
      'types that keep every value',
      `CREATE TABLE r (id INTEGER PRIMARY KEY, a INTEGER, b TEXT); INSERT INTO r VALUES (1, 7, '007');`,
      rebuild('r', 'id INTEGER PRIMARY KEY, a NUMERIC, b BLOB', 'INSERT INTO n SELECT * FROM r'),
    ),
    passes('one row more in the new table', t, `${newT} ${whole}; INSERT INTO n VALUES (9, 'x', 'x'); ${replace('t')}`),
    fails(
      'a type that changes a value',
      `CREATE TABLE r (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO r VALUES (1, '007');`,
      rebuild('r', 'id INTEGER PRIMARY KEY, b INTEGER', 'INSERT INTO n SELECT * FROM r'),
      'VALUES_CHANGED',
      changed('r', 'b', 1),
    ),
    fails(
      'a trigger works on the new table during the copy',
      t,
      `${newT} CREATE TRIGGER n_made AFTER INSERT ON n WHEN new.id = 3 BEGIN DELETE FROM n WHERE id = 1; END; ${whole}; DROP TRIGGER n_made; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a trigger changes the values of the new table during the copy',
      t,
      `${newT} CREATE TRIGGER n_made AFTER INSERT ON n BEGIN UPDATE n SET name = NULL WHERE id = new.id; END; ${whole}; DROP TRIGGER n_made; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'a trigger deletes from the new table after the copy',
      `${t} ${log}`,
      `${newT} ${whole}; ${sweep} n WHERE id = 1; END; INSERT INTO log VALUES (1); DROP TRIGGER log_made; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'the new table says ON CONFLICT REPLACE',
      `${t} INSERT INTO t VALUES (4, 'ada', 'd@x');`,
      rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT UNIQUE ON CONFLICT REPLACE, email TEXT', whole),
      'ROWS_LOST',
      lost('t', 4, 1),
    ),
    fails(
      'a row comes to the old table after the copy',
      t,
      `${newT} ${whole}; INSERT INTO t VALUES (9, 'x', 'x'); ${replace('t')}`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'an UPDATE of the old table after the copy',
      t,
      `${newT} ${whole}; UPDATE t SET email = 'later' WHERE id = 1; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'email', 1),
    ),
  ],
};

const words = `CREATE TABLE word (word TEXT PRIMARY KEY, n INTEGER); INSERT INTO word VALUES ('A', 1), ('a', 2);`;

const byKey: Subject = {
  name: 'rule 2, rows are compared by a key',
  cases: [
    passes('in another order', t, rebuild('t', fields, `${whole} ORDER BY name DESC`)),
    passes(
      'the key becomes text',
      t,
      rebuild('t', 'id TEXT NOT NULL PRIMARY KEY, name TEXT, email TEXT', `${whole} WHERE id > 0`),
    ),
    passes(
      'the copy selects the rowid by name',
      x,
      rebuild('x', 'id INTEGER PRIMARY KEY, a TEXT, b TEXT', 'INSERT INTO n SELECT rowid, a, upper(b) FROM x'),
    ),
    passes(
      'two copies, each with a part of the columns',
      t,
      `CREATE TABLE mail (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO mail SELECT id, email FROM t; ${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM t')}`,
    ),
    passes(
      'two words that NOCASE holds for one stay two',
      words,
      rebuild(
        'word',
        'word TEXT PRIMARY KEY, n INTEGER, lang TEXT',
        'INSERT INTO n (word, n) SELECT word, n FROM word WHERE n > 0',
      ),
    ),
    passes(
      'a key with several NULLs',
      `CREATE TABLE r (k TEXT PRIMARY KEY, v TEXT); INSERT INTO r VALUES (NULL, 'a'), (NULL, 'b'), ('c', 'c');`,
      rebuild('r', 'k TEXT PRIMARY KEY, v TEXT, w TEXT', `INSERT INTO n (k, v) SELECT k, v FROM r WHERE v <> ''`),
    ),
    fails(
      'one of several rows with a NULL key is left out, and another comes',
      `CREATE TABLE r (k TEXT PRIMARY KEY, v TEXT); INSERT INTO r VALUES (NULL, 'a'), (NULL, 'b'), ('c', 'c');`,
      `CREATE TABLE n (k TEXT PRIMARY KEY, v TEXT); INSERT INTO n SELECT k, v FROM r WHERE v <> 'a'; INSERT INTO n VALUES (NULL, 'new'); ${replace('r')}`,
      'ROWS_LOST',
      lost('r', 3, 1),
    ),
    fails(
      'a word that only NOCASE finds again',
      words,
      `CREATE TABLE n (word TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER); INSERT OR IGNORE INTO n SELECT * FROM word; ${replace('word')}`,
      'ROWS_LOST',
      lost('word', 2, 1),
    ),
    fails(
      'a key with a leading zero becomes a number',
      `CREATE TABLE r (k TEXT PRIMARY KEY, v TEXT); INSERT INTO r VALUES ('01', 'a'), ('2', 'b');`,
      rebuild('r', 'k INTEGER PRIMARY KEY, v TEXT', 'INSERT INTO n SELECT * FROM r'),
      ['ROWS_LOST', 'VALUES_CHANGED'],
      /\br\b/,
      /\b1\b/,
    ),
    fails(
      'a key of two columns, of which one is another',
      seat,
      rebuild(
        'seat',
        'hall TEXT, place TEXT, guest TEXT, PRIMARY KEY (hall, place)',
        `INSERT INTO n SELECT hall, place, guest FROM seat WHERE hall = 'red' UNION ALL SELECT 'green', 'a1', 'cia'`,
        'WITHOUT ROWID',
      ),
      'ROWS_LOST',
      lost('seat', 3, 1),
    ),
  ],
};

const asMultiset: Subject = {
  name: 'rule 3, rows without a key are compared as a multiset',
  cases: [
    passes('in another order', x, rebuild('x', 'b TEXT, a TEXT', 'INSERT INTO n (a, b) SELECT a, b FROM x ORDER BY b')),
    passes(
      'numbers become text',
      `CREATE TABLE r (a INTEGER, b REAL); INSERT INTO r VALUES (1, 42.0), (1, 1.5), (NULL, NULL);`,
      rebuild('r', 'a TEXT, b TEXT', 'INSERT INTO n SELECT a, b FROM r WHERE true'),
    ),
    passes(
      'blobs and texts stay different',
      `CREATE TABLE r (a); INSERT INTO r VALUES (x'61'), ('a'), (1), ('1');`,
      rebuild('r', 'a, b', 'INSERT INTO n (a) SELECT a FROM r WHERE true'),
    ),
    passes(
      'a column that the new table updates is not compared',
      x,
      `CREATE TABLE n (a TEXT, b TEXT); INSERT INTO n SELECT a, b FROM x WHERE true; UPDATE n SET b = 'x'; ${replace('x')}`,
    ),
    passes(
      'the new table has a key of its own',
      x,
      rebuild('x', 'id INTEGER PRIMARY KEY, a TEXT, b TEXT', 'INSERT INTO n (a, b) SELECT a, b FROM x WHERE true'),
    ),
    fails(
      'one of two equal rows is left out, and a third one comes',
      x,
      `CREATE TABLE n (a TEXT, b TEXT); INSERT INTO n SELECT a, b FROM x WHERE rowid <> 2; INSERT INTO n VALUES ('six', 'sei'); ${replace('x')}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    fails(
      'two columns that are swapped',
      x,
      rebuild('x', 'a TEXT, b TEXT', 'INSERT INTO n SELECT b, a FROM x'),
      ['VALUES_CHANGED', 'ROWS_LOST'],
      /\bx\b/,
    ),
    fails(
      'a blob becomes a text',
      `CREATE TABLE r (a, b); INSERT INTO r VALUES (x'61', 1), ('b', 2);`,
      `CREATE TABLE n (a, b); INSERT INTO n SELECT a, b FROM r WHERE b = 2; INSERT INTO n VALUES ('a', 1); ${replace('r')}`,
      ['ROWS_LOST', 'VALUES_CHANGED'],
      /\br\b/,
    ),
  ],
};

const byExpression: Subject = {
  name: 'rule 4, rows are counted if everything is an expression',
  cases: [
    passes('every row', x, rebuild('x', 'c TEXT', `INSERT INTO n SELECT a || b FROM x`)),
    passes(
      'every row of one column',
      `CREATE TABLE r (a TEXT); INSERT INTO r VALUES ('a'), ('b');`,
      rebuild('r', 'a TEXT', 'INSERT INTO n SELECT upper(a) FROM r'),
    ),
    fails(
      'a WHERE',
      x,
      rebuild('x', 'c TEXT', `INSERT INTO n SELECT a || b FROM x WHERE a <> 'one'`),
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    fails(
      'a WHERE, and as many new rows',
      x,
      `CREATE TABLE n (c TEXT); INSERT INTO n SELECT a || b FROM x WHERE a <> 'one'; INSERT INTO n VALUES ('new'); ${replace('x')}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
    fails(
      'DISTINCT',
      x,
      rebuild('x', 'c TEXT', `INSERT INTO n SELECT DISTINCT a || b FROM x`),
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
  ],
};

const carriers: Subject = {
  name: 'rule 5, a row is lost that no copy has',
  cases: [
    passes(
      'two parts and nothing in common',
      t,
      `CREATE TABLE archive AS SELECT * FROM t WHERE id = 1; ${rebuild('t', fields, `${whole} WHERE id > 1`)}`,
    ),
    passes(
      'three parts under new names',
      t,
      'CREATE TABLE a AS SELECT * FROM t WHERE id = 1; CREATE TABLE b AS SELECT * FROM t WHERE id = 2; CREATE TABLE c AS SELECT * FROM t WHERE id = 3; DROP TABLE t;',
    ),
    passes(
      'a log takes the ids of all, and the rebuild is whole',
      t,
      `CREATE TABLE ids (id INTEGER PRIMARY KEY); INSERT INTO ids SELECT id FROM t; ${rebuild('t', fields, whole)}`,
    ),
    fails(
      'two parts that leave a row out',
      t,
      `CREATE TABLE archive AS SELECT * FROM t WHERE id = 1; ${rebuild('t', fields, `${whole} WHERE id > 2`)}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'two parts that share a row, and the new table lacks one',
      t,
      `CREATE TABLE archive AS SELECT * FROM t WHERE id < 3; ${rebuild('t', fields, `${whole} WHERE id > 1`)}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'two parts without a key that leave a row out',
      x,
      `CREATE TABLE archive AS SELECT * FROM x WHERE a = 'one'; ${rebuild('x', 'a TEXT, b TEXT', `INSERT INTO n SELECT * FROM x WHERE a = 'two'`)}`,
      'ROWS_LOST',
      lost('x', 4, 1),
    ),
  ],
};

const byFigure: Subject = {
  name: 'rule 6, a DELETE excuses as many rows as it deleted from the copies',
  cases: [
    passes('as many as are missing', t, `${newT} ${whole}; DELETE FROM n WHERE id < 3; ${replace('t')}`),
    passes('from the old table, before the copy', t, `DELETE FROM t WHERE id < 3; ${rebuild('t', fields, whole)}`),
    passes(
      'after the move',
      t,
      'CREATE TABLE people AS SELECT * FROM t; DROP TABLE t; DELETE FROM people WHERE id = 1;',
    ),
    fails(
      'fewer than are missing',
      t,
      `${newT} ${whole} WHERE id > 1; DELETE FROM n WHERE id = 2; ${replace('t')}`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'rows that were never copied',
      t,
      `${newT} ${whole} WHERE id > 1; INSERT INTO n VALUES (8, 'x', 'x'), (9, 'x', 'x'); DELETE FROM n WHERE id > 7; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'from the new table before the copy',
      t,
      `${newT} INSERT INTO n VALUES (9, 'x', 'x'); DELETE FROM n; ${whole} WHERE id > 1; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'from another table',
      `${t} ${u}`,
      `${newT} ${whole} WHERE id > 1; DELETE FROM u; ${replace('t')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
  ],
};

const roles = `CREATE TABLE role (id INTEGER PRIMARY KEY, label TEXT); INSERT INTO role VALUES (10, 'admin'), (20, 'guest');
  CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT, role TEXT); INSERT INTO member VALUES (1, 'ada', 'admin'), (2, 'bea', 'guest'), (3, 'cia', 'guest');`;
const members = 'id INTEGER PRIMARY KEY, name TEXT, role_id INTEGER';
const bodies = `CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO doc VALUES (1, '{"a": 1}'), (2, '{"a": 2}'), (3, '{"a": 3}');`;

const homes: Subject = {
  name: 'rule 7, every column is copied',
  cases: [
    passes(
      'exchanged by a join',
      roles,
      rebuild(
        'member',
        members,
        'INSERT INTO n SELECT member.id, member.name, role.id FROM member JOIN role ON role.label = member.role',
      ),
      /\brole\b/,
    ),
    passes(
      'exchanged by a left join with aliases',
      roles,
      rebuild(
        'member',
        members,
        'INSERT INTO n SELECT m.id, m.name, r.id FROM main.member AS m LEFT JOIN role r ON m.role = r.label',
      ),
      /\brole\b/,
    ),
    passes(
      'exchanged by a subselect',
      roles,
      rebuild(
        'member',
        members,
        'INSERT INTO n SELECT id, name, (SELECT role.id FROM role WHERE role.label = member.role) FROM member',
      ),
      /^member\.role is not copied: its values select rows of other tables, and were not compared$/,
    ),
    passes(
      'exchanged by a subselect that finds nothing for one value: a note has the figure',
      `${roles} DELETE FROM role WHERE id = 10;`,
      rebuild(
        'member',
        members,
        'INSERT INTO n SELECT id, name, (SELECT role.id FROM role WHERE instr(member.role, role.label)) FROM member',
      ),
      /^member\.role is not copied: .* \(1 of 3 values found none\)$/,
    ),
    passes(
      'exchanged by UPDATE with a subselect',
      roles,
      `ALTER TABLE member ADD COLUMN role_id INTEGER; UPDATE member SET role_id = (SELECT id FROM role WHERE label = member.role); ${rebuild('member', members, 'INSERT INTO n SELECT id, name, role_id FROM member')}`,
      /\brole\b/,
    ),
    passes(
      'exchanged by UPDATE with a subselect that compares expressions',
      roles,
      `ALTER TABLE member ADD COLUMN role_id INTEGER; UPDATE member SET role_id = (SELECT id FROM role WHERE lower(label) = lower(member.role)); ${rebuild('member', members, 'INSERT INTO n SELECT id, name, role_id FROM member')}`,
      /\brole\b/,
    ),
    passes(
      'exchanged by UPDATE with a subselect that finds nothing for one value: a note has the figure',
      `${roles} DELETE FROM role WHERE id = 10;`,
      `ALTER TABLE member ADD COLUMN role_id INTEGER; UPDATE member SET role_id = (SELECT id FROM role WHERE label = member.role); ${rebuild('member', members, 'INSERT INTO n SELECT id, name, role_id FROM member')}`,
      /^member\.role is not copied: .* \(1 of 3 values found none\)$/,
    ),
    passes(
      'exchanged by an outer join that finds nothing for one value: a note has the figure',
      `${roles} DELETE FROM role WHERE id = 10;`,
      rebuild(
        'member',
        members,
        'INSERT INTO n SELECT m.id, m.name, r.id FROM member AS m LEFT JOIN role r ON m.role = r.label',
      ),
      /^member\.role is not copied: .* \(1 of 3 values found none\)$/,
    ),
    passes(
      'exchanged by UPDATE FROM with LIKE',
      roles,
      `ALTER TABLE member ADD COLUMN role_id INTEGER; UPDATE member SET role_id = role.id FROM role WHERE label LIKE member.role; ${rebuild('member', members, 'INSERT INTO n SELECT id, name, role_id FROM member')}`,
      /\brole\b/,
    ),
    passes(
      'exchanged by a join that compares expressions',
      roles,
      rebuild(
        'member',
        members,
        'INSERT INTO n SELECT m.id, m.name, r.id FROM member AS m JOIN role r ON trim(m.role) = trim(r.label)',
      ),
      /\brole\b/,
    ),
    passes(
      'exchanged by UPDATE of the new table',
      roles,
      `CREATE TABLE n (${members}); INSERT INTO n (id, name) SELECT id, name FROM member; UPDATE n SET role_id = (SELECT role.id FROM role JOIN member ON role.label = member.role WHERE member.id = n.id); ${replace('member')}`,
      /\brole\b/,
    ),
    passes(
      'split by its value into another table',
      roles,
      `CREATE TABLE admin AS SELECT id FROM member WHERE role = 'admin'; ${rebuild('member', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM member')}`,
      /\brole\b/,
    ),
    fails(
      'compared with a text only',
      roles,
      rebuild(
        'member',
        members,
        `INSERT INTO n SELECT member.id, member.name, role.id FROM member LEFT JOIN role ON member.role = 'guest' AND role.id = 20`,
      ),
      'COLUMN_LOST',
      column('member.role'),
    ),
    fails(
      'a join that does not take a column of the other table',
      roles,
      rebuild(
        'member',
        'id INTEGER PRIMARY KEY, name TEXT',
        'INSERT INTO n SELECT member.id, member.name FROM member JOIN role ON role.label = member.role',
      ),
      'COLUMN_LOST',
      column('member.role'),
    ),
    fails(
      'an UPDATE with a subselect that changes no row',
      roles,
      `ALTER TABLE member ADD COLUMN role_id INTEGER; UPDATE member SET role_id = (SELECT id FROM role WHERE label = member.role) WHERE id > 99; ${rebuild('member', members, 'INSERT INTO n SELECT id, name, role_id FROM member')}`,
      'COLUMN_LOST',
      column('member.role'),
    ),
    passes(
      'read by an expression under its own name',
      bodies,
      rebuild('doc', 'id INTEGER PRIMARY KEY, body TEXT', 'INSERT INTO n SELECT id, trim(body) FROM doc'),
    ),
    passes(
      'an expression of which all became NULL',
      bodies,
      rebuild(
        'doc',
        'id INTEGER PRIMARY KEY, a INTEGER',
        `INSERT INTO n SELECT id, json_extract(body, '$.nosuch') FROM doc`,
      ),
      /\b3\b/,
    ),
    passes(
      'an expression of which all became one value',
      bodies,
      rebuild('doc', 'id INTEGER PRIMARY KEY, body TEXT', `INSERT INTO n SELECT id, coalesce('x', body) FROM doc`),
      /\b3\b/,
    ),
    passes(
      'generated under its name',
      bodies,
      rebuild(
        'doc',
        `id INTEGER PRIMARY KEY, body TEXT, a INTEGER AS (json_extract(body, '$.a'))`,
        'INSERT INTO n SELECT id, body FROM doc',
      ),
    ),
    fails(
      'swapped, and an UPDATE of the new table does not excuse it',
      t,
      `${newT} INSERT INTO n (id, email, name) SELECT * FROM t; UPDATE n SET name = 'x' WHERE id = 99; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'displaced: the column of its name is filled by a constant',
      t,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, label TEXT, name TEXT, email TEXT',
        `INSERT INTO n SELECT id, name, '', email FROM t`,
      ),
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'displaced: the column of its name is filled by nothing',
      t,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, label TEXT, name TEXT, email TEXT',
        `INSERT INTO n (id, label, email) SELECT id, name, email FROM t`,
      ),
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    passes(
      'renamed: the new table has no column of its name',
      t,
      rebuild('t', 'id INTEGER PRIMARY KEY, label TEXT, email TEXT', `INSERT INTO n SELECT id, name, email FROM t`),
    ),
    passes(
      'NULL that becomes a value',
      `${t} UPDATE t SET email = NULL WHERE id = 2;`,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, name TEXT, email TEXT NOT NULL',
        `INSERT INTO n SELECT id, name, email FROM t WHERE email IS NOT NULL UNION ALL SELECT id, name, '' FROM t WHERE email IS NULL`,
      ),
    ),
    fails(
      'a value that becomes NULL',
      t,
      rebuild(
        't',
        fields,
        `INSERT INTO n SELECT id, name, email FROM t WHERE id > 1 UNION ALL SELECT id, name, NULL FROM t WHERE id = 1`,
      ),
      'VALUES_CHANGED',
      changed('t', 'email', 1),
    ),
  ],
};

const copiesOfDropped: Subject = {
  name: 'rule 8, a copy of a dropped table is guarded like the table',
  cases: [
    passes(
      'the copy is renamed and rebuilt whole',
      t,
      `CREATE TABLE people AS SELECT * FROM t; DROP TABLE t; ALTER TABLE people RENAME TO folk; ${rebuild('folk', 'id INTEGER, name TEXT, email TEXT, age INTEGER', 'INSERT INTO n (id, name, email) SELECT * FROM folk')}`,
    ),
    passes(
      'all of a temporary copy flows back',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k; DROP TABLE k;`,
    ),
    fails(
      'the copy is rebuilt with a WHERE',
      t,
      `CREATE TABLE people AS SELECT * FROM t; DROP TABLE t; ${rebuild('people', 'id INTEGER, name TEXT, email TEXT', 'INSERT INTO n SELECT * FROM people WHERE id > 1')}`,
      'ROWS_LOST',
      lost('t|people', 3, 1),
    ),
    fails(
      'a trigger empties the copy',
      `${t} ${log}`,
      `CREATE TABLE people AS SELECT * FROM t; DROP TABLE t; ${sweep} people; END; INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      lost('t|people', 3, 3),
    ),
    fails(
      'a part of a temporary copy flows back',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k WHERE id > 1; DROP TABLE k;`,
      'ROWS_LOST',
      lost('t|k', 3, 1),
    ),
    fails(
      'nothing of a temporary copy flows back, and it is not dropped',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${fields});`,
      'ROWS_LOST',
      lost('t|k', 3, 3),
    ),
    fails(
      'the temporary copy comes from another one',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; CREATE TEMP TABLE k2 AS SELECT * FROM k WHERE id > 1; DROP TABLE t; DROP TABLE k; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k2;`,
      'ROWS_LOST',
      lost('t|k|k2', 3, 1),
    ),
  ],
};

const ending: Subject = {
  name: 'at the end of a migration',
  cases: [
    passes(
      'replaced: made anew without being read',
      t,
      'DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, other TEXT);',
    ),
    fails(
      'rebuilt: made anew after it was read',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${fields});`,
      'ROWS_LOST',
      lost('t|k', 3, 3),
    ),
    fails('rebuilt by a rename, without a copy', t, `${newT} ${replace('t')}`, 'ROWS_LOST', lost('t', 3, 3)),
    fails(
      'rebuilt by a rename, filled by new rows',
      t,
      `${newT} INSERT INTO n VALUES (1, 'x', 'x'), (2, 'y', 'y'), (3, 'z', 'z'); ${replace('t')}`,
      ['ROWS_LOST', 'VALUES_CHANGED'],
      names('t', 3),
    ),
    passes(
      'an older table with as many rows takes the name',
      `${t} CREATE TABLE old (${fields}); INSERT INTO old SELECT * FROM t;`,
      'DROP TABLE t; ALTER TABLE old RENAME TO t;',
    ),
    fails(
      'an older table with fewer rows takes the name',
      t + u,
      'DROP TABLE t; ALTER TABLE u RENAME TO t;',
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'an older table without a column takes the name',
      `${t} CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO old SELECT id, name FROM t;`,
      'DROP TABLE t; ALTER TABLE old RENAME TO t;',
      'COLUMN_LOST',
      column('t.email'),
    ),
    passes('dropped', t, 'DROP TABLE t;'),
    passes('moved, without a column', t, 'CREATE TABLE people AS SELECT id, name FROM t; DROP TABLE t;'),
    fails(
      'moved, without a row',
      t,
      'CREATE TABLE people AS SELECT id, name FROM t WHERE id > 1; DROP TABLE t;',
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'moved, with a value that its type changes',
      `CREATE TABLE r (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO r VALUES (1, '007');`,
      'CREATE TABLE s (id INTEGER PRIMARY KEY, b INTEGER); INSERT INTO s SELECT * FROM r; DROP TABLE r;',
      'VALUES_CHANGED',
      changed('r', 'b', 1),
    ),
    passes('an empty table of the run loses a column in its rebuild', u, [
      `CREATE TABLE t (${fields});`,
      rebuild('t', 'id INTEGER PRIMARY KEY', 'INSERT INTO n SELECT id FROM t'),
    ]),
    passes(
      'a sequence of 0 is no loss',
      `${u} CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (1); DELETE FROM t; UPDATE sqlite_sequence SET seq = 0;`,
      rebuild('t', 'id INTEGER PRIMARY KEY', 'INSERT INTO n SELECT id FROM t'),
    ),
    fails(
      'a sequence above 0 is',
      `${u} CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (5);`,
      rebuild('t', 'id INTEGER PRIMARY KEY', 'INSERT INTO n SELECT id FROM t'),
      'SEQUENCE_LOST',
      names('t', 5),
    ),
    onlyOlder(
      fails(
        'a view that no longer compiles',
        `${t} CREATE VIEW v AS SELECT email FROM t;`,
        'DROP TABLE t;',
        'OBJECT_BROKEN',
        /\bv\b/,
      ),
    ),
    passes(
      'declared by table: rows, columns, values and objects',
      `${t} CREATE INDEX t_name ON t (name);`,
      `-- dunlin: destructive t\n${rebuild('t', 'id INT, name INTEGER', 'INSERT INTO n SELECT id, email FROM t WHERE id > 1')}`,
    ),
    passes(
      'declared by column',
      t,
      `-- dunlin: destructive t.email\n${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT, email TEXT', 'INSERT INTO n SELECT id, name, NULL FROM t')}`,
    ),
    fails(
      'another column is declared',
      t,
      `-- dunlin: destructive t.name\n${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM t')}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'a column is declared, and a row is lost',
      t,
      `-- dunlin: destructive t.email\n${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO n SELECT id, name FROM t WHERE id > 1')}`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
  ],
};

const unique = `${t} CREATE UNIQUE INDEX t_name ON t (name);`;

const books: Subject = {
  name: 'the row account of a table',
  cases: [
    passes(
      'INSERT, and a DELETE of as many',
      t,
      `INSERT INTO t VALUES (8, 'x', 'x'), (9, 'y', 'y'); DELETE FROM t WHERE id > 7;`,
    ),
    passes(
      'INSERT OR IGNORE that ignores',
      t,
      `INSERT OR IGNORE INTO t VALUES (1, 'x', 'x'), (9, 'y', 'y'); DELETE FROM t WHERE id = 2;`,
    ),
    passes(
      'DO NOTHING and DO UPDATE',
      t,
      `INSERT INTO t VALUES (1, 'x', 'x') ON CONFLICT DO NOTHING; INSERT INTO t VALUES (1, 'x', 'x') ON CONFLICT (id) DO UPDATE SET name = 'x'; DELETE FROM t WHERE id = 2;`,
    ),
    passes('REPLACE of as many rows as it has unique keys', unique, `REPLACE INTO t VALUES (1, 'bea', 'x');`),
    passes('UPDATE OR REPLACE', unique, `UPDATE OR REPLACE t SET name = 'ada' WHERE id = 2;`),
    passes('an UPDATE of values', t, `UPDATE t SET email = NULL;`),
    passes('the figures of several migrations', t, [
      `DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (9, 'x', 'x');`,
      `DELETE FROM t WHERE id = 9;`,
      `INSERT INTO t VALUES (10, 'y', 'y');`,
    ]),
    passes('a DELETE in code', t, {
      up: (db: MigrationDatabase) => {
        db.run('DELETE FROM t WHERE id = ?', 1);
        db.exec(`INSERT INTO t VALUES (9, 'x', 'x'); DELETE FROM t WHERE id = 9`);
      },
    }),
    fails(
      'INSERT, and a trigger takes an old row for it',
      `${t} CREATE TRIGGER t_made AFTER INSERT ON t BEGIN DELETE FROM t WHERE id = 1; END;`,
      `INSERT INTO t VALUES (9, 'x', 'x');`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'INSERT and DELETE, and a trigger takes one more',
      `${t} ${log} ${sweep} t WHERE id = 1; END;`,
      `INSERT INTO t VALUES (9, 'x', 'x'); DELETE FROM t WHERE id = 9; INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      /\bt\b/,
    ),
    fails(
      'an INSERT OR IGNORE that ignores all',
      `${t} ${log} ${sweep} t WHERE id = 2; END;`,
      `INSERT OR IGNORE INTO t VALUES (1, 'x', 'x'); INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
    fails(
      'a plain INSERT into a table with ON CONFLICT REPLACE',
      `CREATE TABLE r (id INTEGER PRIMARY KEY, k TEXT UNIQUE ON CONFLICT REPLACE); INSERT INTO r VALUES (1, 'a'), (2, 'b');`,
      `INSERT INTO r VALUES (9, 'a');`,
      'ROWS_LOST',
      /\br\b/,
    ),
    fails(
      'a REPLACE of one table, whose trigger empties another',
      `${t} ${u} CREATE TRIGGER u_made AFTER INSERT ON u BEGIN DELETE FROM t; END;`,
      `REPLACE INTO u VALUES (7, 'x', 'x');`,
      'ROWS_LOST',
      lost('t', 3, 3),
    ),
    fails(
      'an upsert excuses nothing',
      `${t} ${log} ${sweep} t WHERE id = 2; END;`,
      `INSERT INTO t VALUES (1, 'x', 'x') ON CONFLICT (id) DO UPDATE SET name = 'x' WHERE false; INSERT INTO log VALUES (1);`,
      'ROWS_LOST',
      lost('t', 3, 1),
    ),
  ],
};

export const ruleSubjects: readonly Subject[] = [
  proof,
  byKey,
  asMultiset,
  byExpression,
  carriers,
  byFigure,
  homes,
  copiesOfDropped,
  ending,
  books,
];
