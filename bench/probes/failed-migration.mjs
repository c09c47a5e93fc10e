import { apply, applied, place, valueOf } from './folder.mjs';
import { users } from './migrations.mjs';

export const title = 'what is left of a migration that fails half-way';

const failing = {
  name: 'roles',
  up: 'ALTER TABLE users ADD COLUMN role TEXT;\nCREATE INDEX users_role ON users (nothing);\n',
  down: 'ALTER TABLE users DROP COLUMN role;\n',
};

export function probe(tool, folder) {
  applied(tool, folder, users);
  place(tool, folder, users, failing);
  if (apply(tool, folder).status === 0) return 'reports success';
  return valueOf(folder, "SELECT count(*) FROM pragma_table_info('users')") === 2 ? 'nothing' : 'a part of it';
}
