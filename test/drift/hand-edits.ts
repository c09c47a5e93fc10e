import BetterSqlite3 from 'better-sqlite3';
import type { TestDatabase } from '../support/databases.ts';

/** One migration with something of everything. */
export const migrations: Record<string, string> = {
  '001_all.sql': `
    CREATE TABLE teams (id INTEGER PRIMARY KEY, title TEXT, code TEXT);
    CREATE TABLE users (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL DEFAULT 'nobody' COLLATE NOCASE, -- as it is shown
      age INTEGER CHECK (age > 0),
      team_id INTEGER REFERENCES teams (id) ON DELETE CASCADE,
      shout TEXT AS (upper(name)) VIRTUAL,
      CONSTRAINT adult CHECK (age > 17),
      UNIQUE (name, age)
    );
    CREATE INDEX users_age ON users (age);
    CREATE VIEW grown AS SELECT id, name FROM users WHERE age > 17;
    CREATE TRIGGER stamp AFTER INSERT ON users WHEN new.age IS NULL BEGIN UPDATE users SET age = 18 WHERE id = new.id; END;
    CREATE VIRTUAL TABLE search USING fts5 (text);`,
};

type Edit = (db: TestDatabase) => void;

const run =
  (sql: string): Edit =>
  (db) =>
    db.exec(sql);

/** Makes the table users anew with another text, and what belongs to it as it was. */
const remake =
  (from: string, to: string): Edit =>
  (db) => {
    const rows = db.rows<{ type: string; sql: string }>(
      `SELECT type, sql FROM sqlite_schema WHERE tbl_name = 'users' AND sql IS NOT NULL ORDER BY rowid`,
    );
    db.exec('DROP TABLE users');
    for (const { type, sql } of rows) db.exec(type === 'table' ? replaced(sql, from, to) : sql);
  };

const again =
  (type: string, name: string, from: string, to: string): Edit =>
  (db) => {
    const sql = String(db.value(`SELECT sql FROM sqlite_schema WHERE name = '${name}'`));
    db.exec(`DROP ${type} ${name}`);
    db.exec(replaced(sql, from, to));
  };

/** Writes the stored text itself, as only a connection in unsafe mode can. */
const rewrite =
  (name: string, from: string, to: string): Edit =>
  (db) => {
    const other = new BetterSqlite3(db.path).unsafeMode();
    other.pragma('writable_schema = ON');
    const found = other.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(name);
    other.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(replaced(String(found), from, to), name);
    other.close();
  };

function replaced(sql: string, from: string, to: string): string {
  if (!sql.includes(from)) throw new Error(`${from} is not in ${sql}`);
  return sql.replace(from, to);
}

/** What somebody does by hand, and each line that reports it. */
export const edits: readonly (readonly [string, Edit, readonly string[]])[] = [
  ['a table is added', run('CREATE TABLE extra (a)'), ['table extra exists, no migration made it']],
  ['a table is dropped', run('DROP TABLE search'), ['table search is gone']],
  [
    'a table is renamed',
    run('PRAGMA foreign_keys = OFF; DROP VIEW grown; ALTER TABLE users RENAME TO people'),
    [
      'view grown is gone',
      'table people exists, no migration made it',
      'index users_age on people: table differs',
      'trigger stamp on people: table differs; body differs',
      'table users is gone',
    ],
  ],
  [
    'a virtual table is added',
    run('CREATE VIRTUAL TABLE more USING fts5 (a)'),
    ['table more exists, no migration made it'],
  ],
  ['a column is added', run('ALTER TABLE teams ADD COLUMN nick TEXT'), ['table teams: column nick was added by hand']],
  ['a column is dropped', run('ALTER TABLE teams DROP COLUMN code'), ['table teams: column code is gone']],
  [
    'a column is renamed',
    run('ALTER TABLE teams RENAME COLUMN code TO short'),
    ['table teams: column code is now called short'],
  ],
  [
    'a column’s name is spelt differently',
    remake('age INTEGER', 'Age INTEGER'),
    ['table users: column Age differs in name'],
  ],
  [
    'columns change places',
    (db) => {
      remake('      id INTEGER PRIMARY KEY,\n', '')(db);
      remake('age INTEGER CHECK (age > 0),', 'age INTEGER CHECK (age > 0), id INTEGER PRIMARY KEY,')(db);
    },
    ['table users: column id is at another position'],
  ],
  ['a type', remake('age INTEGER', 'age TEXT'), ['table users: column age differs in type']],
  ['a type is left out', remake('age INTEGER', 'age'), ['table users: column age differs in type']],
  ['NOT NULL is left out', remake('NOT NULL', ''), ['table users: column name differs in NOT NULL']],
  [
    'NOT NULL is added',
    remake('CHECK (age > 0)', 'CHECK (age > 0) NOT NULL'),
    ['table users: column age differs in NOT NULL'],
  ],
  ['a default', remake(`'nobody'`, `'Nobody'`), ['table users: column name differs in DEFAULT']],
  ['a collation', remake('COLLATE NOCASE', 'COLLATE RTRIM'), ['table users: column name differs in COLLATE']],
  ['a CHECK of a column', remake('age > 0', 'age > 1'), ['table users: column age differs in CHECK']],
  ['a CHECK of the table', remake('age > 17', 'age > 20'), ['table users: adult differs']],
  ['a CHECK of the table is gone', remake('CONSTRAINT adult CHECK (age > 17),', ''), ['table users: adult is gone']],
  [
    'a UNIQUE of the table',
    remake('UNIQUE (name, age)', 'UNIQUE (age, name)'),
    ['table users: UNIQUE (name, age) is gone; UNIQUE (age, name) was added by hand'],
  ],
  ['a UNIQUE of a column', remake('age INTEGER', 'age INTEGER UNIQUE'), ['table users: column age differs in UNIQUE']],
  [
    'the action of a foreign key',
    remake('ON DELETE CASCADE', 'ON DELETE SET NULL'),
    ['table users: column team_id differs in REFERENCES'],
  ],
  [
    'a foreign key is gone',
    remake('REFERENCES teams (id) ON DELETE CASCADE', ''),
    ['table users: column team_id differs in REFERENCES'],
  ],
  ['a generated column', remake('upper(name)', 'lower(name)'), ['table users: column shout differs in GENERATED']],
  ['a generated column is stored', remake('VIRTUAL', 'STORED'), ['table users: column shout differs in GENERATED']],
  [
    'AUTOINCREMENT',
    remake('id INTEGER PRIMARY KEY', 'id INTEGER PRIMARY KEY AUTOINCREMENT'),
    ['table users: column id differs in PRIMARY KEY'],
  ],
  ['STRICT', remake('\n    )', '\n    ) STRICT'), ['table users: STRICT was added by hand']],
  ['WITHOUT ROWID', remake('\n    )', '\n    ) WITHOUT ROWID'), ['table users: WITHOUT ROWID was added by hand']],
  [
    'several things at once',
    remake('age INTEGER CHECK (age > 0)', 'age TEXT DEFAULT 1'),
    ['table users: column age differs in type, CHECK, DEFAULT'],
  ],
  [
    'an index is added',
    run('CREATE INDEX idx_x ON users (name)'),
    ['index idx_x on users exists, no migration made it'],
  ],
  ['an index is dropped', run('DROP INDEX users_age'), ['index users_age on users is gone']],
  [
    'an index becomes unique',
    again('INDEX', 'users_age', 'INDEX', 'UNIQUE INDEX'),
    ['index users_age on users: UNIQUE was added by hand'],
  ],
  [
    'an index becomes partial',
    again('INDEX', 'users_age', '(age)', '(age) WHERE age > 1'),
    ['index users_age on users: WHERE was added by hand'],
  ],
  [
    'an index has other columns',
    again('INDEX', 'users_age', '(age)', '(age DESC, name)'),
    ['index users_age on users: columns differs'],
  ],
  [
    'a trigger’s event',
    again('TRIGGER', 'stamp', 'AFTER INSERT', 'AFTER UPDATE OF age'),
    ['trigger stamp on users: event differs'],
  ],
  ['a trigger’s condition', again('TRIGGER', 'stamp', 'IS NULL', '= 0'), ['trigger stamp on users: WHEN differs']],
  ['a trigger’s body', again('TRIGGER', 'stamp', 'age = 18', 'age = 19'), ['trigger stamp on users: body differs']],
  ['a trigger is dropped', run('DROP TRIGGER stamp'), ['trigger stamp on users is gone']],
  ['a view', again('VIEW', 'grown', 'age > 17', 'age > 20'), ['view grown differs']],
  [
    'a view becomes a table',
    run('DROP VIEW grown; CREATE TABLE grown (id, name)'),
    ['table grown exists, no migration made it', 'view grown is gone'],
  ],
  [
    'the stored text is written',
    rewrite('teams', 'title TEXT', 'title TEXT NOT NULL'),
    ['table teams: column title differs in NOT NULL'],
  ],
];

/** What changes the text and not the schema. */
export const harmless: readonly (readonly [string, Edit])[] = [
  ['white space', remake('(age > 17)', '(  age\n>\t17 )')],
  ['comments', remake('-- as it is shown', '/* no, as it is typed */ -- or so')],
  ['the case of keywords', remake('NOT NULL DEFAULT', 'not null Default')],
  [
    'the case of types and collations',
    remake("TEXT NOT NULL DEFAULT 'nobody' COLLATE NOCASE", "text NOT NULL DEFAULT 'nobody' COLLATE nocase"),
  ],
  ['needless quotes', remake('name TEXT', '"name" [TEXT]')],
  ['the order of a column’s constraints', remake(`NOT NULL DEFAULT 'nobody'`, `DEFAULT 'nobody' NOT NULL`)],
  ['words that may be left out', remake('AS (upper(name)) VIRTUAL', 'GENERATED ALWAYS AS (upper(name))')],
  ['a table is renamed and back', run('ALTER TABLE teams RENAME TO t; ALTER TABLE t RENAME TO teams')],
  ['the same again', again('VIEW', 'grown', '', '')],
  ['rows, statistics, VACUUM', run(`INSERT INTO users (age) VALUES (20); ANALYZE; PRAGMA user_version = 7; VACUUM`)],
  [
    'temporary objects',
    run('CREATE TEMP TABLE users (a); CREATE TEMP TRIGGER r AFTER INSERT ON main.teams BEGIN SELECT 1; END'),
  ],
  ['rows of a virtual table', run(`INSERT INTO search VALUES ('some words')`)],
  ['the stored text is written', rewrite('teams', 'title TEXT', 'title    text /* x */')],
];
