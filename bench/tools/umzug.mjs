// As its README has it: SQL files, and a storage of a few lines; better-sqlite3 below. It brings no transaction.
import { readFileSync } from 'node:fs';
import { load } from '../support.mjs';
import { openDatabase, writeSql } from './shared.mjs';

export const label = 'umzug';
export const packages = ['umzug'];
export const library = ['umzug'];
export const prepare = writeSql;

const [{ Umzug }] = await load(library);

function open(folder, db) {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)');
  return new Umzug({
    migrations: {
      glob: ['*.sql', { cwd: folder }],
      resolve: ({ name, path, context }) => ({ name, up: async () => context.exec(readFileSync(path, 'utf8')) }),
    },
    context: db,
    storage: {
      logMigration: async ({ name }) => void db.prepare('INSERT INTO migrations (name) VALUES (?)').run(name),
      unlogMigration: async ({ name }) => void db.prepare('DELETE FROM migrations WHERE name = ?').run(name),
      executed: async () =>
        db
          .prepare('SELECT name FROM migrations')
          .all()
          .map(({ name }) => name),
    },
    logger: undefined,
  });
}

export async function migrate(folder, path) {
  const db = openDatabase(path);
  await open(folder, db).up();
  db.close();
}

export async function status(folder, path) {
  const db = openDatabase(path);
  const umzug = open(folder, db);
  for (const { name } of await umzug.executed()) console.log(`${name} applied`);
  for (const { name } of await umzug.pending()) console.log(`${name} pending`);
  db.close();
}
