import { files, sql, undo } from '../migrations.mjs';
import { npmPackage, script, sqlite3 } from '../project.mjs';

export const nodeSqlite = {
  ...npmPackage('sqlite'),
  files: files(
    (title, n) => `migrations/00${n}-${title}.sql`,
    (title) => `-- Up\n${sql[title]}\n-- Down\n${undo[title]}`,
  ),
  to: 'node-sqlite',
  rows: 'SELECT id, name, up, down FROM migrations ORDER BY id',
  apply: script(`
import { open } from 'sqlite';
import sqlite3 from '${sqlite3}';
const db = await open({ filename: 'app.db', driver: sqlite3.Database });
const count = async () => (await db.all('SELECT name FROM sqlite_schema WHERE name = ?', 'migrations')).length === 0 ? 0 : (await db.all('SELECT id FROM migrations WHERE 1 = ?', 1)).length;
const before = await count();
await db.migrate({ migrationsPath: 'migrations' });
console.log((await count()) - before);
await db.close();`),
};
