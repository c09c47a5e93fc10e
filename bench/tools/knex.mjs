import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../support.mjs';
import { openDatabase } from './shared.mjs';

export const label = 'knex';
export const packages = ['knex'];
export const library = ['knex'];

export function prepare(folder, migrations) {
  for (const { name, statements } of migrations)
    writeFileSync(
      join(folder, `${name}.cjs`),
      `exports.up = async (knex) => {\n${statements.map((statement) => `  await knex.raw(${JSON.stringify(statement)});\n`).join('')}};\nexports.down = async () => {};\n`,
    );
}

const [{ default: Knex }] = await load(library);
// The driver is loaded before the work, as for the others.
openDatabase(':memory:').close();

const open = (folder, path) =>
  Knex({
    client: 'better-sqlite3',
    connection: { filename: path },
    useNullAsDefault: true,
    migrations: { directory: folder, loadExtensions: ['.cjs'] },
  });

export async function migrate(folder, path) {
  const knex = open(folder, path);
  await knex.migrate.latest();
  await knex.destroy();
}

export async function status(folder, path) {
  const knex = open(folder, path);
  const [done, pending] = await knex.migrate.list();
  await knex.destroy();
  for (const { name } of done) console.log(`${name} applied`);
  for (const { file } of pending) console.log(`${file} pending`);
}
