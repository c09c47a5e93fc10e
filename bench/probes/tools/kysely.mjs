import { npmPackage, start, write } from '../../../test/adopt/project.mjs';
import { filesOf, ready, statementsOf } from '../migrations.mjs';

const raw = (sql) => `for (const one of ${JSON.stringify(statementsOf(sql))}) await sql.raw(one).execute(db);`;
const script = (work) => `
import { promises as fs } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { FileMigrationProvider, Kysely, Migrator, PostgresDialect, SqliteDialect } from 'kysely';
${ready}
const db = new Kysely({ dialect: new SqliteDialect({ database: new Database('app.db') }) });
const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.resolve('kysely') });
const migrator = new Migrator({ db, provider });
const fail = ({ error }) => { if (error) throw error; };
${work}
await db.destroy();\n`;
const run = (folder, work) => {
  write(folder, { 'run.mjs': script(work) });
  return start(folder, [process.execPath, 'run.mjs']);
};

export const kysely = {
  ...npmPackage('kysely'),
  files: (migrations) => ({
    ...filesOf(
      migrations,
      (name, n) => `kysely/${String(n).padStart(3, '0')}_${name}.mjs`,
      ({ up, down }) => `import { sql } from 'kysely';
export async function up(db) { ${raw(up)} }
export async function down(db) { ${raw(down)} }\n`,
    ),
    'migrate.mjs': script('fail(await migrator.migrateToLatest());'),
  }),
  command: [process.execPath, 'migrate.mjs'],
  rollBack: (folder) => run(folder, 'fail(await migrator.migrateDown());'),
  comparisons: { getMigrations: (folder) => run(folder, 'console.log(await migrator.getMigrations());') },
  forPostgres(folder) {
    const table = `postgres.schema.createTable('users').addColumn('id', 'serial')`;
    return run(
      folder,
      `const postgres = new Kysely({ dialect: new PostgresDialect({}) });\nconsole.log(${table}.compile().sql);`,
    );
  },
};
