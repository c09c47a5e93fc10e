// The three migrations of every tool.
export const sql = {
  users: 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n',
  roles: 'ALTER TABLE users ADD COLUMN role TEXT;\nCREATE INDEX users_role ON users (role);\n',
  tags: 'CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT NOT NULL);\n',
};
export const undo = {
  users: 'DROP TABLE users;\n',
  roles: 'DROP INDEX users_role;\nALTER TABLE users DROP COLUMN role;\n',
  tags: 'DROP TABLE tags;\n',
};
export const titles = Object.keys(sql);

/** Times of the migrations, for tools that number by time. */
export const whens = [1700000000000, 1710000000000, 1720000000000];

/** The statements of a migration, for tools that execute one at a time. */
export const statements = (title) => sql[title].split(';\n').filter((statement) => statement !== '');

/** The three files by their names. */
export const files = (name, text = (title) => sql[title]) =>
  Object.fromEntries(titles.map((title, i) => [name(title, i + 1), text(title, i + 1)]));

/** The same migrations as SQL, for tools whose own files are code. */
export const plain = files((title, n) => `migrations/00${n}_${title}.sql`);
