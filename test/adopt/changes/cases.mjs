// Changes of a schema, from which drizzle-kit writes the migration.

/** The columns of `users` before the change, as Drizzle's schema has them. */
const columns = {
  id: 'integer().primaryKey({ autoIncrement: true })',
  name: 'text()',
  email: 'text()',
  age: 'text()',
  bio: 'text()',
  role: 'text()',
  teamId: "integer('team_id')",
};

/** A schema: `columns` with some replaced, or left out if undefined; constraints of the table; what its index is on. */
function schema(replaced = {}, constraints = '', indexed = 't.email') {
  const all = Object.entries({ ...columns, ...replaced }).filter(([, definition]) => definition !== undefined);
  return `import { sql } from 'drizzle-orm';
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
export const teams = sqliteTable('teams', { id: integer().primaryKey() });
export const users = sqliteTable(
  'users',
  { ${all.map(([name, definition]) => `${name}: ${definition}`).join(', ')} },
  (t) => [index('users_email').on(${indexed})${constraints}],
);
export const posts = sqliteTable('posts', {
  id: integer().primaryKey(),
  userId: integer('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
});
`;
}

/** What people add by `drizzle-kit generate --custom`, because Drizzle's schema has no word for it. */
export const custom = `CREATE TABLE log (line text);
--> statement-breakpoint
CREATE TRIGGER users_log AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (old.role || ' to ' || new.role); END;`;
export const view = `
--> statement-breakpoint
CREATE VIEW people AS SELECT id, email FROM users WHERE age > '17';`;
export const rows = `INSERT INTO teams VALUES (1), (2);
INSERT INTO users (id, name, email, age, bio, role, team_id) VALUES
  (1, 'Ada', 'ada@example.org', '36', 'counts', 'guest', 1),
  (2, 'Bob', 'bob@example.org', '17', NULL, 'guest', 2),
  (3, 'Eve', NULL, '80', NULL, 'admin', NULL),
  (4, 'Mallory', NULL, '50', NULL, 'guest', NULL);
DELETE FROM users WHERE id = 4;
INSERT INTO posts VALUES (1, 1), (2, 1), (3, 2), (4, 3);
`;

const domain = 'text().generatedAlwaysAs(sql`substr(email, instr(email, char(64)) + 1)`)';
const notNull = { name: 'text().notNull()' };
const isNotNull = `SELECT "notnull" FROM pragma_table_info('users') WHERE name = 'name'`;
const has = (text) => `SELECT instr(sql, '${text.replaceAll("'", "''")}') > 0 FROM sqlite_schema WHERE name = 'users'`;

/**
 * Each change: its title; the schema before it, if it is another one, and after it; what people write into the first file that drizzle-kit has written;
 * further statements of the custom migration; the query that is true after the change; and what the change itself
 * removes or renames.
 */
const change = ({ before = schema(), edit = (text) => text, more = '', ...others }) => ({
  before,
  edit,
  customWithoutView: custom + more,
  custom: custom + more + view,
  rows,
  ...others,
});

/** Writes into the first file what follows the definition of a column or a table there. */
const insert = (after, text) => (file) => {
  if (!after.test(file)) throw new Error(`drizzle-kit has not written ${after}:\n${file}`);
  return file.replace(after, (found) => found + text);
};

export const changes = [
  change({ title: 'NOT NULL', after: schema(notNull), done: isNotNull }),
  change({
    title: 'type: text to integer',
    after: schema({ age: 'integer()' }),
    done: "SELECT type = 'INTEGER' COLLATE NOCASE FROM pragma_table_info('users') WHERE name = 'age'",
  }),
  change({
    title: 'CHECK',
    after: schema({}, ", check('named', sql`length(name) > 0`)"),
    done: has('length(name) > 0'),
  }),
  change({
    title: 'UNIQUE',
    after: schema({ email: 'text().unique()' }),
    done: `SELECT "unique" FROM pragma_index_list('users') WHERE name LIKE '%unique%'`,
  }),
  change({
    title: 'default',
    after: schema({ role: "text().default('guest')" }),
    done: has("DEFAULT 'guest'"),
  }),
  change({
    title: 'dropped column',
    after: schema({ bio: undefined }),
    done: "SELECT count(*) = 0 FROM pragma_table_info('users') WHERE name = 'bio'",
    gone: 'bio',
  }),
  change({
    title: 'expression as default',
    after: schema({ role: "text().default(sql`(lower('GUEST'))`)" }),
    done: has("DEFAULT (lower('GUEST'))"),
  }),
  change({
    title: 'foreign key',
    after: schema({ teamId: "integer('team_id').references(() => teams.id)" }),
    done: "SELECT count(*) FROM pragma_foreign_key_list('users')",
  }),
  change({
    title: 'renamed column',
    after: schema({ name: undefined, fullName: "text('full_name')" }),
    // The second of the two answers that drizzle-kit offers: not a new column, a new name.
    answer: '\u001B[B\r',
    done: "SELECT count(*) FROM pragma_table_info('users') WHERE name = 'full_name'",
    renamed: ['name', 'full_name'],
  }),
  change({
    title: 'NOT NULL in a STRICT table',
    edit: insert(/CREATE TABLE `users` \([^;]*\)(?=;)/, ' STRICT'),
    after: schema(notNull),
    done: isNotNull,
  }),
  change({
    title: 'NOT NULL beside COLLATE NOCASE',
    edit: insert(/`email` text/, ' COLLATE NOCASE'),
    after: schema(notNull),
    done: isNotNull,
  }),
  change({
    title: 'NOT NULL beside a partial index',
    more: "\n--> statement-breakpoint\nCREATE UNIQUE INDEX users_admin ON users (email) WHERE role = 'admin';",
    after: schema(notNull),
    done: isNotNull,
  }),
  change({
    title: 'NOT NULL beside a generated column',
    more: '\n--> statement-breakpoint\nALTER TABLE users ADD COLUMN domain TEXT AS (substr(email, instr(email, char(64)) + 1));',
    after: schema(notNull),
    done: isNotNull,
  }),
  change({
    title: 'NOT NULL beside an index on an expression',
    before: schema({}, '', 'sql`lower(email)`'),
    after: schema(notNull, '', 'sql`lower(email)`'),
    done: isNotNull,
  }),
  change({
    title: 'new generated column',
    after: schema({ domain }),
    done: "SELECT count(*) FROM pragma_table_xinfo('users') WHERE name = 'domain' AND hidden = 2",
  }),
  change({
    title: 'NOT NULL beside a generated column of its schema',
    before: schema({ domain }),
    after: schema({ domain, ...notNull }),
    done: isNotNull,
  }),
];

/** Changes that the rows do not allow, and what Dunlin has to say of them. */
export const refused = [
  change({
    title: 'NOT NULL where a row has NULL',
    after: schema({ email: 'text().notNull()' }),
    named: 'email is NULL in 1 row (id 3)',
  }),
  change({
    title: 'UNIQUE where two rows have the same',
    rows: `${rows}UPDATE users SET email = 'ada@example.org' WHERE id = 2;\n`,
    after: schema({ email: 'text().unique()' }),
    named: "email 'ada@example.org' in 2 rows (id 1; id 2)",
  }),
  change({
    title: 'CHECK that a row does not fulfil',
    after: schema({}, ", check('adult', sql`age > '17'`)"),
    named: 'CHECK adult is false for 1 row (id 2)',
  }),
  change({
    title: 'foreign key where a row refers to nothing',
    rows: `${rows}UPDATE users SET team_id = 7 WHERE id = 3;\n`,
    after: schema({ teamId: "integer('team_id').references(() => teams.id)" }),
    named: '1 row of users refers to a row of teams that does not exist (0 before): 7',
  }),
  change({
    title: 'new column with an expression as default',
    after: schema({ since: 'integer().default(sql`(unixepoch())`)' }),
    named: 'Cannot add a column with non-constant default',
  }),
];
