import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../support.mjs';

export const label = 'sqlite (node-sqlite)';
export const packages = ['sqlite', 'sqlite3'];
export const library = ['sqlite', 'sqlite3'];

export function prepare(folder, migrations) {
  for (const { name, statements } of migrations)
    writeFileSync(
      join(folder, `${name.replace('_', '-')}.sql`),
      `-- Up\n${statements.map((statement) => `${statement};\n`).join('')}\n-- Down\nSELECT 1;\n`,
    );
}

const [{ open }, { default: sqlite3 }] = await load(library);

export async function migrate(folder, path) {
  const db = await open({ filename: path, driver: sqlite3.Database });
  await db.migrate({ migrationsPath: folder });
  await db.close();
}
