import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { applied } from './folder.mjs';
import { tags, users } from './migrations.mjs';

export const title = 'copy of the database before a run';

export function probe(tool, folder) {
  applied(tool, folder, users);
  applied(tool, folder, users, tags);
  const copies = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name !== 'app.db' && isCopy(join(folder, name)),
  );
  return copies.length === 0 ? 'none' : 'made and checked';
}

/** Whether a file is a sound database with the users and without what the run has added. */
function isCopy(file) {
  if (!file.endsWith('.db') || !statSync(file).isFile()) return false;
  const db = new Database(file, { readonly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('users', 'tags')").pluck().all();
    return db.pragma('integrity_check', { simple: true }) === 'ok' && tables.join() === 'users';
  } finally {
    db.close();
  }
}
