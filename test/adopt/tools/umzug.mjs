import { plain } from '../migrations.mjs';
import { npmPackage, script } from '../project.mjs';

export const umzug = {
  ...npmPackage('umzug'),
  files: plain,
  to: 'umzug',
  rows: 'SELECT name FROM SequelizeMeta ORDER BY name',
  apply: script(`
import { readFileSync } from 'node:fs';
import { Umzug } from 'umzug';
import Database from 'better-sqlite3';
const db = new Database('app.db');
// The table as SequelizeStorage makes it, without Sequelize.
db.exec('CREATE TABLE IF NOT EXISTS \`SequelizeMeta\` (\`name\` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY);');
const umzug = new Umzug({
  migrations: { glob: 'migrations/*.sql', resolve: ({ name, path }) => ({ name, up: async () => db.exec(readFileSync(path, 'utf8')) }) },
  storage: {
    logMigration: async ({ name }) => void db.prepare('INSERT INTO SequelizeMeta VALUES (?)').run(name),
    unlogMigration: async () => {},
    executed: async () => db.prepare('SELECT name FROM SequelizeMeta ORDER BY name').pluck().all(),
  },
  logger: undefined,
});
console.log((await umzug.up()).length);`),
};
