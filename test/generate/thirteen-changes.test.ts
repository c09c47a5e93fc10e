import { expect, it } from 'vitest';
import { applied, differences, fileOf, generate } from './support.ts';

// The changes that a table with rows, cascading children, a trigger and a view makes hard.

const columns: readonly (readonly [string, string])[] = [
  ['id', 'INTEGER PRIMARY KEY AUTOINCREMENT'],
  ['name', 'TEXT'],
  ['code', 'TEXT'],
  ['email', 'TEXT'],
  ['role', "TEXT DEFAULT 'guest'"],
  ['bio', 'TEXT'],
  ['team_id', 'INTEGER'],
];

interface Shape {
  readonly columns?: Readonly<Record<string, string | undefined>>;
  readonly after?: string;
  readonly options?: string;
  readonly indexes?: string;
}

function schema({
  columns: replaced = {},
  after = '',
  options = '',
  indexes = 'CREATE INDEX users_email ON users (email);',
}: Shape = {}): string {
  const all = new Map(columns.map(([name, definition]): [string, string | undefined] => [name, definition]));
  for (const [name, definition] of Object.entries(replaced)) all.set(name, definition);
  const parts = [...all]
    .filter(([, definition]) => definition !== undefined)
    .map(([name, definition]) => `${name} ${definition}`);
  return `CREATE TABLE teams (id INTEGER PRIMARY KEY);
CREATE TABLE log (line TEXT);
CREATE TABLE users (${[...parts, ...(after === '' ? [] : [after])].join(', ')})${options};
${indexes}
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE);
CREATE TRIGGER users_log AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (old.role || ' to ' || new.role); END;
CREATE VIEW people AS SELECT id, code FROM users WHERE id > 0;`;
}

const rows = `INSERT INTO teams VALUES (1), (2);
INSERT INTO users (id, name, code, email, role, bio, team_id) VALUES
  (1, 'Ada', '00123', 'ada@example.org', 'guest', 'counts', 1),
  (2, NULL, '17', 'bob@example.org', 'guest', NULL, 2),
  (3, 'Eve', '80', NULL, 'admin', NULL, NULL),
  (4, 'Mallory', '50', NULL, 'guest', NULL, NULL),
  (5, 'Gone', '51', NULL, 'guest', NULL, NULL);
DELETE FROM users WHERE id = 5;
INSERT INTO posts VALUES (1, 1), (2, 1), (3, 2), (4, 3);`;

const partial = "CREATE UNIQUE INDEX users_email ON users (email) WHERE role <> 'gone';";

interface Case {
  readonly from?: Shape;
  readonly to: Shape;
  readonly values?: Readonly<Record<string, string>>;
  /** The values of `users.code` afterwards. Default: as they were. */
  readonly codes?: readonly unknown[];
  readonly rebuilds?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'a NOT NULL column without a default': {
    to: { columns: { age: 'INTEGER NOT NULL' } },
    values: { 'users.age': 'length(code)' },
    rebuilds: false,
  },
  'TEXT becomes INTEGER': {
    to: { columns: { code: 'INTEGER' } },
    values: { 'users.code': 'CAST(code AS TEXT)' },
    codes: [123, 17, 80, 50],
  },
  'a column with NULL becomes NOT NULL': {
    to: { columns: { name: 'TEXT NOT NULL' } },
    values: { 'users.name': "'nobody'" },
    rebuilds: false,
  },
  'a CHECK': { to: { after: 'CONSTRAINT named CHECK (length(code) > 0)' } },
  UNIQUE: { to: { columns: { email: 'TEXT UNIQUE' } } },
  'another default': { to: { columns: { role: "TEXT DEFAULT 'user'" } } },
  'an indexed column is dropped': { to: { columns: { email: undefined }, indexes: '' }, rebuilds: false },
  'an expression as default': { to: { columns: { made: 'TEXT DEFAULT (CURRENT_TIMESTAMP)' } } },
  'a stored generated column': { to: { columns: { domain: 'TEXT AS (substr(email, 5)) STORED' } } },
  'a foreign key of a column that is there': { to: { columns: { team_id: 'INTEGER REFERENCES teams (id)' } } },
  'a default of a STRICT table': {
    from: { options: ' STRICT' },
    to: { options: ' STRICT', columns: { role: "TEXT DEFAULT 'user'" } },
  },
  'a default beside COLLATE NOCASE': {
    from: { columns: { name: 'TEXT COLLATE NOCASE' } },
    to: { columns: { name: 'TEXT COLLATE NOCASE', role: "TEXT DEFAULT 'user'" } },
  },
  'a default beside a partial unique index': {
    from: { indexes: partial },
    to: { indexes: partial, columns: { role: "TEXT DEFAULT 'user'" } },
  },
};

it.each(Object.entries(cases))('%s: everything else stays', (_, { from, to, values = {}, codes, rebuilds = true }) => {
  const [before, wanted] = [schema(from), schema(to)];
  const generated = generate(before, wanted);
  expect(generated.up.includes('legacy_alter_table'), generated.up).toBe(rebuilds);
  const downValues = { 'users.email': 'NULL', 'users.code': 'code', ...values };
  const { database, runner } = applied(before, rows, fileOf(generated, downValues));
  const read = (sql: string): unknown[] => database.prepare(sql).pluck().all();
  expect(differences(database, wanted)).toEqual([]);
  expect(read('SELECT code FROM users ORDER BY id')).toEqual(codes ?? ['00123', '17', '80', '50']);
  expect(read('SELECT count(*) FROM posts')).toEqual([4]);
  expect(read(`SELECT seq FROM sqlite_sequence WHERE name = 'users'`)).toEqual([5]);
  expect(read('SELECT count(*) FROM log')).toEqual([0]);
  expect(read('SELECT count(*) FROM people')).toEqual([4]);
  expect(read('PRAGMA foreign_key_check')).toEqual([]);
  runner.downSync();
  expect(differences(database, before)).toEqual([]);
  expect(read('SELECT count(*) FROM posts')).toEqual([4]);
});
