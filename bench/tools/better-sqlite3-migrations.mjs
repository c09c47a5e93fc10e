import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../support.mjs';
import { openDatabase, writeSql } from './shared.mjs';

export const label = '@blackglory/better-sqlite3-migrations';
export const packages = ['@blackglory/better-sqlite3-migrations'];
export const library = ['@blackglory/better-sqlite3-migrations'];
export const prepare = writeSql;

const [{ migrate: run }] = await load(library);

export async function migrate(folder, path) {
  const migrations = readdirSync(folder).map((name, i) => ({
    version: i + 1,
    up: readFileSync(join(folder, name), 'utf8'),
    down: '',
  }));
  const db = openDatabase(path);
  run(db, migrations);
  db.close();
}
