import { applied, printed, valueOf } from './folder.mjs';
import { tags, users } from './migrations.mjs';

export const title = 'rolls back the last migration';

export function probe(tool, folder) {
  applied(tool, folder, users, tags);
  if (tool.rollBack === undefined) return 'no';
  const { status, output } = printed(tool.rollBack(folder));
  const tables = valueOf(folder, "SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('users', 'tags')");
  if (status !== 0 || tables !== 'users') throw new Error(`${tool.name} has ${tables} after a rollback\n${output}`);
  return 'yes';
}
