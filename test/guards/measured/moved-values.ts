import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { changed, column, fails, lost, names, passes, type Case, type Subject } from './case.ts';
import { rebuild, replace, t } from './schemas.ts';

const profile = `${t} CREATE TABLE p (t_id INTEGER PRIMARY KEY, bio TEXT, url TEXT);
  INSERT INTO p VALUES (1, 'one', 'u1'), (2, 'two', 'u2');`;
/** Its last row belongs to no row of `t`. */
const orphan = `${profile} INSERT INTO p VALUES (9, 'nine', 'u9');`;
const add = 'ALTER TABLE t ADD COLUMN bio TEXT;';
const withBio = 'CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, email TEXT, bio TEXT);';
const picked = `${add} UPDATE t SET bio = (SELECT bio FROM p WHERE p.t_id = t.id);`;
const nine = names('p.bio', 1, 'nine');

const code = (work: (db: MigrationDatabase) => void): object => ({ up: work });

/** Each way to move the values: refused while a row has no partner, and harmless while each has one. */
const ways: readonly (readonly [string, string | object])[] = [
  ['by a subquery', `${picked} DROP TABLE p;`],
  [
    'by a subquery with LIMIT',
    `${add} UPDATE t SET bio = (SELECT p.bio FROM p WHERE t_id = id LIMIT 1); DROP TABLE p;`,
  ],
  ['by UPDATE FROM', `${add} UPDATE t SET bio = p.bio FROM p WHERE p.t_id = t.id; DROP TABLE p;`],
  [
    'by UPDATE FROM with aliases',
    `${add} UPDATE t AS y SET bio = x.b FROM (SELECT t_id, bio AS b FROM p) AS x WHERE x.t_id = y.id; DROP TABLE p;`,
  ],
  [
    'by UPDATE FROM of a WITH',
    `${add} WITH x AS (SELECT t_id, bio AS b FROM p) UPDATE t SET bio = x.b FROM x WHERE x.t_id = t.id; DROP TABLE p;`,
  ],
  [
    'by a subquery of a view',
    `CREATE VIEW v AS SELECT * FROM p; ${picked.replace('FROM p WHERE p.', 'FROM v WHERE ')} DROP VIEW v; DROP TABLE p;`,
  ],
  [
    'by a subquery in coalesce()',
    `${add} UPDATE t SET bio = coalesce((SELECT bio FROM p WHERE p.t_id = t.id), ''); DROP TABLE p;`,
  ],
  [
    'by a subquery with COLLATE',
    `${add} UPDATE t SET bio = ((SELECT bio COLLATE NOCASE FROM p WHERE p.t_id = t.id)) COLLATE NOCASE; DROP TABLE p;`,
  ],
  [
    'by a subquery with DISTINCT',
    `${add} UPDATE t SET bio = (SELECT DISTINCT bio FROM p WHERE t_id = t.id); DROP TABLE p;`,
  ],
  [
    'by a subquery with GROUP BY',
    `${add} UPDATE t SET bio = (SELECT p.bio FROM p WHERE t_id = t.id GROUP BY p.bio); DROP TABLE p;`,
  ],
  [
    'two columns at once',
    `${add} ALTER TABLE t ADD COLUMN url TEXT; UPDATE t SET (url, bio) = (SELECT url, bio FROM p WHERE p.t_id = t.id); DROP TABLE p;`,
  ],
  [
    'in two statements with a WHERE',
    `${add} UPDATE t SET bio = p.bio FROM p WHERE p.t_id = t.id AND id < 2; UPDATE t SET (bio) = p.bio FROM p WHERE p.t_id = t.id AND id > 1; DROP TABLE p;`,
  ],
  [
    'by a subquery in a copy',
    `${withBio} INSERT INTO n SELECT *, (SELECT bio FROM p WHERE p.t_id = t.id) FROM t; ${replace('t')} DROP TABLE p;`,
  ],
  [
    'by a subquery in CREATE TABLE AS',
    'CREATE TABLE n AS SELECT *, (SELECT bio FROM p WHERE t_id = id) AS bio FROM t; DROP TABLE p;',
  ],
  [
    'by subqueries in VALUES',
    `CREATE TABLE n (a, b); INSERT INTO n VALUES ((SELECT bio FROM p WHERE t_id = 1), (SELECT bio FROM p WHERE t_id = 2)); DROP TABLE p;`,
  ],
  [
    'by an outer join in coalesce()',
    `${withBio} INSERT INTO n SELECT t.*, coalesce(bio, '') FROM t LEFT JOIN p ON p.t_id = t.id; ${replace('t')} DROP TABLE p;`,
  ],
  [
    'into a table without a rowid',
    'CREATE TABLE w (id INTEGER PRIMARY KEY, bio) WITHOUT ROWID; INSERT INTO w (id) SELECT id FROM t; UPDATE w SET bio = (SELECT bio FROM p WHERE t_id = id); DROP TABLE p;',
  ],
  [
    'and the columns and tables are renamed',
    `${picked} ALTER TABLE t RENAME COLUMN bio TO about; ALTER TABLE p RENAME TO q; ALTER TABLE t RENAME TO users; DROP TABLE q;`,
  ],
  [
    'and their table is rebuilt',
    `${picked} ${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT, email TEXT, bio TEXT', 'INSERT INTO n SELECT * FROM t')} DROP TABLE p;`,
  ],
  [
    'through a temporary table that goes first',
    `${add} CREATE TEMP TABLE k AS SELECT * FROM p; UPDATE t SET bio = (SELECT bio FROM k WHERE k.t_id = t.id); DROP TABLE k; DROP TABLE p;`,
  ],
  [
    'through a temporary table that goes last',
    `${add} CREATE TEMP TABLE k AS SELECT * FROM p; DROP TABLE p; UPDATE t SET bio = (SELECT bio FROM k WHERE k.t_id = t.id); DROP TABLE k;`,
  ],
  [
    'through a temporary table that stays',
    `${add} CREATE TEMP TABLE k AS SELECT * FROM p; DROP TABLE p; UPDATE t SET bio = k.bio FROM k WHERE k.t_id = t.id;`,
  ],
  [
    'in a function',
    code((db) => {
      db.exec(picked);
      db.exec('DROP TABLE p');
    }),
  ],
  [
    'row by row in a function',
    code((db) => {
      db.exec(add);
      for (const { id } of db.all('SELECT id FROM t'))
        db.run('UPDATE t SET bio = (SELECT bio FROM p WHERE t_id = ?) WHERE id = ?', id as number, id as number);
      db.exec('DROP TABLE p');
    }),
  ],
];

/** What reads the column before the move, without keeping its values. */
const elsewhere: readonly (readonly [string, string])[] = [
  ['an UPDATE has trimmed them', 'UPDATE p SET bio = trim(bio);'],
  ['two UPDATEs have changed them', `UPDATE p SET bio = bio || ' '; UPDATE p SET bio = trim(bio);`],
  ['their longest is noted', 'CREATE TABLE stats AS SELECT max(length(bio)) AS longest FROM p;'],
  ['their number is noted', `CREATE TABLE log (n); INSERT INTO log SELECT count(bio) FROM p WHERE bio <> '';`],
  ['their largest is noted by a quoted name', 'CREATE TABLE stats AS SELECT "max"(bio) AS largest FROM p;'],
  ['their number is noted by a quoted name', 'CREATE TABLE log AS SELECT [count](bio) AS n FROM p;'],
  ['their largest is noted by a scalar in it', `CREATE TABLE stats AS SELECT max(max(bio, '')) AS largest FROM p;`],
  ['their number in each group is noted', 'CREATE TABLE log AS SELECT url, count(bio) AS n FROM p GROUP BY url;'],
];

/** What changes the values that arrived, after the move. */
const afterwards: readonly (readonly [string, string])[] = [
  ['the empty ones are filled', `UPDATE t SET bio = '' WHERE bio IS NULL;`],
  ['all are trimmed', 'UPDATE t SET bio = trim(bio);'],
  ['all are changed twice', 'UPDATE t SET bio = upper(bio); UPDATE t SET bio = lower(bio);'],
  ['the rows without one are deleted', 'DELETE FROM t WHERE bio IS NULL;'],
  ['the rows are deleted', 'DELETE FROM t WHERE id > 1;'],
];

const list = `${t} CREATE TABLE s (t_id INTEGER, k TEXT, v TEXT); INSERT INTO s VALUES (1, 'theme', 'dark'), (1, 'font', 'mono'), (2, 'font', 'serif');`;
const joined = `CREATE TABLE o (id, theme, font); INSERT INTO o SELECT t.id, a.v, b.v FROM t
  LEFT JOIN s a ON a.t_id = t.id AND a.k = 'theme' LEFT JOIN s b ON b.t_id = t.id AND b.k = 'font';`;
const several = `${t} CREATE TABLE p (t_id INTEGER, at INTEGER); INSERT INTO p VALUES (1, 5), (1, 7), (2, 1);`;
const last = (value: string): string => `ALTER TABLE t ADD COLUMN at; UPDATE t SET at = (${value}); DROP TABLE p;`;

const moved: Subject = {
  name: 'values that are put into existing rows, before their table is dropped',
  cases: [
    ...ways.flatMap(([way, run]): Case[] => [
      fails(`${way}, but a row has no partner`, orphan, run, 'COLUMN_LOST', nine),
      passes(`${way}, each to its partner`, profile, run),
    ]),
    fails(
      'while no row has a partner',
      profile,
      `${add} UPDATE t SET bio = p.bio FROM p WHERE p.t_id = t.id + 100; DROP TABLE p;`,
      'COLUMN_LOST',
      names('p.bio', 2),
    ),
    fails(
      'of which one of two rows is chosen at random',
      several,
      last('SELECT at FROM p WHERE t_id = id'),
      'COLUMN_LOST',
      names('p.at', 1),
    ),
    passes('of which the last is chosen', several, last('SELECT at FROM p WHERE t_id = id ORDER BY at DESC LIMIT 1')),
    passes('of which the largest is chosen', several, last('SELECT max(at) FROM p WHERE t_id = id')),
    passes('of which one of a group is chosen', several, last('SELECT at FROM p WHERE t_id = id GROUP BY t_id')),
    passes(
      'of which the first of each is chosen',
      several,
      last('SELECT DISTINCT at FROM p WHERE t_id = id ORDER BY at'),
    ),
    passes(
      'of which the largest of a group is chosen',
      several,
      last('SELECT max(at) FROM p WHERE t_id = id GROUP BY t_id'),
    ),
    fails(
      'into columns, but for one',
      `CREATE TABLE s (k TEXT PRIMARY KEY, v TEXT); INSERT INTO s VALUES ('theme', 'dark'), ('font', 'mono'), ('lang', 'it');`,
      `CREATE TABLE o (theme, font); INSERT INTO o VALUES (NULL, NULL);
       UPDATE o SET theme = (SELECT v FROM s WHERE k = 'theme'), font = (SELECT v FROM s WHERE k = 'font'); DROP TABLE s;`,
      'COLUMN_LOST',
      names('s.v', 1, 'it'),
    ),
    fails(
      'that the new type converts',
      `${profile} UPDATE p SET bio = '007' WHERE t_id = 1;`,
      `${picked.replace('bio TEXT', 'bio INTEGER')} DROP TABLE p;`,
      'COLUMN_LOST',
      names('p.bio', 1, '007'),
    ),
    passes(
      'while those of the others are empty',
      `${profile} INSERT INTO p VALUES (8, NULL, 'u'), (9, '', 'u');`,
      `${picked} DROP TABLE p;`,
    ),
    passes(
      'of a list, each to many rows',
      `${t} UPDATE t SET name = 1 + id % 2; CREATE TABLE p (id INTEGER PRIMARY KEY, label TEXT); INSERT INTO p VALUES (1, 'open'), (2, 'done');`,
      `ALTER TABLE t ADD COLUMN label; UPDATE t SET label = (SELECT label FROM p WHERE p.id = t.name); DROP TABLE p;`,
    ),
    passes('and an UPDATE changes them', profile, `${picked} UPDATE t SET bio = upper(bio); DROP TABLE p;`),
    passes('and a DELETE removes one', profile, `${picked} DELETE FROM t WHERE id = 1; DROP TABLE p;`),
    passes(
      'and a DELETE has removed the others',
      orphan,
      `DELETE FROM p WHERE t_id NOT IN (SELECT id FROM t); ${picked} DROP TABLE p;`,
    ),
    passes(
      'and the others are inserted',
      orphan,
      `${picked} INSERT INTO t (id, bio) SELECT t_id, bio FROM p WHERE t_id NOT IN (SELECT id FROM t); DROP TABLE p;`,
    ),
    ...['INSERT INTO total (bio)', 'WITH total (x) AS (SELECT 1) INSERT INTO archive'].map((begin) =>
      passes(
        `and ${begin} has them in an expression`,
        orphan,
        `CREATE TABLE total (bio TEXT); CREATE TABLE archive (bio TEXT); ${begin} SELECT upper(bio) FROM p; ${picked} DROP TABLE p;`,
      ),
    ),
    passes(
      'and all rows are copied as well',
      orphan,
      `${picked} CREATE TABLE archive AS SELECT * FROM p; DROP TABLE p;`,
    ),
    passes(
      'and the table is only looked into',
      orphan,
      `UPDATE t SET name = 'x' WHERE id IN (SELECT t_id FROM p); DROP TABLE p;`,
    ),
    passes(
      'while a function writes the others elsewhere',
      orphan,
      code((db) => {
        db.exec('CREATE TABLE rest (bio TEXT)');
        const others = db.all('SELECT bio FROM p WHERE t_id NOT IN (SELECT id FROM t)');
        db.exec(picked);
        for (const { bio } of others) db.run('INSERT INTO rest VALUES (?)', bio as string);
        db.exec('DROP TABLE p');
      }),
    ),
    ...elsewhere.flatMap(([what, statement]): Case[] => [
      fails(
        `and ${what}, but a row has no partner`,
        orphan,
        `${statement} ${picked} DROP TABLE p;`,
        'COLUMN_LOST',
        names('p.bio', 1),
      ),
      passes(`and ${what}, each to its partner`, profile, `${statement} ${picked} DROP TABLE p;`),
    ]),
    ...afterwards.flatMap(([what, statement]): Case[] => [
      fails(
        `and ${what}, but a row has no partner`,
        orphan,
        `${picked} ${statement} DROP TABLE p;`,
        'COLUMN_LOST',
        names('p.bio', 1),
      ),
      passes(`and ${what}, each to its partner`, profile, `${picked} ${statement} DROP TABLE p;`),
    ]),
    passes(
      'and an UPDATE changes them, after a DELETE has removed the others',
      orphan,
      `${picked} UPDATE t SET bio = '' WHERE bio IS NULL; DELETE FROM p WHERE t_id = 9; UPDATE t SET bio = upper(bio); DROP TABLE p;`,
    ),
    passes(
      'in a second statement after an UPDATE',
      profile,
      `${add} UPDATE t SET bio = (SELECT bio FROM p WHERE p.t_id = t.id) WHERE id < 2; UPDATE t SET bio = '' WHERE bio IS NULL;
       UPDATE t SET bio = (SELECT bio FROM p WHERE t_id = id) WHERE id > 1; UPDATE t SET bio = upper(bio); DROP TABLE p;`,
    ),
    passes(
      'row by row in a function, which then changes all',
      profile,
      code((db) => {
        db.exec(add);
        for (const { id } of db.all('SELECT id FROM t'))
          db.run('UPDATE t SET bio = (SELECT bio FROM p WHERE t_id = ?) WHERE id = ?', id as number, id as number);
        db.exec('UPDATE t SET bio = upper(bio)');
        db.exec('DROP TABLE p');
      }),
    ),
    passes(
      'and an expression of all rows is copied as well',
      orphan,
      `${picked} CREATE TABLE archive AS SELECT t_id, upper(bio) AS b FROM p; DROP TABLE p;`,
    ),
    passes(
      'and the larger of two values of all rows is copied as well',
      orphan,
      `${picked} CREATE TABLE archive AS SELECT t_id, max(upper(bio), min('', 'x')) AS b FROM p; DROP TABLE p;`,
    ),
    passes(
      'and a common table expression with the name of an aggregate is copied as well',
      orphan,
      `${picked} CREATE TABLE archive AS WITH a AS (SELECT 1), total(t_id, b) AS (SELECT t_id, upper(bio) FROM p) SELECT total.t_id, b FROM total; DROP TABLE p;`,
    ),
    passes(
      'and the largest of each group is copied as well',
      orphan,
      `${picked} CREATE TABLE top AS SELECT t_id, max(bio) AS b FROM p GROUP BY t_id; DROP TABLE p;`,
    ),
    fails(
      'of which an UPDATE makes other values of their column',
      `${orphan} UPDATE p SET url = bio;`,
      `UPDATE p SET bio = trim(url); ${picked} DROP TABLE p;`,
      'COLUMN_LOST',
      nine,
    ),
    passes('into columns, by joining it for each', list, `${joined} DROP TABLE s;`),
    fails(
      'into columns, by joining it for each but one',
      `${list} INSERT INTO s VALUES (1, 'lang', 'it');`,
      `${joined} DROP TABLE s;`,
      'COLUMN_LOST',
      names('s.v', 1, 'it'),
    ),
    passes(
      'and the table is joined with itself',
      `CREATE TABLE f (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT); INSERT INTO f VALUES (1, NULL, 'a'), (2, 1, 'b');`,
      rebuild(
        'f',
        'id INTEGER PRIMARY KEY, parent INTEGER, name TEXT, above TEXT',
        'INSERT INTO n SELECT f.*, p.name FROM f LEFT JOIN f AS p ON p.id = f.parent',
      ),
    ),
    passes('which is declared', orphan, `-- dunlin: destructive p.bio\n${picked} DROP TABLE p;`),
    passes(
      'while the table keeps its name: a note has the figure',
      orphan,
      `${picked} ${rebuild('p', 't_id INTEGER PRIMARY KEY, url TEXT', 'INSERT INTO n SELECT t_id, url FROM p')}`,
      /^p\.bio: 1 value left behind, because t did not get all rows$/,
    ),
  ],
};

const label = 'ALTER TABLE t ADD COLUMN label TEXT;';
const withoutName = rebuild(
  't',
  'id INTEGER PRIMARY KEY, email TEXT, label TEXT',
  'INSERT INTO n SELECT id, email, label FROM t',
);

const within: Subject = {
  name: 'values that an UPDATE puts into another column of their table, before it is rebuilt without theirs',
  cases: [
    passes('all of them', t, `${label} UPDATE t SET label = name; ${withoutName}`),
    passes(
      'in two statements',
      t,
      `${label} UPDATE t SET label = name WHERE id < 2; UPDATE t SET label = name WHERE id > 1; ${withoutName}`,
    ),
    passes('by an expression', t, `${label} UPDATE t SET label = upper(name); ${withoutName}`),
    fails(
      'but for a WHERE',
      t,
      `${label} UPDATE t SET label = name WHERE id > 1; ${withoutName}`,
      'COLUMN_LOST',
      names('t.name', 1, 'ada'),
    ),
    fails(
      'but for those of rows that have one',
      t,
      `${label} UPDATE t SET label = 'x' WHERE id = 1; UPDATE t SET label = name WHERE label IS NULL; ${withoutName}`,
      'COLUMN_LOST',
      names('t.name', 1),
    ),
    fails(
      'but not to another row',
      t,
      `${label} UPDATE t SET label = (SELECT name FROM t AS o WHERE o.id = t.id + 1); ${withoutName}`,
      'COLUMN_LOST',
      names('t.name', 1),
    ),
    fails(
      'and the rebuild leaves that out as well',
      t,
      `${label} UPDATE t SET label = name; ${withoutName.replace(', label TEXT)', ')').replace(', label FROM', ' FROM')}`,
      'COLUMN_LOST',
      column('t.name'),
    ),
  ],
};

const displacing = 'id INTEGER PRIMARY KEY, name, label TEXT, email TEXT';
const displaced = rebuild('t', displacing, 'INSERT INTO n (id, label, email) SELECT id, name, email FROM t');
const kind = `${t} CREATE TABLE kind (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO kind VALUES (10, 'ada'), (20, 'bea'), (30, 'cia');`;
const before = `CREATE TABLE n (${displacing}); INSERT INTO n (id, label, email) SELECT id, name, email FROM t;`;

const renamed: Subject = {
  name: 'a column whose values go to another, while a new one gets its name',
  cases: [
    fails('that is empty', t, displaced, 'VALUES_CHANGED', changed('t', 'name', 3)),
    fails(
      'that an UPDATE of other values fills',
      t,
      `${displaced} UPDATE t SET name = 'x';`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'that an UPDATE computes for some rows',
      t,
      `${displaced} UPDATE t SET name = length(label) WHERE id > 1;`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    passes('that an UPDATE computes', t, `${before} UPDATE n SET name = length(label); ${replace('t')}`),
    passes(
      'that an UPDATE computes afterwards',
      t,
      `${displaced} UPDATE t SET name = CASE label WHEN 'ada' THEN 1 ELSE 2 END;`,
    ),
    passes(
      'that an UPDATE looks up afterwards',
      kind,
      `${displaced} UPDATE t SET name = (SELECT kind.id FROM kind WHERE v = label);`,
    ),
    passes(
      'that a join looks up',
      kind,
      rebuild('t', displacing, 'INSERT INTO n SELECT t.id, kind.id, t.name, email FROM t JOIN kind ON v = t.name'),
    ),
    passes(
      'that a function computes afterwards',
      t,
      code((db) => {
        db.exec(displaced);
        for (const { id, label: text } of db.all('SELECT id, label FROM t'))
          db.run('UPDATE t SET name = ? WHERE id = ?', String(text).length, id as number);
      }),
    ),
    passes('that is dropped', t, `${displaced} ALTER TABLE t DROP COLUMN name;`),
    passes(
      'that is dropped, and they get the name back',
      t,
      `${displaced} ALTER TABLE t DROP COLUMN name; ALTER TABLE t RENAME COLUMN label TO name;`,
    ),
    passes(
      'that is renamed, and they get the name back',
      t,
      `${displaced} ALTER TABLE t RENAME COLUMN name TO x; ALTER TABLE t RENAME COLUMN label TO name;`,
    ),
    fails('that is renamed', t, `${displaced} ALTER TABLE t RENAME COLUMN name TO x;`, 'VALUES_CHANGED', /t\.name/),
    fails(
      'by position, in a column that is renamed',
      t,
      `${rebuild('t', 'id INTEGER PRIMARY KEY, label TEXT, name TEXT, email TEXT', 'INSERT INTO n SELECT id, name, NULL, email FROM t')} ALTER TABLE t RENAME COLUMN name TO x;`,
      'VALUES_CHANGED',
      /t\.name/,
    ),
    passes(
      'that a second rebuild leaves out',
      t,
      `${displaced} ${rebuild('t', 'id INTEGER PRIMARY KEY, label TEXT, email TEXT', 'INSERT INTO n SELECT id, label, email FROM t')}`,
    ),
    passes(
      'and a second rebuild gives them the name back',
      t,
      `${displaced} ${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT, email TEXT', 'INSERT INTO n SELECT id, label, email FROM t')}`,
    ),
    fails(
      'and a second rebuild copies',
      t,
      `${displaced} ${rebuild('t', displacing, 'INSERT INTO n SELECT * FROM t')}`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    passes(
      'and two columns swap their names back',
      t,
      `${rebuild('t', 'id INTEGER PRIMARY KEY, name TEXT, email TEXT', 'INSERT INTO n (id, email, name) SELECT * FROM t')}
      ALTER TABLE t RENAME COLUMN name TO x; ALTER TABLE t RENAME COLUMN email TO name; ALTER TABLE t RENAME COLUMN x TO email;`,
    ),
  ],
};

const namesakes = `CREATE TABLE a (id INTEGER PRIMARY KEY, lang TEXT); INSERT INTO a VALUES (1, 'en'), (2, 'de');
  CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, lang TEXT); INSERT INTO b VALUES (5, 1, 'en');`;
const unmatched = `${namesakes} INSERT INTO b VALUES (6, 9, 'de');`;
const joins: readonly (readonly [string, string])[] = [
  ['in CREATE TABLE AS', 'CREATE TABLE n AS SELECT a.id, a.lang, b.lang AS other FROM a LEFT JOIN b ON b.a_id = a.id;'],
  [
    'by position',
    'CREATE TABLE n (id, lang, other); INSERT INTO n SELECT a.id, a.lang, b.lang FROM a LEFT JOIN b ON b.a_id = a.id;',
  ],
  [
    'by a list of columns',
    'CREATE TABLE n (lang, other, id); INSERT INTO n (id, other, lang) SELECT a.id, b.lang, a.lang FROM b JOIN a ON b.a_id = a.id;',
  ],
];

const namesake: Subject = {
  name: 'a join puts the values of a column beside those of another table, which keep the name',
  cases: joins.flatMap(([way, run]): Case[] => [
    passes(`${way}, each to its partner`, `${namesakes} UPDATE b SET lang = 'fr';`, `${run} DROP TABLE b;`),
    fails(`${way}, but a row has no partner`, unmatched, `${run} DROP TABLE b;`, 'ROWS_LOST', lost('b', 2, 1)),
  ]),
};

const coded = `${t} UPDATE t SET name = '00' || id;`;
const asNumber = rebuild('t', 'id INTEGER PRIMARY KEY, name INTEGER, email TEXT', 'INSERT INTO n SELECT * FROM t');

const repaired: Subject = {
  name: 'an UPDATE sets values as well after the rebuild that converted them',
  cases: [
    passes('all of them', coded, `${asNumber} UPDATE t SET name = name + 100;`),
    fails(
      'but one',
      coded,
      `${asNumber} UPDATE t SET name = name + 100 WHERE id > 1;`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'but none',
      coded,
      `${asNumber} UPDATE t SET name = name + 100 WHERE id > 99;`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
    fails(
      'but of another column',
      coded,
      `${asNumber} UPDATE t SET email = name;`,
      'VALUES_CHANGED',
      changed('t', 'name', 3),
    ),
  ],
};

const own = `CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT, tag TEXT); INSERT INTO tag VALUES (1, 'red', 'a'), (2, 'blue', 'b');`;
const constant = (select: string): string =>
  rebuild('tag', 'id INTEGER PRIMARY KEY, name TEXT, tag TEXT', `INSERT INTO n ${select}`);
const isLost = (what: string, select: string): Case =>
  fails(what, own, constant(select), 'COLUMN_LOST', column('tag.tag'));

const ownName: Subject = {
  name: 'a constant for a column that has the name of its table',
  cases: [
    isLost('in the SELECT', `SELECT id, name, 'tag' FROM tag`),
    isLost('in a subquery', `SELECT * FROM (SELECT id, name, 'tag' FROM tag)`),
    isLost('twice in a subquery', `SELECT * FROM (SELECT id, 'tag', 'tag' FROM tag)`),
    isLost('in an expression of a subquery', `SELECT * FROM (SELECT id, name, upper('x') || 'tag' FROM tag)`),
    isLost('in a WITH', `WITH x AS (SELECT id, name, 'tag' FROM tag) SELECT * FROM x`),
    isLost('selected from the table', `SELECT id, name, (SELECT 'tag' FROM tag LIMIT 1) FROM tag`),
    isLost(
      'selected from the table in a WITH',
      `WITH x AS (SELECT id, name, (SELECT 'x' FROM tag) AS y FROM tag) SELECT * FROM x`,
    ),
    isLost('a number of rows', 'SELECT id, name, (SELECT count(*) FROM tag) FROM tag'),
    isLost(
      'whether there are rows',
      'SELECT id, name, EXISTS (SELECT 1 FROM tag JOIN tag AS other USING (id)) FROM tag',
    ),
    passes('not the column', own, constant(`SELECT * FROM (SELECT id, name, tag FROM tag)`)),
    passes(
      'not what is selected of it',
      own,
      constant(`SELECT id, name, (SELECT max(o.tag) FROM tag AS o WHERE o.id = tag.id) FROM tag`),
    ),
    passes('not an expression of it', own, constant(`SELECT * FROM (SELECT id, name, 'tag' || tag FROM tag)`)),
  ],
};

export const movedValueSubjects: readonly Subject[] = [moved, within, renamed, namesake, repaired, ownName];
