import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const isNodeSqlite = process.env.DUNLIN_BENCH_DRIVER === 'node:sqlite';
const Database = isNodeSqlite
  ? process.getBuiltinModule('node:sqlite').DatabaseSync
  : (await import('better-sqlite3')).default;
// The library itself is loaded with the first database.
new Database(':memory:').close();

/** Opens a database by the library that the tools are measured with: `node:sqlite` where DUNLIN_BENCH_DRIVER says so. */
export function openDatabase(path) {
  return new Database(path);
}

/** One SQL file for each migration. */
export function writeSql(folder, migrations) {
  for (const migration of migrations) writeFileSync(join(folder, `${migration.name}.sql`), textOf(migration));
}

/** The text of a migration file. */
export function textOf({ name, statements }) {
  return `-- ${name} of the benchmark\n${statements.map((statement) => `${statement};\n`).join('')}`;
}
