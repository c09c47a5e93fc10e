import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../support.mjs';
import { openDatabase } from './shared.mjs';

export const label = 'typeorm';
export const packages = ['typeorm'];
export const library = ['typeorm'];

export function prepare(folder, migrations) {
  for (const [i, { name, statements }] of migrations.entries()) {
    const className = `Table${1_700_000_000_000 + i}`;
    writeFileSync(
      join(folder, `${name}.cjs`),
      `exports.${className} = class ${className} {\n  async up(runner) {\n${statements.map((statement) => `    await runner.query(${JSON.stringify(statement)});\n`).join('')}  }\n  async down() {}\n};\n`,
    );
  }
}

const [{ DataSource }] = await load(library);
// The driver is loaded before the work, as for the others.
openDatabase(':memory:').close();

export async function migrate(folder, path) {
  const source = new DataSource({ type: 'better-sqlite3', database: path, migrations: [join(folder, '*.cjs')] });
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
}
