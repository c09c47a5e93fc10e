import { files, plain, statements } from '../migrations.mjs';
import { npmPackage, script } from '../project.mjs';

export const kysely = {
  ...npmPackage('kysely'),
  files: files(
    (title, n) => `kysely/00${n}_${title}.mjs`,
    (title) =>
      `import { sql } from 'kysely';\nexport async function up(db) { for (const one of ${JSON.stringify(statements(title))}) await sql.raw(one).execute(db); }\n`,
  ),
  dunlin: plain,
  to: 'kysely',
  rows: 'SELECT name FROM kysely_migration ORDER BY timestamp',
  apply: script(`
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FileMigrationProvider, Kysely, Migrator, SqliteDialect } from 'kysely';
import Database from 'better-sqlite3';
const db = new Kysely({ dialect: new SqliteDialect({ database: new Database('app.db') }) });
const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.resolve('kysely') });
const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
if (error) throw error;
console.log(results.length);
await db.destroy();`),
};
