import { applied, noticing, onDatabase } from './folder.mjs';
import { tags, users } from './migrations.mjs';

export const title = 'what reports a column added by hand';

export function probe(tool, folder) {
  applied(tool, folder, users, tags);
  const change = () => onDatabase(folder, (db) => db.exec('ALTER TABLE users ADD COLUMN nick TEXT'));
  return noticing(tool, folder, change).join(', ') || 'nothing';
}
