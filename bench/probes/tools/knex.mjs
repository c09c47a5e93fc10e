import { npmPackage, start, write } from '../../../test/adopt/project.mjs';
import { filesOf, ready, statementsOf } from '../migrations.mjs';

const raw = (sql) => `for (const one of ${JSON.stringify(statementsOf(sql))}) await knex.raw(one);`;
const script = (work) => `
import Knex from 'knex';
${ready}
const knex = Knex({ client: 'better-sqlite3', connection: { filename: 'app.db' }, useNullAsDefault: true, migrations: { directory: 'knex' } });
${work}
await knex.destroy();\n`;
const run = (folder, work) => {
  write(folder, { 'run.mjs': script(work) });
  return start(folder, [process.execPath, 'run.mjs']);
};

export const knex = {
  ...npmPackage('knex'),
  files: (migrations) => ({
    ...filesOf(
      migrations,
      (name, n) => `knex/${String(n).padStart(3, '0')}_${name}.js`,
      ({ up, down, knex: own = raw(up) }) =>
        `exports.up = async (knex) => { ${own} };\nexports.down = async (knex) => { ${raw(down)} };\n`,
    ),
    'migrate.mjs': script('await knex.migrate.latest();'),
  }),
  command: [process.execPath, 'migrate.mjs'],
  rollBack: (folder) => run(folder, 'await knex.migrate.down();'),
  comparisons: { 'migrate.list': (folder) => run(folder, 'console.log(await knex.migrate.list());') },
  forPostgres(folder) {
    const table = `Knex({ client: 'pg' }).schema.createTable('users', (table) => table.increments())`;
    return run(folder, `console.log(${table}.toString());`);
  },
};
