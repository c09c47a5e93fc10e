import { promises as fs, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { load, peers } from '../support.mjs';
import { openDatabase } from './shared.mjs';

export const label = 'kysely';
export const packages = ['kysely'];
export const library = ['kysely'];

export function prepare(folder, migrations) {
  const kysely = JSON.stringify(pathToFileURL(path.join(peers, 'kysely/dist/esm/index.js')).href);
  for (const { name, statements } of migrations)
    writeFileSync(
      path.join(folder, `${name}.mjs`),
      `import { sql } from ${kysely};\nexport async function up(db) {\n${statements.map((statement) => `  await sql.raw(${JSON.stringify(statement)}).execute(db);\n`).join('')}}\n`,
    );
}

const [{ FileMigrationProvider, Kysely, Migrator, SqliteDialect }] = await load(library);

async function open(folder, database) {
  const db = new Kysely({ dialect: new SqliteDialect({ database: openDatabase(database) }) });
  return {
    db,
    migrator: new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder: folder }) }),
  };
}

export async function migrate(folder, database) {
  const { db, migrator } = await open(folder, database);
  const { error } = await migrator.migrateToLatest();
  await db.destroy();
  if (error !== undefined) throw error;
}

export async function status(folder, database) {
  const { db, migrator } = await open(folder, database);
  for (const { name, executedAt } of await migrator.getMigrations())
    console.log(`${name} ${executedAt === undefined ? 'pending' : 'applied'}`);
  await db.destroy();
}
