import { files, statements, titles, whens } from '../migrations.mjs';
import { npmPackage, script } from '../project.mjs';

const journal = (count) =>
  JSON.stringify({
    version: '7',
    dialect: 'sqlite',
    entries: titles
      .slice(0, count)
      .map((title, idx) => ({ idx, version: '6', when: whens[idx], tag: `000${idx}_${title}`, breakpoints: true })),
  });

export const drizzle = {
  ...npmPackage('drizzle-orm'),
  files: files(
    (title, n) => `drizzle/000${n - 1}_${title}.sql`,
    (title) => statements(title).join(';\n--> statement-breakpoint\n'),
  ),
  beside: (count) => ({ 'drizzle/meta/_journal.json': journal(count) }),
  options: ['--migrations', 'drizzle'],
  to: 'drizzle',
  rows: 'SELECT hash, created_at FROM __drizzle_migrations ORDER BY created_at',
  apply: script(`
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import Database from 'better-sqlite3';
const client = new Database('app.db');
const count = () => client.prepare("SELECT count(*) FROM sqlite_schema WHERE name = '__drizzle_migrations'").pluck().get() && client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get();
const before = count();
migrate(drizzle(client), { migrationsFolder: 'drizzle' });
console.log(count() - before);`),
};
