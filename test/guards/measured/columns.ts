import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { changed, column, fails, names, passes, type Subject } from './case.ts';
import { newT, rebuild, replace, seat, t, tag, u, x } from './schemas.ts';

const twoColumns = 'id INTEGER PRIMARY KEY, name TEXT';
const tFields = 'id INTEGER PRIMARY KEY, name TEXT, email TEXT';
const swappedFields = 'id INTEGER PRIMARY KEY, email TEXT, name TEXT';

const mentioned: Subject = {
  name: 'a column that a statement mentions but does not copy',
  cases: [
    fails(
      'the table has the name of the column',
      tag,
      rebuild('tag', 'id INTEGER PRIMARY KEY', 'INSERT INTO n (id) SELECT id FROM tag'),
      'COLUMN_LOST',
      column('tag.tag'),
    ),
    fails(
      'the same quoted and with its schema',
      tag,
      rebuild('tag', 'id INTEGER PRIMARY KEY', 'INSERT INTO "n" SELECT "tag"."id" FROM main."tag"'),
      'COLUMN_LOST',
      column('tag.tag'),
    ),
    fails(
      'the alias of the table has it',
      t,
      rebuild('t', twoColumns, 'INSERT INTO n SELECT email.id, email.name FROM t AS email'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'the alias of a constant has it',
      t,
      rebuild('t', tFields, 'INSERT INTO n SELECT id, name, NULL AS email FROM t'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'a common table expression has it',
      t,
      rebuild('t', twoColumns, 'WITH email AS (SELECT id, name FROM t) INSERT INTO n SELECT id, name FROM email'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'a function has it',
      `CREATE TABLE visit (id INTEGER PRIMARY KEY, date TEXT); INSERT INTO visit VALUES (1, '2020-01-01'), (2, '2021-02-02');`,
      rebuild('visit', 'id INTEGER PRIMARY KEY, made TEXT', `INSERT INTO n SELECT id, date('2026-01-01') FROM visit`),
      'COLUMN_LOST',
      column('visit.date'),
    ),
    fails(
      'a keyword has it',
      `CREATE TABLE item (id INTEGER PRIMARY KEY, desc TEXT); INSERT INTO item VALUES (1, 'a cup'), (2, 'a jug');`,
      rebuild('item', 'id INTEGER PRIMARY KEY', 'INSERT INTO n SELECT id FROM item ORDER BY id DESC'),
      'COLUMN_LOST',
      column('item.desc'),
    ),
    fails(
      'a text has it',
      t,
      rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT, kind TEXT', `INSERT INTO n SELECT id, name, 'email' FROM t`),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'only ORDER BY reads it',
      t,
      rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t ORDER BY email'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'only the WHERE of the copy reads it, and every row passes',
      t,
      rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t WHERE length(email) > 0'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'another SELECT reads it and puts it nowhere',
      t,
      `SELECT email FROM t; ${rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t')}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'a subselect reads it and its outer SELECT does not take it',
      t,
      rebuild('t', twoColumns, 'INSERT INTO n SELECT q.id, q.name FROM (SELECT * FROM t) AS q'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'a view reads it and the copy does not take it',
      `${t} CREATE VIEW v AS SELECT id, name, email FROM t;`,
      `CREATE TABLE n (${twoColumns}); INSERT INTO n SELECT id, name FROM v; DROP VIEW v; ${replace('t')} CREATE VIEW v AS SELECT id, name FROM t;`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'the column of another table has its name',
      t + u,
      rebuild('t', tFields, 'INSERT INTO n SELECT t.id, t.name, u.email FROM t JOIN u'),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'only an arm of UNION ALL that has no row takes it',
      t,
      rebuild(
        't',
        tFields,
        'INSERT INTO n SELECT id, name, email FROM t WHERE id < 0 UNION ALL SELECT id, name, NULL FROM t',
      ),
      ['COLUMN_LOST', 'VALUES_CHANGED'],
      column('t.email'),
    ),
    fails(
      'a column beside a key of two columns, without rowid',
      seat,
      rebuild(
        'seat',
        'hall TEXT, place TEXT, PRIMARY KEY (hall, place)',
        'INSERT INTO n SELECT guest.hall, guest.place FROM seat AS guest',
        'WITHOUT ROWID',
      ),
      'COLUMN_LOST',
      column('seat.guest'),
    ),
    fails(
      'on the way back from a temporary table',
      tag,
      'CREATE TEMP TABLE k AS SELECT * FROM tag; DROP TABLE tag; CREATE TABLE tag (id INTEGER PRIMARY KEY); INSERT INTO tag SELECT tag.id FROM k AS tag;',
      'COLUMN_LOST',
      column('tag.tag'),
    ),
    fails(
      'of a table that an earlier migration of the run made',
      u,
      [tag, rebuild('tag', 'id INTEGER PRIMARY KEY', 'INSERT INTO n SELECT id FROM tag')],
      'COLUMN_LOST',
      column('tag.tag'),
    ),
    fails(
      'in code',
      tag,
      {
        up: (db: MigrationDatabase) => {
          db.exec('CREATE TABLE n (id INTEGER PRIMARY KEY); INSERT INTO n SELECT tag.id FROM tag;');
          db.exec(replace('tag'));
        },
      },
      'COLUMN_LOST',
      column('tag.tag'),
    ),
    passes(
      'renamed by an alias',
      tag,
      rebuild('tag', 'id INTEGER PRIMARY KEY, label TEXT', 'INSERT INTO n SELECT id, tag AS label FROM tag'),
    ),
    passes(
      'the alias of the table has the name of the column, and the copy takes it',
      tag,
      rebuild('tag', 'id INTEGER PRIMARY KEY, tag TEXT', 'INSERT INTO n SELECT tag.id, tag.tag FROM main.tag AS tag'),
    ),
    passes(
      'taken through a subselect under another name',
      tag,
      rebuild(
        'tag',
        'label TEXT, id INTEGER PRIMARY KEY',
        'INSERT INTO n SELECT q.* FROM (SELECT tag AS label, id FROM tag) AS q',
      ),
    ),
    passes(
      'taken through a common table expression',
      t,
      rebuild(
        't',
        tFields,
        'WITH email (a, b, c) AS (SELECT id, name, email FROM t) INSERT INTO n SELECT a, b, c FROM email',
      ),
    ),
    passes(
      'an expression reads it',
      tag,
      rebuild('tag', 'id INTEGER PRIMARY KEY, tag TEXT', 'INSERT INTO n SELECT id, upper(tag) FROM tag'),
    ),
    passes(
      'moved into another table',
      t,
      `CREATE TABLE address (t_id INTEGER, email TEXT); INSERT INTO address SELECT id, email FROM t; ${rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t')}`,
    ),
    passes('ALTER TABLE DROP COLUMN says it', t, 'ALTER TABLE t DROP COLUMN email;'),
    passes(
      'declared',
      tag,
      `-- dunlin: destructive tag.tag\n${rebuild('tag', 'id INTEGER PRIMARY KEY', 'INSERT INTO n (id) SELECT id FROM tag')}`,
    ),
    passes('of a table of the run, renamed by an alias', u, [
      tag,
      rebuild('tag', 'id INTEGER PRIMARY KEY, label TEXT', 'INSERT INTO n SELECT id, tag FROM tag'),
    ]),
    passes('by dropColumn, which says it', t, {
      up: (db: MigrationDatabase) => void db.rebuildTable('t', (table) => table.dropColumn('email')),
    }),
    passes('by renameColumn', tag, {
      up: (db: MigrationDatabase) => void db.rebuildTable('tag', (table) => table.renameColumn('tag', 'label')),
    }),
    passes(
      'two columns merged into one',
      t,
      rebuild('t', 'id INTEGER PRIMARY KEY, who TEXT', `INSERT INTO n SELECT id, name || ' ' || email FROM t`),
    ),
    passes(
      'an enum column replaced by a join',
      `CREATE TABLE entry (a TEXT, b TEXT); INSERT INTO entry VALUES ('one', 'hot'), ('two', 'cold'), ('two', 'cold');`,
      `CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO kind (name) SELECT DISTINCT b FROM entry; CREATE TABLE n (a TEXT, kind_id INTEGER REFERENCES kind (id)); INSERT INTO n SELECT entry.a, kind.id FROM entry JOIN kind ON kind.name = entry.b; ${replace('entry')}`,
    ),
    passes(
      'replaced by UPDATE with a subselect',
      `${t} CREATE TABLE role (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO role VALUES (10, 'ada'), (20, 'bea'), (30, 'cia');`,
      `ALTER TABLE t ADD COLUMN role_id INTEGER; UPDATE t SET role_id = (SELECT role.id FROM role WHERE role.name = t.name); ${rebuild('t', 'id INTEGER PRIMARY KEY, email TEXT, role_id INTEGER', 'INSERT INTO n SELECT id, email, role_id FROM t')}`,
      /\bname\b/,
    ),
  ],
};

const swapped: Subject = {
  name: 'values that are copied to other columns',
  cases: [
    fails(
      'SELECT * into columns in another order',
      t,
      rebuild('t', swappedFields, 'INSERT INTO n SELECT * FROM t'),
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'a swapped column list',
      t,
      rebuild('t', tFields, 'INSERT INTO n (id, email, name) SELECT id, name, email FROM t'),
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'aliases that swap two names',
      t,
      rebuild('t', tFields, 'INSERT INTO n SELECT id, email AS name, name AS email FROM t'),
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'three columns in a circle',
      `CREATE TABLE r (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT); INSERT INTO r VALUES (1, 'a1', 'b1', 'c1'), (2, 'a2', 'b2', 'c2');`,
      rebuild('r', 'id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT', 'INSERT INTO n SELECT id, b, c, a FROM r'),
      'VALUES_CHANGED',
      changed('r', '[abc]', 2),
    ),
    fails(
      'in a table without a key',
      x,
      rebuild('x', 'b TEXT, a TEXT', 'INSERT INTO n SELECT * FROM x'),
      'VALUES_CHANGED',
      changed('x', '[ab]', 4),
    ),
    fails(
      'the two columns of a key, without rowid',
      seat,
      rebuild(
        'seat',
        'hall TEXT, place TEXT, guest TEXT, PRIMARY KEY (hall, place)',
        'INSERT INTO n SELECT place, hall, guest FROM seat',
        'WITHOUT ROWID',
      ),
      'VALUES_CHANGED',
      changed('seat', 'hall|place', 3),
    ),
    fails(
      'through a common table expression',
      t,
      rebuild(
        't',
        tFields,
        'WITH old (id, email, name) AS (SELECT id, name, email FROM t) INSERT INTO n (id, name, email) SELECT id, name, email FROM old',
      ),
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'through a view',
      t,
      `CREATE TEMP VIEW v AS SELECT id, email AS name, name AS email FROM t; CREATE TABLE n (${tFields}); INSERT INTO n SELECT id, name, email FROM v; DROP VIEW v; ${replace('t')}`,
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'through a temporary table',
      t,
      `CREATE TEMP TABLE k AS SELECT id, email AS name, name AS email FROM t; DROP TABLE t; CREATE TABLE t (${tFields}); INSERT INTO t SELECT id, name, email FROM k;`,
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'on the way back from a temporary table',
      t,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${swappedFields}); INSERT INTO t SELECT * FROM k;`,
      'VALUES_CHANGED',
      changed('t|k', 'name|email', 3),
    ),
    fails(
      'in one arm of UNION ALL',
      t,
      rebuild(
        't',
        tFields,
        'INSERT INTO n SELECT id, name, email FROM t WHERE id = 1 UNION ALL SELECT id, email, name FROM t WHERE id > 1',
      ),
      'VALUES_CHANGED',
      changed('t', 'name|email', 2),
    ),
    fails(
      'in a table that moves under a new name',
      t,
      `CREATE TABLE people (${swappedFields}); INSERT INTO people SELECT * FROM t; DROP TABLE t;`,
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'with quoted names that hold spaces',
      `CREATE TABLE "my t" (id INTEGER PRIMARY KEY, "first name" TEXT, "last name" TEXT); INSERT INTO "my t" VALUES (1, 'Ada', 'L'), (2, 'Bea', 'M');`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, "last name" TEXT, "first name" TEXT); INSERT INTO n SELECT * FROM [my t]; DROP TABLE "my t"; ALTER TABLE n RENAME TO "my t";`,
      'VALUES_CHANGED',
      /my t/,
      /(first|last) name/,
    ),
    fails(
      'rename-old-first',
      t,
      `ALTER TABLE t RENAME TO old; CREATE TABLE t (${swappedFields}); INSERT INTO t SELECT * FROM old; DROP TABLE old;`,
      'VALUES_CHANGED',
      changed('t|old', 'name|email', 3),
    ),
    fails(
      'of a table that an earlier migration of the run made',
      u,
      [t, rebuild('t', swappedFields, 'INSERT INTO n SELECT * FROM t')],
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'in code',
      t,
      { up: (db: MigrationDatabase) => void db.exec(rebuild('t', swappedFields, 'INSERT INTO n SELECT * FROM t')) },
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'moved one on by SELECT *, NULL',
      t,
      rebuild('t', 'id INTEGER PRIMARY KEY, note TEXT, name TEXT, email TEXT', 'INSERT INTO n SELECT *, NULL FROM t'),
      'VALUES_CHANGED',
      changed('t', 'name|email', 3),
    ),
    fails(
      'moved aside by a constant',
      t,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, name TEXT, label TEXT, email TEXT',
        `INSERT INTO n SELECT id, 'new', name, email FROM t`,
      ),
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    passes('SELECT * into the same order', t, rebuild('t', tFields, 'INSERT INTO n SELECT * FROM t')),
    passes(
      'another order, with the list that belongs to it',
      t,
      rebuild('t', swappedFields, 'INSERT INTO n (id, name, email) SELECT * FROM t'),
    ),
    passes(
      'new names by position',
      t,
      rebuild('t', 'id INTEGER PRIMARY KEY, label TEXT, mail TEXT', 'INSERT INTO n SELECT * FROM t'),
    ),
    passes(
      'two names swapped by RENAME COLUMN',
      t,
      'ALTER TABLE t RENAME COLUMN name TO k; ALTER TABLE t RENAME COLUMN email TO name; ALTER TABLE t RENAME COLUMN k TO email;',
    ),
    passes('two columns swapped by UPDATE, which says it', t, 'UPDATE t SET name = email, email = name;'),
    passes(
      'renamed, and a new column made by an expression has the old name',
      t,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, label TEXT, name TEXT, email TEXT',
        'INSERT INTO n SELECT id, name, upper(name), email FROM t',
      ),
    ),
    passes(
      'a new column is filled by one that stays',
      t,
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, name TEXT, email TEXT, label TEXT',
        'INSERT INTO n SELECT id, name, email, name FROM t',
      ),
    ),
    passes('another order in a table of the run', u, [
      t,
      rebuild('t', swappedFields, 'INSERT INTO n (email, name, id) SELECT email, name, id FROM t'),
    ]),
    passes(
      'declared',
      t,
      `-- dunlin: destructive t.name, t.email\n${rebuild('t', swappedFields, 'INSERT INTO n SELECT * FROM t')}`,
    ),
    passes(
      'a key of two columns in another order, by name',
      seat,
      rebuild(
        'seat',
        'place TEXT, hall TEXT, guest TEXT, PRIMARY KEY (place, hall)',
        'INSERT INTO n (hall, place, guest) SELECT hall, place, guest FROM seat',
        'WITHOUT ROWID',
      ),
    ),
    passes(
      'three arms of UNION ALL put three columns into one',
      `CREATE TABLE settings (id INTEGER PRIMARY KEY, theme TEXT, font TEXT); INSERT INTO settings VALUES (1, 'dark', 'serif'), (2, 'light', NULL);`,
      `CREATE TABLE setting (owner INTEGER, key TEXT, value TEXT); INSERT INTO setting SELECT id, 'theme', theme FROM settings UNION ALL SELECT id, 'font', font FROM settings; DROP TABLE settings;`,
    ),
  ],
};

const codes = `CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT); INSERT INTO codes VALUES (1, '00123'), (2, '7');`;
const ratios = `CREATE TABLE ratio (id INTEGER PRIMARY KEY, v REAL, label TEXT); INSERT INTO ratio VALUES (1, 42.0, 'a'), (2, 1.5, NULL);`;

const converted: Subject = {
  name: 'values that a new type converts',
  cases: [
    fails(
      'text with a leading zero becomes a number',
      codes,
      rebuild('codes', 'id INTEGER PRIMARY KEY, code INTEGER', 'INSERT INTO n SELECT * FROM codes'),
      'VALUES_CHANGED',
      changed('codes', 'code', 1),
      /00123/,
    ),
    fails(
      'the same under NUMERIC, listed by name',
      codes,
      rebuild(
        'codes',
        'code DECIMAL(10), id INTEGER PRIMARY KEY',
        'INSERT INTO n (id, code) SELECT id, code FROM codes',
      ),
      'VALUES_CHANGED',
      changed('codes', 'code', 1),
    ),
    fails(
      'the same through a temporary table',
      codes,
      'CREATE TEMP TABLE k AS SELECT * FROM codes; DROP TABLE codes; CREATE TABLE codes (id INTEGER PRIMARY KEY, code INTEGER); INSERT INTO codes SELECT * FROM k;',
      'VALUES_CHANGED',
      changed('codes|k', 'code', 1),
    ),
    fails(
      'an integer above 2^53 becomes REAL',
      `CREATE TABLE big (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO big VALUES (1, 9007199254740993);`,
      rebuild('big', 'id INTEGER PRIMARY KEY, v REAL', 'INSERT INTO n SELECT * FROM big'),
      'VALUES_CHANGED',
      changed('big', 'v', 1),
    ),
    fails(
      'in a table without a key',
      `CREATE TABLE codes (code TEXT, note TEXT); INSERT INTO codes VALUES ('01', 'a'), ('2', 'b');`,
      rebuild('codes', 'code INTEGER, note TEXT', 'INSERT INTO n SELECT * FROM codes'),
      ['VALUES_CHANGED', 'ROWS_LOST'],
      changed('codes', 'codes', 1),
    ),
    passes(
      'number to text',
      `CREATE TABLE codes (id INTEGER PRIMARY KEY, code INTEGER); INSERT INTO codes VALUES (1, 123), (2, NULL);`,
      rebuild('codes', 'id INTEGER PRIMARY KEY, code TEXT', 'INSERT INTO n SELECT * FROM codes'),
    ),
    passes(
      'text that is a plain number to INTEGER',
      `CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT); INSERT INTO codes VALUES (1, '123'), (2, '7');`,
      rebuild('codes', 'id INTEGER PRIMARY KEY, code INTEGER', 'INSERT INTO n SELECT * FROM codes'),
    ),
    passes(
      'REAL to TEXT',
      ratios,
      rebuild('ratio', 'id INTEGER PRIMARY KEY, v TEXT, label TEXT', 'INSERT INTO n SELECT * FROM ratio'),
    ),
    passes(
      'REAL to TEXT without a key',
      ratios.replace('id INTEGER PRIMARY KEY', 'id INT'),
      rebuild('ratio', 'id INT, v TEXT, label TEXT', 'INSERT INTO n SELECT * FROM ratio'),
    ),
    passes(
      'NULL gets a default by coalesce',
      ratios,
      rebuild(
        'ratio',
        `id INTEGER PRIMARY KEY, v REAL, label TEXT NOT NULL`,
        `INSERT INTO n SELECT id, v, coalesce(label, 'none') FROM ratio`,
      ),
    ),
    passes(
      'converted by an expression, which says it',
      codes,
      rebuild(
        'codes',
        'id INTEGER PRIMARY KEY, code INTEGER',
        'INSERT INTO n SELECT id, CAST(code AS INTEGER) FROM codes',
      ),
    ),
    passes(
      'a JSON value is extracted into a new column',
      `CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO doc VALUES (1, '{"k": 1}'), (2, '{"k": 2}');`,
      rebuild(
        'doc',
        'id INTEGER PRIMARY KEY, body TEXT, k INTEGER',
        `INSERT INTO n SELECT id, body, json_extract(body, '$.k') FROM doc`,
      ),
    ),
    passes(
      'declared',
      codes,
      `-- dunlin: destructive codes.code\n${rebuild('codes', 'id INTEGER PRIMARY KEY, code INTEGER', 'INSERT INTO n SELECT * FROM codes')}`,
    ),
    fails(
      'by changeColumn',
      codes,
      {
        up: (db: MigrationDatabase) =>
          void db.rebuildTable('codes', (table) => table.changeColumn('code', { type: 'INTEGER' })),
      },
      'REBUILD_VALUES_CHANGED',
      /00123/,
    ),
  ],
};

const sums = `CREATE TABLE sums (id INTEGER PRIMARY KEY, a INTEGER, total INTEGER AS (a * 2)); INSERT INTO sums (id, a) VALUES (1, 10), (2, 20);`;
const stored = sums.replace('AS (a * 2)', 'GENERATED ALWAYS AS (a * 2) STORED');

const generated: Subject = {
  name: 'a generated column that becomes an ordinary one',
  cases: [
    fails(
      'filled by nothing',
      sums,
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER',
        'INSERT INTO n (id, a) SELECT id, a FROM sums',
      ),
      'COLUMN_LOST',
      column('sums.total'),
    ),
    fails(
      'stored',
      stored,
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER',
        'INSERT INTO n (id, a) SELECT id, a FROM sums',
      ),
      'COLUMN_LOST',
      column('sums.total'),
    ),
    fails(
      'filled by a constant',
      sums,
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER DEFAULT 0',
        'INSERT INTO n SELECT id, a, NULL FROM sums',
      ),
      'COLUMN_LOST',
      column('sums.total'),
    ),
    fails(
      'through a temporary table',
      sums,
      'CREATE TEMP TABLE k AS SELECT id, a FROM sums; DROP TABLE sums; CREATE TABLE sums (id INTEGER PRIMARY KEY, a INTEGER, total INTEGER); INSERT INTO sums (id, a) SELECT * FROM k;',
      'COLUMN_LOST',
      column('sums.total'),
    ),
    fails(
      'of JSON',
      `CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT, mail TEXT AS (json_extract(body, '$.mail'))); INSERT INTO doc (id, body) VALUES (1, '{"mail": "a@x"}');`,
      rebuild(
        'doc',
        'id INTEGER PRIMARY KEY, body TEXT, mail TEXT',
        'INSERT INTO n (id, body) SELECT id, body FROM doc',
      ),
      'COLUMN_LOST',
      column('doc.mail'),
    ),
    fails(
      'of a table that an earlier migration of the run made',
      u,
      [
        sums,
        rebuild(
          'sums',
          'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER',
          'INSERT INTO n (id, a) SELECT id, a FROM sums',
        ),
      ],
      'COLUMN_LOST',
      column('sums.total'),
    ),
    passes(
      'filled by its own values',
      sums,
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER',
        'INSERT INTO n SELECT id, a, total FROM sums',
      ),
    ),
    passes(
      'filled by SELECT *',
      sums,
      rebuild('sums', 'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER', 'INSERT INTO n SELECT * FROM sums'),
    ),
    passes(
      'generated again',
      stored,
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER AS (a * 2)',
        'INSERT INTO n SELECT id, a FROM sums',
      ),
    ),
    passes(
      'a plain column becomes a generated one',
      sums.replace(' AS (a * 2)', '').replace('(id, a) VALUES (1, 10), (2, 20)', 'VALUES (1, 10, 20), (2, 20, 40)'),
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER AS (a * 2)',
        'INSERT INTO n SELECT id, a FROM sums',
      ),
    ),
    passes(
      'filled by the expression itself',
      sums,
      rebuild(
        'sums',
        'id INTEGER PRIMARY KEY, a INTEGER, total INTEGER',
        'INSERT INTO n SELECT id, a, a * 2 FROM sums',
      ),
    ),
  ],
};

const onlyId = rebuild('t', 'id INTEGER PRIMARY KEY', 'INSERT INTO n (id) SELECT id FROM t');
const gaveItsName = 'ALTER TABLE t DROP COLUMN email; ALTER TABLE t RENAME COLUMN name TO email;';

const namedAnew: Subject = {
  name: 'a column with the name of a dropped or added column',
  cases: [
    fails('it took the name of a dropped one', t, `${gaveItsName} ${onlyId}`, 'COLUMN_LOST', column('t.name')),
    fails(
      'of one that the migration had added and dropped',
      t,
      `ALTER TABLE t ADD COLUMN x; ALTER TABLE t DROP COLUMN x; ALTER TABLE t DROP COLUMN email;
       ALTER TABLE t RENAME COLUMN name TO x; ${onlyId}`,
      'COLUMN_LOST',
      column('t.name'),
    ),
    fails(
      'the name was dropped twice',
      t,
      `ALTER TABLE t ADD COLUMN x; ALTER TABLE t DROP COLUMN email; ALTER TABLE t RENAME COLUMN x TO email; ${gaveItsName} ${onlyId}`,
      'COLUMN_LOST',
      column('t.name'),
    ),
    fails(
      'in the table that took over the rows',
      t,
      `${rebuild('t', tFields, 'INSERT INTO n SELECT * FROM t')} ${gaveItsName} ${onlyId}`,
      'COLUMN_LOST',
      column('t.name'),
    ),
    fails(
      'a column that was added to the new table got the values, and is left out when that is rebuilt',
      t,
      `${newT.replace(', email TEXT', '')} INSERT INTO n SELECT id, name FROM t; ALTER TABLE n ADD COLUMN email TEXT;
       UPDATE n SET email = (SELECT email FROM t WHERE t.id = n.id); ${replace('t')}
       ${rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t')}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    passes(
      'it is carried over under that name',
      t,
      `${gaveItsName} ${rebuild('t', 'id INTEGER PRIMARY KEY, email TEXT', 'INSERT INTO n SELECT id, email FROM t')}`,
    ),
    passes(
      'an added one took the name, and is left out',
      t,
      `ALTER TABLE t ADD COLUMN x; ALTER TABLE t DROP COLUMN email; ALTER TABLE t RENAME COLUMN x TO email;
       ${rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t')}`,
    ),
    passes('dropColumn and renameColumn onto its name, by a rebuild', t, {
      up: (db: MigrationDatabase) =>
        void db.rebuildTable('t', (table) =>
          table.dropColumn('email').renameColumn('name', 'email').changeColumn('email', { notNull: true }),
        ),
    }),
  ],
};

const withoutEmail = rebuild('t', twoColumns, 'INSERT INTO n SELECT id, name FROM t');
const withTel = `CREATE TABLE n (${twoColumns}, tel TEXT); INSERT INTO n (id, name) SELECT id, name FROM t;`;
const all = 'SELECT id, name, email FROM t';
type Person = { readonly id: number; readonly name: string; readonly email: string };

function code(...up: readonly ((db: MigrationDatabase) => void)[]): object {
  return {
    up: (db: MigrationDatabase) => {
      for (const step of up) step(db);
    },
  };
}

/** A step for each row of `t`, read before the other steps. */
function withRows(write: (db: MigrationDatabase, row: Person) => void, before: string, behind = ''): object {
  return code((db) => {
    const rows = db.all(all) as unknown as readonly Person[];
    db.exec(before);
    for (const row of rows) write(db, row);
    db.exec(behind);
  });
}

const readByCode: Subject = {
  name: 'a column that a function reads',
  cases: [
    fails(
      'and a statement does not copy',
      t,
      code(
        (db) => void db.all('SELECT * FROM t'),
        (db) => db.exec(withoutEmail),
      ),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'by RETURNING',
      t,
      code(
        (db) => void db.all('UPDATE t SET name = name RETURNING *'),
        (db) => db.exec(withoutEmail),
      ),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'and something else is written',
      t,
      code(
        (db) => db.exec('CREATE TABLE log (text)'),
        (db) => void db.all(all),
        (db) => void db.run('INSERT INTO log VALUES (?)', 'begun'),
        (db) => db.exec(withoutEmail),
      ),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'before anything is read',
      t,
      code(
        (db) => db.exec('CREATE TABLE log (text)'),
        (db) => ['a', 'b', 'c'].forEach((text) => void db.run('INSERT INTO log VALUES (?)', text)),
        (db) => void db.all(all),
        (db) => db.exec(withoutEmail),
      ),
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'and a parameter stands in the copy',
      t,
      code(
        (db) => void db.all(all),
        (db) => db.exec(`CREATE TABLE n (${twoColumns}, kind TEXT)`),
        (db) => void db.run('INSERT INTO n SELECT id, name, ? FROM t', 'old'),
        (db) => db.exec(replace('t')),
      ),
      'COLUMN_LOST',
      column('t.email'),
    ),
    passes(
      'and writes into the new table',
      t,
      withRows(
        (db, { id, email }) => void db.run('UPDATE n SET tel = ? WHERE id = ?', email, id),
        withTel,
        replace('t'),
      ),
    ),
    passes(
      'and writes when the old table is gone',
      t,
      withRows(
        (db, { id, email }) => void db.run('UPDATE t SET tel = ? WHERE id = ?', email, id),
        `${withTel} ${replace('t')}`,
      ),
    ),
    passes(
      'and writes into another table',
      t,
      withRows(
        (db, { id, email }) => void db.run('INSERT INTO address VALUES (?, ?)', id, email),
        'CREATE TABLE address (t_id INTEGER, email TEXT)',
        withoutEmail,
      ),
    ),
    passes(
      'and writes as text into a temporary table, from where it is copied',
      t,
      withRows(
        (db, { id, email }) => db.exec(`INSERT INTO k VALUES (${id}, '${email}')`),
        'CREATE TEMP TABLE k (t_id INTEGER, tel TEXT)',
        `${withTel} UPDATE n SET tel = (SELECT tel FROM k WHERE k.t_id = n.id); DROP TABLE k; ${replace('t')}`,
      ),
    ),
    passes(
      'and writes into another column of the same table',
      t,
      withRows(
        (db, { id, email }) => void db.run('UPDATE t SET tel = ? WHERE id = ?', email, id),
        'ALTER TABLE t ADD COLUMN tel TEXT',
        rebuild('t', `${twoColumns}, tel TEXT`, 'INSERT INTO n SELECT id, name, tel FROM t'),
      ),
    ),
    passes(
      'and a table of its own values takes the name',
      t,
      withRows(
        (db, { id, name, email }) => void db.run('INSERT INTO t VALUES (?, ?)', id, `${name} ${email}`),
        `DROP TABLE t; CREATE TABLE t (${twoColumns})`,
      ),
    ),
  ],
};

const kept = 'CREATE TABLE k AS SELECT * FROM t;';
const backFromK = 'UPDATE t SET email = (SELECT email FROM k WHERE k.id = t.id);';
const namesOnly = `${newT} INSERT INTO n (id, name) SELECT id, name FROM t;`;

const broughtBack: Subject = {
  name: 'a column that a copy leaves out and another table restores',
  cases: [
    passes('by UPDATE, and that table stays', t, `${kept} ${namesOnly} ${replace('t')} ${backFromK}`),
    passes('and that table goes', t, `${kept} ${namesOnly} ${replace('t')} ${backFromK} DROP TABLE k;`),
    passes(
      'under another name, by UPDATE FROM',
      t,
      `${kept} ${withTel} ${replace('t')} UPDATE t SET tel = k.email FROM k WHERE k.id = t.id;`,
    ),
    passes(
      'through one more table',
      t,
      `${kept} ${namesOnly} ${replace('t')} CREATE TABLE m AS SELECT id, email FROM k; ${backFromK.replaceAll('k', 'm')}`,
    ),
    fails(
      'but another column of it',
      t,
      `${kept} ${namesOnly} ${replace('t')} ${backFromK.replace('SELECT email', 'SELECT name')}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'but of what it held before',
      t,
      `CREATE TABLE k (id INTEGER, email TEXT); INSERT INTO k VALUES (1, 'old'); ${namesOnly}
       UPDATE n SET email = (SELECT email FROM k WHERE k.id = n.id); INSERT INTO k SELECT id, email FROM t; ${replace('t')}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
    fails(
      'and the next rebuild leaves it out',
      t,
      `${kept} ${namesOnly} ${replace('t')} ${backFromK} DROP TABLE k; ${withoutEmail}`,
      'COLUMN_LOST',
      column('t.email'),
    ),
  ],
};

const tags = `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, tags TEXT); CREATE TABLE tagged (item_id INTEGER, tag TEXT);
  INSERT INTO item VALUES (1, '["a"]', '["red","blue"]'), (2, '["b"]', '["blue"]'), (3, '["c"]', '["grey"]');`;
const listed = tags.replaceAll(/[[\]"]/g, '');
const withoutTags = rebuild('item', twoColumns, 'INSERT INTO n SELECT id, name FROM item');

function partsOf(source: string, items = 'i.id, j.value', columns = 'item_id, tag'): string {
  return `INSERT INTO tagged (${columns}) SELECT ${items} FROM ${source}; ${withoutTags}`;
}

const words = (head: string, first: string): string =>
  `WITH RECURSIVE ${head} AS (SELECT ${first} FROM item
   UNION ALL SELECT id, substr(rest, 1, instr(rest, ',') - 1), substr(rest, instr(rest, ',') + 1) FROM s WHERE rest <> '')`;
const fill = `SELECT id, tag FROM s WHERE tag <> '';`;

const parted: Subject = {
  name: 'a column whose values are split',
  cases: [
    passes('by json_each with an alias', tags, partsOf('item i, json_each(i.tags) j')),
    passes('by json_each without one', tags, partsOf('item i, json_each(tags)', 'i.id, value')),
    passes(
      'in an expression, by its own name',
      tags,
      partsOf(`item i JOIN json_each(coalesce(i.tags, '[]'))`, 'i.id, json_each.value'),
    ),
    passes('in a subselect', tags, partsOf('(SELECT i.id, j.value FROM item i, json_each(i.tags) j)', 'id, value')),
    passes('by one call in another', tags, partsOf('item i, json_each(json_array(i.tags)) k, json_each(k.value) j')),
    passes(
      'into CREATE TABLE AS, by json_tree',
      tags,
      `CREATE TABLE k AS SELECT i.id, j.atom FROM item i, json_tree(i.tags) AS j; ${withoutTags}`,
    ),
    passes(
      'by WITH RECURSIVE with names',
      listed,
      `${words('s (id, tag, rest)', `id, '', tags || ','`)} INSERT INTO tagged ${fill} ${withoutTags}`,
    ),
    passes(
      'by WITH RECURSIVE with aliases',
      listed,
      `${words('s', `id, '' AS tag, tags || ',' AS rest`)} INSERT INTO tagged ${fill} ${withoutTags}`,
    ),
    passes(
      'by WITH RECURSIVE behind INSERT',
      listed,
      `INSERT INTO tagged ${words('s (id, tag, rest)', `id, '', tags || ','`)} ${fill} ${withoutTags}`,
    ),
    fails(
      'but only for the number of its rows',
      tags,
      partsOf('item i, json_each(i.tags) j', 'i.id', 'item_id'),
      'COLUMN_LOST',
      column('item.tags'),
    ),
    fails('but another column', tags, partsOf('item i, json_each(i.name) j'), 'COLUMN_LOST', column('item.tags')),
    fails(
      'beside those of another column, which alone are taken',
      tags,
      partsOf('item i, json_each(i.name) j, json_each(i.tags) k'),
      'COLUMN_LOST',
      column('item.tags'),
    ),
    fails(
      'but by WITH RECURSIVE only another column',
      listed,
      `${words('s', `id, '' AS tag, name || ',' AS rest`)} INSERT INTO tagged ${fill} ${withoutTags}`,
      'COLUMN_LOST',
      column('item.tags'),
    ),
  ],
};

const updated = (set: string): string => `${namesOnly} UPDATE n SET ${set}; ${replace('t')}`;

const collapsed: Subject = {
  name: 'a column that an UPDATE of the new table sets to one value',
  cases: [
    fails(
      'a name in its subselect means the other table',
      t,
      updated('email = (SELECT email FROM t WHERE t.id = id)'),
      'COLUMN_LOST',
      names('t.email', 2),
    ),
    fails('by FROM without a condition', t, updated('email = t.email FROM t'), 'COLUMN_LOST', names('t.email', 2)),
    fails(
      'its subselect finds nothing',
      t,
      updated('email = (SELECT email FROM t WHERE t.id = n.id + 10)'),
      'COLUMN_LOST',
      names('t.email', 3),
    ),
    passes(
      'an expression finds nothing: a note has the figure',
      t,
      updated('email = (SELECT lower(email) FROM t WHERE t.id = n.id + 10)'),
      /t\.email: 3 values before, all NULL after the UPDATE/,
    ),
    passes(
      'an expression finds one value: a note has the figure',
      t,
      updated('email = (SELECT lower(email) FROM t WHERE t.id = id)'),
      /t\.email: 3 different values before, one after the UPDATE computed n\.email/,
    ),
    passes('each gets its own', t, updated('email = (SELECT email FROM t WHERE t.id = n.id)'), 'none'),
    passes(
      'beside another column that becomes one',
      t,
      updated('email = (SELECT email FROM t WHERE t.id = n.id), name = (SELECT max(name) FROM t)'),
      'none',
    ),
  ],
};

export const columnSubjects: readonly Subject[] = [
  collapsed,
  parted,
  mentioned,
  swapped,
  converted,
  generated,
  namedAnew,
  readByCode,
  broughtBack,
];
