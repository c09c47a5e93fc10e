import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { fails, names, passes, type Subject } from './case.ts';
import { rebuild, replace, t, u } from './schemas.ts';

const p = `CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE); INSERT INTO p VALUES (1, 'one'), (2, 'two');`;
const c = `CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id)); INSERT INTO c VALUES (1, 1), (2, 1), (3, 2), (4, NULL);`;
const family = p + c;
const orphans = `${family} PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (8, 88), (9, 99); PRAGMA foreign_keys = ON;`;
const replacing = family.replace('code TEXT UNIQUE', 'code TEXT UNIQUE ON CONFLICT REPLACE');
const status = `CREATE TABLE status (id INTEGER PRIMARY KEY, name TEXT);`;
const addStatus = 'ALTER TABLE t ADD COLUMN status_id INTEGER NOT NULL DEFAULT 1 REFERENCES status (id);';
const halls = `CREATE TABLE hall (house TEXT, name TEXT, PRIMARY KEY (house, name)) WITHOUT ROWID; INSERT INTO hall VALUES ('a', 'red'), ('b', 'blue');
  CREATE TABLE gig (id INTEGER PRIMARY KEY, house TEXT, hall TEXT, FOREIGN KEY (house, hall) REFERENCES hall (house, name)); INSERT INTO gig VALUES (1, 'a', 'red'), (2, 'b', 'blue');`;
const countries = `CREATE TABLE country (code TEXT COLLATE NOCASE PRIMARY KEY); INSERT INTO country VALUES ('at'), ('ch');
  CREATE TABLE town (id INTEGER PRIMARY KEY, country TEXT REFERENCES country (code)); INSERT INTO town VALUES (1, 'AT'), (2, 'ch');`;

const noChildRows =
  p + `CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id)); INSERT INTO c VALUES (4, NULL);`;
const rebuildChild = `CREATE TABLE c_new (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id), note TEXT); INSERT INTO c_new (id, p_id) SELECT id, p_id FROM c; DROP TABLE c; ALTER TABLE c_new RENAME TO c;`;
const renameParentFirst = `ALTER TABLE p RENAME TO p_old; CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE); INSERT INTO p SELECT * FROM p_old; DROP TABLE p_old;`;

/** No row shows it: the next INSERT with a parent fails. */
const leftBehind: Subject = {
  name: 'foreign keys that a RENAME leaves without a table',
  cases: [
    fails(
      'the child is rebuilt before its parent',
      noChildRows,
      rebuildChild + renameParentFirst,
      'FOREIGN_KEYS_VIOLATED',
      /c now refers to p_old, which does not exist/,
    ),
    fails(
      'the child has another foreign key that the migration writes',
      `${noChildRows} CREATE TABLE q (id INTEGER PRIMARY KEY);`,
      `ALTER TABLE c ADD COLUMN q_id INTEGER REFERENCES q (id); ${renameParentFirst}`,
      'FOREIGN_KEYS_VIOLATED',
      /c now refers to p_old, which does not exist/,
    ),
    passes(
      'the child is new',
      p,
      `CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id)); INSERT INTO c VALUES (1, NULL); ${renameParentFirst}`,
    ),
    passes(
      'the foreign key is new',
      p + `CREATE TABLE c (id INTEGER PRIMARY KEY); INSERT INTO c VALUES (4);`,
      `ALTER TABLE c ADD COLUMN p_id INTEGER REFERENCES p (id); ${renameParentFirst}`,
    ),
    passes(
      'the parent is created later',
      p,
      `CREATE TABLE d (id INTEGER PRIMARY KEY, q_id INTEGER REFERENCES q (id));`,
    ),
    passes(
      'the child is rebuilt after its parent',
      noChildRows,
      `PRAGMA legacy_alter_table = ON; ${renameParentFirst} PRAGMA legacy_alter_table = OFF; ${rebuildChild}`,
    ),
  ],
};

const violations: Subject = {
  name: 'new foreign-key violations',
  cases: [
    fails(
      'an upsert sets the key of the parent',
      family,
      `INSERT INTO p VALUES (1, 'one') ON CONFLICT (id) DO UPDATE SET id = 50;`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'an upsert with a comment in DO UPDATE sets it',
      family,
      `INSERT INTO p VALUES (1, 'one') ON CONFLICT (id) DO/**/UPDATE SET id = 50;`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'an upsert on another unique column sets it',
      family,
      `INSERT INTO main.p VALUES (50, 'one') ON CONFLICT (code) DO UPDATE SET id = excluded.id;`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'an upsert sets one column of a key of two',
      halls,
      `INSERT INTO hall VALUES ('a', 'red') ON CONFLICT DO UPDATE SET name = 'green';`,
      'FOREIGN_KEYS_VIOLATED',
      names('gig', 'hall', 1),
    ),
    fails(
      'an INSERT into a parent with ON CONFLICT REPLACE',
      replacing,
      `INSERT INTO p VALUES (9, 'one');`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'an UPDATE of a parent with ON CONFLICT REPLACE',
      replacing,
      `UPDATE p SET code = 'one' WHERE id = 2;`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'REPLACE INTO the parent by its other unique column',
      family,
      `REPLACE INTO p VALUES (9, 'one');`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'a trigger on INSERT into the parent changes its keys',
      `${family} CREATE TRIGGER p_made AFTER INSERT ON p BEGIN UPDATE p SET id = id + 10 WHERE id <> new.id; END;`,
      `INSERT INTO p VALUES (3, 'three');`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 3),
    ),
    fails(
      'a trigger on UPDATE of the parent changes its keys',
      `${family} CREATE TRIGGER p_named AFTER UPDATE OF code ON p BEGIN UPDATE p SET id = id + 10 WHERE id = new.id; END;`,
      `UPDATE p SET code = 'eins' WHERE id = 1;`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'a trigger on another table changes the keys of the parent',
      `${family} CREATE TABLE log (v); CREATE TRIGGER log_made AFTER INSERT ON log BEGIN UPDATE p SET id = 50 WHERE id = 1; END;`,
      'INSERT INTO log VALUES (1);',
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'a trigger that the migration makes',
      family,
      `CREATE TRIGGER p_made AFTER INSERT ON p BEGIN UPDATE p SET id = 50 WHERE id = 1; END; INSERT INTO p VALUES (3, 'three');`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'ADD COLUMN with a default that refers to no row',
      t + status,
      addStatus,
      'FOREIGN_KEYS_VIOLATED',
      names('t', 'status', 3),
    ),
    fails(
      'the same, while another row is there',
      t + status,
      `INSERT INTO status VALUES (2, 'done'); ${addStatus}`,
      'FOREIGN_KEYS_VIOLATED',
      names('t', 'status', 3),
    ),
    fails(
      'the same in two migrations of one run',
      t,
      [status, addStatus],
      'FOREIGN_KEYS_VIOLATED',
      names('t', 'status', 3),
    ),
    fails(
      'ADD COLUMN with a default that refers to a table of text keys',
      `${t} CREATE TABLE "the kinds" (kind TEXT PRIMARY KEY);`,
      `ALTER TABLE "t" ADD kind TEXT DEFAULT 'plain' REFERENCES "the kinds";`,
      'FOREIGN_KEYS_VIOLATED',
      names('t', 'the kinds', 3),
    ),
    fails(
      'one violation is replaced by another',
      orphans,
      'DELETE FROM c WHERE id = 8; INSERT INTO c VALUES (10, 1010);',
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p'),
    ),
    fails(
      'an orphan gets another value',
      orphans,
      'UPDATE c SET p_id = 77 WHERE p_id = 88;',
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p'),
    ),
    fails(
      'an orphan is adopted while another is made',
      orphans,
      'UPDATE c SET p_id = 1 WHERE id = 8; UPDATE c SET p_id = 1010 WHERE id = 1;',
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p'),
    ),
    fails(
      'an orphan more of a value that is there already',
      orphans,
      'DELETE FROM c WHERE id = 8; INSERT INTO c VALUES (10, 99);',
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p'),
    ),
    fails(
      'one violation is replaced by another in a rebuild',
      orphans,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id)); INSERT INTO n SELECT id, CASE p_id WHEN 88 THEN 1010 ELSE p_id END FROM c; ${replace('c')}`,
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p'),
    ),
    fails(
      'the parent gets new ids in a rebuild',
      family,
      rebuild('p', 'id INTEGER PRIMARY KEY, code TEXT UNIQUE', 'INSERT INTO n SELECT id + 100, code FROM p'),
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 3),
    ),
    fails(
      'the parent gets new ids in a rebuild, while its child had orphans that now have a parent',
      `${family} PRAGMA foreign_keys = OFF; DELETE FROM c; INSERT INTO c VALUES (1, 1), (2, 2), (3, 101), (4, 102); PRAGMA foreign_keys = ON;`,
      rebuild('p', 'id INTEGER PRIMARY KEY, code TEXT UNIQUE', 'INSERT INTO n SELECT id + 100, code FROM p'),
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    fails(
      'the parent loses NOCASE in a rebuild',
      countries,
      rebuild('country', 'code TEXT PRIMARY KEY', 'INSERT INTO n SELECT code FROM country'),
      'FOREIGN_KEYS_VIOLATED',
      names('town', 'country', 1),
    ),
    fails(
      'in code',
      family,
      {
        up: (db: MigrationDatabase) =>
          void db.run(`INSERT INTO p VALUES (?, 'one') ON CONFLICT (id) DO UPDATE SET id = ?`, 1, 50),
      },
      'FOREIGN_KEYS_VIOLATED',
      names('c', 'p', 2),
    ),
    passes(
      'an upsert that leaves the key alone',
      family,
      `INSERT INTO p VALUES (1, 'eins') ON CONFLICT (id) DO UPDATE SET code = excluded.code;`,
    ),
    passes(
      'an INSERT into a parent with ON CONFLICT REPLACE that replaces nothing',
      replacing,
      `INSERT INTO p VALUES (9, 'nine');`,
    ),
    passes(
      'the key changes, and the children with it',
      family,
      'UPDATE p SET id = 50 WHERE id = 1; UPDATE c SET p_id = 50 WHERE p_id = 1;',
    ),
    passes('the children first', family, 'UPDATE c SET p_id = 50 WHERE p_id = 1; UPDATE p SET id = 50 WHERE id = 1;'),
    passes(
      'ON UPDATE CASCADE with foreign keys on',
      family.replace('REFERENCES p (id)', 'REFERENCES p (id) ON UPDATE CASCADE'),
      '-- dunlin: foreign-keys on\nUPDATE p SET id = 50 WHERE id = 1;',
    ),
    passes(
      'a trigger changes keys that nobody refers to',
      `${family} INSERT INTO p VALUES (5, 'five'); CREATE TRIGGER p_made AFTER INSERT ON p BEGIN UPDATE p SET id = 55 WHERE id = 5; END;`,
      `INSERT INTO p VALUES (6, 'six');`,
    ),
    passes(
      'ADD COLUMN with a default that refers to a row',
      t + status,
      `INSERT INTO status VALUES (1, 'new'); ${addStatus}`,
    ),
    passes(
      'ADD COLUMN first, the row later in the same migration',
      t + status,
      `${addStatus} INSERT INTO status VALUES (1, 'new');`,
    ),
    passes(
      'ADD COLUMN without a default',
      t + status,
      'ALTER TABLE t ADD COLUMN status_id INTEGER REFERENCES status (id);',
    ),
    passes(
      'ADD COLUMN with a default to a table without rows',
      `CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE keep (v); INSERT INTO keep VALUES (1); ${status}`,
      addStatus,
    ),
    passes('old violations stay', orphans, `INSERT INTO c VALUES (10, 1); UPDATE p SET code = 'eins' WHERE id = 1;`),
    passes(
      'old violations stay in a rebuild that gives new ids to the child',
      orphans,
      rebuild(
        'c',
        'id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id)',
        'INSERT INTO n SELECT id + 100, p_id FROM c',
      ),
    ),
    passes(
      'old violations move with their table',
      orphans,
      'CREATE TABLE kids (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id)); INSERT INTO kids SELECT * FROM c; DROP TABLE c;',
    ),
    passes('rebuildTable changes the parent', orphans, {
      up: (db: MigrationDatabase) =>
        void db.rebuildTable('p', (table) => table.changeColumn('code', { notNull: true })),
    }),
    passes(
      'old violations stay in a rebuild of the parent',
      orphans,
      rebuild('p', 'id INTEGER PRIMARY KEY, code TEXT UNIQUE', 'INSERT INTO n SELECT * FROM p'),
    ),
    passes('an old violation is mended', orphans, 'UPDATE c SET p_id = 1 WHERE id = 8; DELETE FROM c WHERE id = 9;'),
    passes('a child and its parent made in the run', u, [p, c, `INSERT INTO c VALUES (10, 2);`]),
  ],
};

const account = `CREATE TABLE account (id INTEGER PRIMARY KEY, code TEXT, country TEXT); CREATE UNIQUE INDEX account_code ON account (code); INSERT INTO account VALUES (1, 'a', 'at'), (2, 'b', 'ch');`;
const entry = `CREATE TABLE entry (id INTEGER PRIMARY KEY, account TEXT REFERENCES account (code)); INSERT INTO entry VALUES (1, 'a'), (2, 'b');`;
const book = account + entry;
const pair = `CREATE TABLE account (code TEXT, country TEXT); CREATE UNIQUE INDEX account_pair ON account (code, country); INSERT INTO account VALUES ('a', 'at');
  CREATE TABLE entry (code TEXT, country TEXT, FOREIGN KEY (code, country) REFERENCES account (code, country)); INSERT INTO entry VALUES ('a', 'at');`;

const uniqueKeys: Subject = {
  name: 'a unique index that a foreign key needs',
  cases: [
    fails('dropped', book, 'DROP INDEX account_code;', 'FOREIGN_KEYS_VIOLATED', names('entry')),
    fails(
      'dropped by its schema and in quotes',
      book,
      'DROP INDEX IF EXISTS main."ACCOUNT_CODE";',
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'dropped, while the child has no row',
      account + entry.replace(/INSERT.*/, ''),
      'DROP INDEX account_code;',
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'made again, and not unique',
      book,
      'DROP INDEX account_code; CREATE INDEX account_code ON account (code);',
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'made again, and partial',
      book,
      'DROP INDEX account_code; CREATE UNIQUE INDEX account_code ON account (code) WHERE code IS NOT NULL;',
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'made again with one column more',
      book,
      'DROP INDEX account_code; CREATE UNIQUE INDEX account_code ON account (code, country);',
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'made again in another collation',
      book,
      'DROP INDEX account_code; CREATE UNIQUE INDEX account_code ON account (code COLLATE NOCASE);',
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails('of two columns, dropped', pair, 'DROP INDEX account_pair;', 'FOREIGN_KEYS_VIOLATED', names('entry')),
    fails(
      'a constraint left out in a rebuild',
      book
        .replace('code TEXT,', 'code TEXT UNIQUE,')
        .replace('CREATE UNIQUE INDEX account_code ON account (code); ', ''),
      rebuild('account', 'id INTEGER PRIMARY KEY, code TEXT, country TEXT', 'INSERT INTO n SELECT * FROM account'),
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'made and dropped in one run',
      u,
      [book, 'DROP INDEX account_code;'],
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    fails(
      'in code',
      book,
      { up: (db: MigrationDatabase) => void db.exec('DROP INDEX account_code') },
      'FOREIGN_KEYS_VIOLATED',
      names('entry'),
    ),
    passes(
      'dropped and made again',
      book,
      'DROP INDEX account_code; CREATE UNIQUE INDEX account_code ON account (code);',
    ),
    passes(
      'made again under another name',
      book,
      'DROP INDEX account_code; CREATE UNIQUE INDEX account_key ON account (code);',
    ),
    passes(
      'the two columns of it in another order',
      pair,
      'DROP INDEX account_pair; CREATE UNIQUE INDEX account_pair ON account (country, code);',
    ),
    passes(
      'dropped, while another one serves',
      `${book} CREATE UNIQUE INDEX second ON account (code);`,
      'DROP INDEX account_code;',
    ),
    passes(
      'a unique index that no foreign key needs',
      `${book} CREATE UNIQUE INDEX account_country ON account (country);`,
      'DROP INDEX account_country;',
    ),
    passes('dropped together with the child', book, 'DROP TABLE entry; DROP INDEX account_code;'),
  ],
};

const house = `CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO user VALUES (1, 'ada'), (2, 'bea');`;
const post = `CREATE TABLE post (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user (id)); INSERT INTO post VALUES (1, 1), (2, 2);`;
const kept = `ALTER TABLE user RENAME TO user_v1; CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT, age INTEGER); INSERT INTO user (id, name) SELECT id, name FROM user_v1;`;

const oldTables: Subject = {
  name: 'an old table that is kept under a new name',
  cases: [
    passes('a foreign key of another table follows it', house + post, kept, /post.*user_v1|user_v1.*post/),
    passes(
      'a view follows it',
      `${house} CREATE VIEW names AS SELECT name FROM user;`,
      kept,
      /names.*user_v1|user_v1.*names/,
    ),
    passes(
      'a trigger of another table follows it',
      `${house} ${post} CREATE TRIGGER post_made AFTER INSERT ON post BEGIN UPDATE user SET name = name WHERE id = new.user_id; END;`,
      kept,
      /post_made.*user_v1|user_v1.*post_made/,
    ),
    passes(
      'with quoted names that hold spaces',
      `CREATE TABLE "the user" (id INTEGER PRIMARY KEY); INSERT INTO "the user" VALUES (1); CREATE TABLE post (user_id INTEGER REFERENCES "the user" (id)); INSERT INTO post VALUES (1);`,
      'ALTER TABLE "the user" RENAME TO "old user"; CREATE TABLE "the user" (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO "the user" (id) SELECT id FROM "old user";',
      /post.*old user|old user.*post/,
    ),
    passes(
      'the new table is made first and renamed',
      house + post,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, age INTEGER); INSERT INTO n (id, name) SELECT id, name FROM user; ALTER TABLE user RENAME TO user_v1; ALTER TABLE n RENAME TO user;`,
      /post.*user_v1|user_v1.*post/,
    ),
    passes(
      'by CREATE TABLE AS',
      house + post,
      'ALTER TABLE user RENAME TO user_v1; CREATE TABLE user AS SELECT * FROM user_v1;',
      /post.*user_v1|user_v1.*post/,
    ),
    fails(
      'and then dropped',
      house + post,
      `${kept} DROP TABLE user_v1;`,
      'FOREIGN_KEYS_VIOLATED',
      names('post', 'user_v1'),
    ),
    passes('nothing refers to it', house, kept, 'none'),
    passes(
      'with legacy_alter_table the references stay',
      house + post,
      `PRAGMA legacy_alter_table = ON; ${kept}`,
      'none',
    ),
    passes('a plain rename, and no new table', house + post, 'ALTER TABLE user RENAME TO person;', 'none'),
    passes(
      'a copy is kept, and the table itself stays',
      house + post,
      'CREATE TABLE user_v1 AS SELECT * FROM user;',
      'none',
    ),
    passes(
      'the reference is made anew',
      house + post,
      `${kept} ${rebuild('post', 'id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user (id)', 'INSERT INTO n SELECT * FROM post')}`,
      'none',
    ),
  ],
};

export const referenceSubjects: readonly Subject[] = [violations, uniqueKeys, oldTables, leftBehind];
