import { apply, applied, onDatabase, place, valueOf } from './folder.mjs';
import { posts, rowsOfPosts, rowsOfUsers, users } from './migrations.mjs';

export const title = 'rows that refer to a rebuilt table (`ON DELETE CASCADE`)';

/** As drizzle-kit, Prisma and the documentation of SQLite write it; Knex has a builder for it. */
const rebuild = {
  name: 'not_null',
  up: `PRAGMA foreign_keys=OFF;
CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO new_users (id, name) SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
PRAGMA foreign_keys=ON;\n`,
  down: 'SELECT 1;\n',
  knex: "await knex.schema.alterTable('users', (table) => table.string('name').notNullable().alter());",
};

export function probe(tool, folder) {
  applied(tool, folder, users, posts);
  onDatabase(folder, (db) => db.exec(rowsOfUsers + rowsOfPosts));
  place(tool, folder, users, posts, rebuild);
  const { status, output } = apply(tool, folder);
  if (status !== 0) throw new Error(`${tool.name} does not rebuild\n${output}`);
  return valueOf(folder, 'SELECT count(*) FROM posts') === 2 ? 'stay' : '**deleted**';
}
