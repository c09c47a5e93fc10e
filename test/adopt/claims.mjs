// What the pages of docs/guides/coming-from say that the other tools do: measured, so that it stays true of the versions
// that are installed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { write } from './project.mjs';
import { dbmate } from './tools/dbmate.mjs';
import { drizzle } from './tools/drizzle.mjs';
import { knex } from './tools/knex.mjs';
import { kysely } from './tools/kysely.mjs';
import { prisma } from './tools/prisma.mjs';
import { sequelize } from './tools/sequelize.mjs';
import { typeorm } from './tools/typeorm.mjs';
import { umzug } from './tools/umzug.mjs';
import { wrangler } from './tools/wrangler.mjs';

/**
 * What is left of two pending migrations if the second one fails at its second statement: nothing, the first one, or also
 * a part of the second. And of two rows that refer to a table with ON DELETE CASCADE, when it is rebuilt.
 */
const claims = [
  ['drizzle-orm', drizzle, { left: 'nothing', rows: 0 }],
  ['prisma', prisma, { left: 'a part', rows: 2 }],
  ['knex', knex, { left: 'nothing', rows: 0 }],
  ['kysely', kysely, { left: 'a part', rows: 2 }],
  ['umzug', umzug, { left: 'a part', rows: 2 }],
  ['sequelize-cli', sequelize, { left: 'a part', rows: 2 }],
  ['typeorm', typeorm, { left: 'nothing', rows: 2 }],
  ['@dbmate/linux-x64', dbmate, { left: 'the first', rows: 2 }],
  ['wrangler', wrangler, { left: 'the first', rows: 0 }],
];

/** The packages, each with what measures its claims in a folder. */
export const measured = claims.map(([name, tool, { left, rows }]) => [
  name,
  (folder) => {
    assert.equal(leftByFailure(tool, join(folder, 'failure')), left);
    assert.equal(rowsAfterRebuild(tool, join(folder, 'rebuild')), rows);
  },
]);

/** The second migration of every tool, and what its tool has between statements. */
const second = /ALTER TABLE users ADD COLUMN role TEXT(?<between>[^A-Z]*)CREATE INDEX users_role ON users \(role\)/;

const rebuild = [
  'PRAGMA foreign_keys=OFF',
  'CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT, role TEXT)',
  'INSERT INTO new_users (id, name) SELECT id, name FROM users',
  'DROP TABLE users',
  'ALTER TABLE new_users RENAME TO users',
  'PRAGMA foreign_keys=ON',
];

const posts = `CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES users ON DELETE CASCADE);
INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace');
INSERT INTO posts VALUES (1, 1), (2, 2);`;

function leftByFailure(tool, folder) {
  place(tool, folder, 2, (text) => text.replace('users (role)', 'users (nothing)'));
  assert.throws(() => tool.apply(folder));
  const columns = onDatabase(tool, folder, (db) => db.prepare("SELECT name FROM pragma_table_info('users')").all());
  return { 0: 'nothing', 2: 'the first', 3: 'a part' }[columns.length];
}

function rowsAfterRebuild(tool, folder) {
  place(tool, folder, 1);
  tool.apply(folder);
  onDatabase(tool, folder, (db) => db.exec(posts));
  place(tool, folder, 2, (text) => text.replace(second, (...[, between]) => rebuild.join(between)));
  assert.equal(tool.apply(folder), 1);
  return onDatabase(tool, folder, (db) => db.prepare('SELECT count(*) FROM posts').pluck().get());
}

function place(tool, folder, count, edited = (text) => text) {
  const files = Object.entries(tool.files).slice(0, count);
  write(folder, {
    ...Object.fromEntries(files.map(([name, text], i) => [name, i === 1 ? edited(text) : text])),
    ...tool.beside?.(count),
  });
}

function onDatabase(tool, folder, work) {
  const db = new Database(join(folder, tool.database?.(folder) ?? 'app.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}
