import { migrate as run } from 'dunlin';
import { openDatabase, writeSql } from './shared.mjs';

export const label = 'dunlin';
export const prepare = writeSql;

export async function migrate(folder, path) {
  const db = openDatabase(path);
  await run({ database: db, migrations: folder, backups: { keep: 1 } });
  db.close();
}
