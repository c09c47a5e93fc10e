import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../support.mjs';
import { openDatabase } from './shared.mjs';

export const label = 'drizzle-orm';
export const packages = ['drizzle-orm'];
export const library = ['drizzle-orm/better-sqlite3', 'drizzle-orm/better-sqlite3/migrator'];

export function prepare(folder, migrations) {
  mkdirSync(join(folder, 'meta'), { recursive: true });
  for (const { name, statements } of migrations)
    writeFileSync(join(folder, `${name}.sql`), `${statements.join(';\n--> statement-breakpoint\n')};`);
  const entries = migrations.map(({ name }, i) => ({
    idx: i,
    version: '6',
    when: 1_700_000_000_000 + i,
    tag: name,
    breakpoints: true,
  }));
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'sqlite', entries }));
}

const [drizzle, migrator] = await load(library);

export async function migrate(folder, path) {
  const client = openDatabase(path);
  migrator.migrate(drizzle.drizzle(client), { migrationsFolder: folder });
  client.close();
}
