// Migrations that every tool gets in the form of its own files.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The last import of every script that migrates. */
export const ready = `import '${pathToFileURL(join(import.meta.dirname, 'ready.mjs')).href}';`;

/**
 * A migration: its name, the SQL of both directions, Prisma's model of its table, and what Knex has instead of SQL. These
 * have one statement each, because the shadow database of Prisma's engine in WebAssembly executes no more.
 */
export const users = {
  name: 'users',
  up: 'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT);\n',
  down: 'DROP TABLE users;\n',
  model: 'model users {\n  id   Int     @id\n  name String?\n}\n',
};

export const posts = {
  name: 'posts',
  up: 'CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES users (id) ON DELETE CASCADE);\n',
  down: 'DROP TABLE posts;\n',
};

export const tags = {
  name: 'tags',
  up: 'CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY, label TEXT);\n',
  down: 'DROP TABLE tags;\n',
  model: 'model tags {\n  id    Int     @id\n  label String?\n}\n',
};

/** Rows of the application. */
export const rowsOfUsers = "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Eve');";
export const rowsOfPosts = 'INSERT INTO posts VALUES (1, 1), (2, 2);';

/** The statements of SQL without triggers, for tools that execute one at a time. */
export const statementsOf = (sql) => sql.split(/;\n/).filter((statement) => statement.trim() !== '');

/** The files of migrations, by a tool's own names and texts. */
export const filesOf = (migrations, name, text) =>
  Object.fromEntries(migrations.map((migration, i) => [name(migration.name, i + 1), text(migration)]));
