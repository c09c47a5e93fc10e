import { files, plain, statements } from '../migrations.mjs';
import { npmPackage, script } from '../project.mjs';

export const knex = {
  ...npmPackage('knex'),
  files: files(
    (title, n) => `knex/00${n}_${title}.js`,
    (title) =>
      `exports.up = async (knex) => { for (const one of ${JSON.stringify(statements(title))}) await knex.raw(one); };\nexports.down = async () => {};\n`,
  ),
  dunlin: plain,
  to: 'knex',
  rows: 'SELECT id, name FROM knex_migrations ORDER BY id',
  apply: script(`
import knex from 'knex';
const db = knex({ client: 'better-sqlite3', connection: { filename: 'app.db' }, useNullAsDefault: true, migrations: { directory: 'knex' } });
const [, applied] = await db.migrate.latest();
console.log(applied.length);
await db.destroy();`),
};
