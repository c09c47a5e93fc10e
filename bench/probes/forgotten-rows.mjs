import { apply, applied, onDatabase, place, valueOf } from './folder.mjs';
import { rowsOfUsers, users } from './migrations.mjs';

export const title = 'rows that the copy of a rebuild forgets';

const forgetful = {
  name: 'forgetful',
  up: `CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO new_users (id, name) SELECT id, name FROM users WHERE id <> 2;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;\n`,
  down: 'SELECT 1;\n',
};

export function probe(tool, folder) {
  applied(tool, folder, users);
  onDatabase(folder, (db) => db.exec(rowsOfUsers));
  place(tool, folder, users, forgetful);
  const { status } = apply(tool, folder);
  if (valueOf(folder, 'SELECT count(*) FROM users') === 3) return 'refused';
  return status === 0 ? '**lost**' : 'lost, with an error';
}
