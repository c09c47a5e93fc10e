import { migrate as run } from 'dunlin';
import { openDatabase, writeSql } from './shared.mjs';

export const label = 'dunlin';
export const prepare = writeSql;

// What is counted must not depend on whether the run takes longer than two seconds.
const commit = process.env.DUNLIN_BENCH_COUNTS === undefined ? {} : { commit: 'run' };

export async function migrate(folder, path) {
  const db = openDatabase(path);
  await run({ database: db, migrations: folder, backups: { keep: 1 }, ...commit });
  db.close();
}
