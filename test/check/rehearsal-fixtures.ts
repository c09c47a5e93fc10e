/** A migration that is rehearsed on rows, and what the rehearsal finds. */
export interface RehearsalFixture {
  readonly title: string;
  readonly up: string;
  /** Further migrations. */
  readonly next?: readonly string[];
  /** Losses, as `table: 2 rows`, `table.column: 2 values`, with `!` where no statement names them. */
  readonly lost?: readonly string[];
  /** `table.column: 2` for values that are others; `table: +2` for rows that came. */
  readonly changed?: readonly string[];
  /** Objects of the schema that are gone. */
  readonly removed?: readonly string[];
  /** The code with which `up` refuses it. */
  readonly refused?: string;
}

/** Four users, three notes of two of them, with a tag list, a log without a key, and what belongs to a schema. */
export const start = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, zip TEXT);
  CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, title TEXT);
  CREATE TABLE reviews (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE SET NULL, stars INTEGER);
  CREATE TABLE tags (note_id INTEGER, tag TEXT, PRIMARY KEY (note_id, tag)) WITHOUT ROWID;
  CREATE TABLE log (at TEXT, line TEXT);
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT, owner TEXT DEFAULT 'nobody');
  CREATE VIEW titles AS SELECT title FROM notes;
  CREATE TRIGGER notes_tags AFTER DELETE ON notes BEGIN DELETE FROM tags WHERE note_id = old.id; END;
  INSERT INTO users VALUES (1, 'Ada', 'ada@example.org', '00123'), (2, 'Bob', 'bob@example.org', '456'),
    (3, 'Cem', NULL, NULL), (4, 'Dot', 'dot@example.org', '789');
  INSERT INTO notes VALUES (1, 1, 'first'), (2, 1, ''), (3, 2, 'third');
  INSERT INTO reviews VALUES (1, 1, 5), (2, 2, 3);
  INSERT INTO tags VALUES (1, 'a'), (1, 'b'), (3, 'a');
  INSERT INTO log VALUES ('mon', 'x'), ('mon', 'x'), ('tue', 'y');
  INSERT INTO settings VALUES ('theme', 'dark', 'ada'), ('lang', 'en', 'bob');
`;

export const destructive: readonly RehearsalFixture[] = [
  {
    title: 'a dropped column',
    up: 'ALTER TABLE users DROP COLUMN email;',
    lost: ['users.email: 3 values'],
  },
  { title: 'a dropped table', up: 'DROP TABLE log;', lost: ['log: 3 rows'], removed: ['table log'] },
  {
    title: 'a DELETE with WHERE, on a table without a trigger',
    up: `DELETE FROM settings WHERE name = 'lang';`,
    lost: ['settings: 1 row'],
  },
  {
    title: 'a DELETE through a trigger',
    up: `-- dunlin: destructive tags\nDELETE FROM notes WHERE id = 1;`,
    lost: ['notes: 1 row', 'tags: 2 rows'],
  },
  {
    title: 'a DELETE that cascades to rows which nothing names',
    up: `-- dunlin: foreign-keys on\n-- dunlin: destructive tags\nDELETE FROM users WHERE id = 2;`,
    lost: ['users: 1 row', 'notes: 1 row !', 'reviews.user_id: 1 value !', 'tags: 1 row'],
    changed: ['reviews.user_id: 1'],
  },
  {
    title: 'a DELETE of no row beside a cascade: it names nothing',
    up: `-- dunlin: foreign-keys on\n-- dunlin: destructive tags
      DELETE FROM notes WHERE id < 0; UPDATE reviews SET user_id = NULL WHERE id < 0; DELETE FROM users WHERE id = 2;`,
    lost: ['users: 1 row', 'notes: 1 row !', 'reviews.user_id: 1 value !', 'tags: 1 row'],
    changed: ['reviews.user_id: 1'],
  },
  {
    title: 'an UPDATE of no row beside a REPLACE that leaves a column out',
    up: `UPDATE settings SET owner = NULL WHERE name = 'none';
      REPLACE INTO settings (name, value, owner) VALUES ('theme', 'dark', NULL), ('lang', 'en', NULL);`,
    lost: ['settings.owner: 2 values !'],
    changed: ['settings.owner: 2'],
  },
  {
    title: 'rows moved to a table that lacks a column',
    up: `CREATE TABLE old (name TEXT, value TEXT); INSERT INTO old SELECT name, value FROM settings; DELETE FROM settings;`,
    lost: ['settings: 2 rows'],
    changed: ['old: +2'],
  },
  {
    title: 'rows moved to a table that forgets a column, or whose column is emptied afterwards',
    up: `CREATE TABLE old (name TEXT, value TEXT, owner TEXT); INSERT INTO old (name, value) SELECT name, value FROM settings;
      DELETE FROM settings;
      CREATE TABLE read (id INTEGER, user_id INTEGER, stars INTEGER); INSERT INTO read SELECT * FROM reviews;
      DELETE FROM reviews; UPDATE read SET stars = NULL;`,
    lost: ['settings: 2 rows', 'reviews: 2 rows'],
    changed: ['old: +2', 'read: +2'],
  },
  {
    title: 'a part of the rows moved',
    up: `CREATE TABLE old (name TEXT, value TEXT, owner TEXT);
      INSERT INTO old SELECT * FROM settings WHERE name = 'lang'; DELETE FROM settings;`,
    lost: ['settings: 1 row'],
    changed: ['old: +1'],
  },
  {
    title: 'a column of which another table got no value, or some',
    up: `CREATE TABLE mails (id INTEGER, email TEXT); INSERT INTO mails SELECT id, email FROM users WHERE id < 0;
      CREATE TABLE zips (id INTEGER, zip TEXT); INSERT INTO zips SELECT id, zip FROM users WHERE id < 2;
      ALTER TABLE users DROP COLUMN email; ALTER TABLE users DROP COLUMN zip;`,
    lost: ['users.email: 3 values', 'users.zip: 2 values'],
    changed: ['zips: +1'],
  },
  {
    title: 'a column whose copy in the same row is emptied in part',
    up: `ALTER TABLE users ADD COLUMN mail TEXT; UPDATE users SET mail = email; UPDATE users SET mail = NULL WHERE id > 1;
      ALTER TABLE users DROP COLUMN email;`,
    lost: ['users.email: 2 values'],
  },
  {
    title: 'an UPDATE that cuts text',
    up: `UPDATE users SET name = substr(name, 1, 1);`,
    changed: ['users.name: 4'],
  },
  {
    title: 'a type that a rebuild converts',
    up: `-- dunlin: destructive users
      CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, zip INTEGER);
      INSERT INTO u SELECT id, name, email, zip FROM users;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    changed: ['users.zip: 1'],
  },
  {
    title: 'a rebuild whose join drops rows',
    up: `-- dunlin: destructive users
      CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, zip TEXT);
      INSERT INTO u SELECT users.id, name, email, zip FROM users JOIN notes ON notes.user_id = users.id GROUP BY users.id;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    lost: ['users: 2 rows'],
  },
  {
    title: 'the same rebuild, undeclared',
    up: `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, zip TEXT);
      INSERT INTO u SELECT users.id, name, email, zip FROM users JOIN notes ON notes.user_id = users.id GROUP BY users.id;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    refused: 'ROWS_LOST',
  },
  {
    title: 'REPLACE, whose row lacks a column',
    up: `REPLACE INTO settings (name, value) VALUES ('theme', 'light');`,
    changed: ['settings.owner: 1', 'settings.value: 1'],
  },
  {
    title: 'INSERT OR REPLACE, which takes the row of another key',
    up: `CREATE UNIQUE INDEX by_value ON settings (value);
      INSERT OR REPLACE INTO settings (name, value) VALUES ('mode', 'dark');`,
    lost: ['settings: 1 row'],
    changed: ['settings: +1'],
  },
  {
    title: 'an expression of a rebuild that keeps some values only, which the guards do not notice',
    up: `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, zip TEXT);
      INSERT INTO u SELECT id, name, CASE WHEN id = 1 THEN email END, zip FROM users;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    lost: ['users.email: 2 values !'],
    changed: ['users.email: 2'],
  },
  {
    title: 'the same expression after an UPDATE of the column, which does not explain it',
    up: `ALTER TABLE users RENAME COLUMN email TO mail; UPDATE users SET mail = lower(mail);`,
    next: [
      `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT, zip TEXT);
      INSERT INTO u SELECT id, name, CASE WHEN id = 1 THEN mail END, zip FROM users;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    ],
    lost: ['users.email: 2 values !'],
    changed: ['users.email: 2'],
  },
  {
    title: 'a declaration by the name that a column has by then',
    up: `ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN email TO mail;`,
    next: [
      `-- dunlin: destructive people.mail
      CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT, zip TEXT);
      INSERT INTO u SELECT id, name, CASE WHEN id = 1 THEN mail END, zip FROM people;
      DROP TABLE people; ALTER TABLE u RENAME TO people;`,
    ],
    lost: ['users.email: 2 values'],
    changed: ['users.email: 2'],
    removed: ['table users'],
  },
  {
    title: 'an UPDATE of keys, after which each row is another one',
    up: `UPDATE settings SET name = upper(name) WHERE name = 'lang';`,
    lost: ['settings: 1 row'],
    changed: ['settings: +1'],
  },
  {
    title: 'an UPDATE that names what it empties, before its column gets another name',
    up: `UPDATE users SET email = NULL WHERE id = 1; ALTER TABLE users RENAME COLUMN email TO mail;`,
    lost: ['users.email: 1 value'],
    changed: ['users.email: 1'],
  },
  {
    title: 'a table that is made anew with other rows',
    up: `-- dunlin: destructive log
      INSERT INTO settings SELECT 'lines', count(*), NULL FROM log;
      DROP TABLE log; CREATE TABLE log (at TEXT, line TEXT); INSERT INTO log VALUES ('new', 'row');`,
    lost: ['log: 2 rows'],
    changed: ['settings: +1'],
  },
  {
    title: 'a table whose new columns share no name with the old ones',
    up: `-- dunlin: destructive log
      INSERT INTO settings SELECT 'lines', count(*), NULL FROM log;
      DROP TABLE log; CREATE TABLE log (day TEXT);`,
    lost: ['log: 3 rows', 'log.at: 3 values', 'log.line: 3 values'],
    changed: ['settings: +1'],
  },
  {
    title: 'an UPDATE of keys, after which each row is another one',
    up: `UPDATE settings SET name = upper(name) WHERE name = 'lang';`,
    lost: ['settings: 1 row'],
    changed: ['settings: +1'],
  },
  {
    title: 'an UPDATE that names what it empties, before a rebuild that copies it',
    up: `UPDATE users SET email = NULL WHERE id = 1;
      CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, zip TEXT);
      INSERT INTO u SELECT * FROM users; DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    lost: ['users.email: 1 value'],
    changed: ['users.email: 1'],
  },
  {
    title: 'a view and a trigger that are gone',
    up: 'DROP VIEW titles; DROP TRIGGER notes_tags;',
    removed: ['trigger notes_tags', 'view titles'],
  },
  {
    title: 'equal rows of a table without a key, of which one is deleted',
    up: `DELETE FROM log WHERE rowid = 1;`,
    lost: ['log: 1 row'],
  },
  {
    title: 'rows that were moved to two tables, but for one',
    up: `-- dunlin: destructive
      CREATE TABLE old_notes (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
      CREATE TABLE new_notes (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
      INSERT INTO old_notes SELECT * FROM notes WHERE id = 1;
      INSERT INTO new_notes SELECT * FROM notes WHERE id = 3;
      DROP VIEW titles; DROP TABLE notes;`,
    lost: ['notes: 1 row'],
    changed: ['new_notes: +1', 'old_notes: +1'],
    removed: ['table notes', 'trigger notes_tags', 'view titles'],
  },
];

export const benign: readonly RehearsalFixture[] = [
  { title: 'a table with another name', up: 'ALTER TABLE users RENAME TO people;', removed: ['table users'] },
  { title: 'a column with another name', up: 'ALTER TABLE users RENAME COLUMN zip TO postcode;' },
  { title: 'a new column', up: `ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'reader';` },
  {
    title: 'a rebuild with the same values, in another order',
    up: `CREATE TABLE u (zip TEXT, name TEXT NOT NULL CHECK (name <> ''), email TEXT, id INTEGER PRIMARY KEY);
      INSERT INTO u (id, name, email, zip) SELECT id, name, email, zip FROM users;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
  },
  {
    title: 'a rebuild that gives a column another name, and then the table',
    up: `CREATE TABLE u (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, email TEXT, zip TEXT);
      INSERT INTO u SELECT id, name, email, zip FROM users;
      DROP TABLE users; ALTER TABLE u RENAME TO users;`,
    next: ['ALTER TABLE users RENAME COLUMN full_name TO called; ALTER TABLE users RENAME TO people;'],
    removed: ['table users'],
  },
  {
    title: 'columns that go to another table',
    up: `CREATE TABLE addresses (user_id INTEGER PRIMARY KEY, email TEXT, zip TEXT);
      INSERT INTO addresses SELECT id, email, zip FROM users;`,
    next: ['ALTER TABLE users DROP COLUMN email; ALTER TABLE users DROP COLUMN zip;'],
    changed: ['addresses: +4'],
  },
  {
    title: 'rows that are split over two tables',
    up: `CREATE TABLE short (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
      CREATE TABLE long (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
      INSERT INTO short SELECT * FROM notes WHERE length(title) < 3;
      INSERT INTO long SELECT * FROM notes WHERE length(title) >= 3;
      DROP VIEW titles; DROP TABLE notes;`,
    changed: ['long: +2', 'short: +1'],
    removed: ['table notes', 'trigger notes_tags', 'view titles'],
  },
  {
    title: 'a rebuild of a table without a key, one of whose rows is changed',
    up: `CREATE TABLE l (at TEXT, line TEXT); INSERT INTO l SELECT at, line FROM log; DROP TABLE log; ALTER TABLE l RENAME TO log;
      UPDATE log SET line = 'z' WHERE at = 'tue';`,
  },
  { title: 'an index', up: 'CREATE INDEX by_title ON notes (title);' },
  { title: 'a view', up: 'CREATE VIEW names AS SELECT name FROM users;' },
  {
    title: 'NULLs that get a default',
    up: `UPDATE users SET email = 'none' WHERE email IS NULL;`,
    changed: ['users.email: 1'],
  },
  {
    title: 'names that go to a table of their own, and are numbers then',
    up: `CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
      INSERT INTO owners (name) SELECT DISTINCT owner FROM settings;
      ALTER TABLE settings ADD COLUMN owner_id INTEGER;
      UPDATE settings SET owner_id = (SELECT id FROM owners WHERE owners.name = settings.owner);
      ALTER TABLE settings DROP COLUMN owner;`,
    changed: ['owners: +2'],
  },
  {
    title: 'a column that takes the values of another one',
    up: `ALTER TABLE users ADD COLUMN mail TEXT;
      UPDATE users SET mail = email;`,
    next: ['ALTER TABLE users DROP COLUMN email;'],
  },
  {
    title: 'numbers as text, which are the same values',
    up: `CREATE TABLE r (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), stars TEXT);
      INSERT INTO r SELECT * FROM reviews; DROP TABLE reviews; ALTER TABLE r RENAME TO reviews;`,
  },
  {
    title: 'a rebuild of a table without a key, by way of a temporary table',
    up: `CREATE TEMP TABLE t AS SELECT * FROM log;
      DROP TABLE log;
      CREATE TABLE log (line TEXT, at TEXT);
      INSERT INTO log (at, line) SELECT at, line FROM t;`,
  },
  {
    title: 'a column that takes the name of one that was renamed',
    up: `ALTER TABLE users RENAME COLUMN email TO mail; ALTER TABLE users ADD COLUMN email TEXT;`,
  },
  { title: 'new rows', up: `INSERT INTO tags VALUES (3, 'c');`, changed: ['tags: +1'] },
];
