// An additive migration on a database of 100 MB: the copy before it against better-sqlite3's own backup call in one
// step, both on the disk when they are done; the proof of the copy beside it. Then the peak of memory, against 10 MB.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { migrateSync } from 'dunlin';
import { makeDatabase, median, runCommand } from '../support.mjs';

export const title = 'Backup';
export const about =
  "The copy before a migration of a database of 100 MB against better-sqlite3's own backup call in one step, both on the disk when they are done; the proof beside it.";

const pairs = 5;
const self = fileURLToPath(import.meta.url);
const allPages = 2 ** 31 - 1;

/** One run that adds one table; how long its backup and the proof took. */
function run(path, version) {
  const db = new Database(path);
  let times;
  migrateSync({
    database: db,
    migrations: Object.fromEntries(
      Array.from({ length: version }, (_, index) => [`${index + 1}_t.sql`, `CREATE TABLE more_${index + 1} (a);`]),
    ),
    backups: { keep: 1 },
    onEvent: (event) => {
      if (event.type === 'backup:done') times = event;
    },
  });
  db.close();
  return times;
}

async function own(path, target) {
  rmSync(target, { force: true });
  const db = new Database(path);
  const started = performance.now();
  await db.backup(target, { progress: () => allPages });
  const descriptor = openSync(target);
  fsyncSync(descriptor);
  closeSync(descriptor);
  const took = performance.now() - started;
  db.close();
  return took;
}

if (process.argv[2] === 'run' && process.argv[1] === self) {
  run(process.argv[3], 1);
  console.log(process.resourceUsage().maxRSS);
}

export async function measure(bench) {
  const folder = mkdtempSync(join(bench.folder, 'backup-'));
  const path = join(folder, 'app.db');
  makeDatabase(Database, path, 100);
  const rows = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const first = pair % 2 === 0 ? undefined : await own(path, join(folder, 'own.db'));
    const { copyMs, proofMs } = run(path, pair + 1);
    const bare = first ?? (await own(path, join(folder, 'own.db')));
    if (pair > 0) rows.push({ copyMs, proofMs, bare });
  }
  const of = (key) => median(rows.map((row) => row[key])).toFixed(0);
  const ratio = median(rows.map(({ copyMs, bare }) => copyMs / bare));
  const peaks = [10, 100].map((megabytes) => {
    const file = join(folder, `${megabytes}.db`);
    makeDatabase(Database, file, megabytes);
    return `${(Number(runCommand([process.execPath, self, 'run', file]).stdout) / 1024).toFixed(0)} MB`;
  });
  rmSync(folder, { recursive: true });
  return {
    lines: [
      `the copy: ${ratio.toFixed(2)} ×, ${of('copyMs')} ms against ${of('bare')} ms; the proof ${of('proofMs')} ms`,
      `peak memory of a run: ${peaks[0]} with a database of 10 MB, ${peaks[1]} with one of 100 MB`,
    ],
  };
}
