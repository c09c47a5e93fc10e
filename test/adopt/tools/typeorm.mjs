import { files, statements, whens } from '../migrations.mjs';
import { npmPackage, script } from '../project.mjs';

export const typeorm = {
  ...npmPackage('typeorm'),
  files: files(
    (title, n) => `typeorm/${whens[n - 1]}-${title}.mjs`,
    (title, n) =>
      `export class ${title[0].toUpperCase()}${title.slice(1)}${whens[n - 1]} {\n  async up(runner) { for (const one of ${JSON.stringify(statements(title))}) await runner.query(one); }\n  async down() {}\n}\n`,
  ),
  dunlin: files((title, n) => `migrations/${whens[n - 1]}_${title}.sql`),
  to: 'typeorm',
  rows: 'SELECT id, timestamp, name FROM migrations ORDER BY id',
  apply: script(`
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataSource } from 'typeorm';
const modules = await Promise.all(readdirSync('typeorm').toSorted().map((name) => import(pathToFileURL(resolve('typeorm', name)))));
const source = new DataSource({ type: 'better-sqlite3', database: 'app.db', migrations: modules.flatMap((one) => Object.values(one)) });
await source.initialize();
console.log((await source.runMigrations()).length);
await source.destroy();`),
};
