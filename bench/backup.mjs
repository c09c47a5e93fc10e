// An additive migration on a database of 100 MB: the copy before it against better-sqlite3's own backup call in one
// step, both on the disk when they are done; the proof of the copy beside it. Then the peak of memory, against 10 MB.
import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { migrateSync } from '../dist/node/index.js';
import { makeDatabase, median } from './support.mjs';

const pairs = 7;
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

if (process.argv[2] === 'run') {
  run(process.argv[3], 1);
  console.log(process.resourceUsage().maxRSS);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
  const path = join(folder, 'app.db');
  makeDatabase(Database, path, 100);
  const rows = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const first = pair % 2 === 0 ? undefined : await own(path, join(folder, 'own.db'));
    const { copyMs, proofMs } = run(path, pair + 1);
    const bare = first ?? (await own(path, join(folder, 'own.db')));
    if (pair > 0) rows.push({ copyMs, proofMs, bare });
  }
  const ratio = median(rows.map(({ copyMs, bare }) => copyMs / bare));
  const of = (key) => median(rows.map((row) => row[key])).toFixed(0);
  console.log(
    `backup of ${(statSync(path).size / 1e6).toFixed(0)} MB: ${ratio.toFixed(2)} x; clock ${of('copyMs')} ms against ${of('bare')} ms; proof ${of('proofMs')} ms (budget 1.3)`,
  );
  const peaks = [10, 100].map((megabytes) => {
    const file = join(folder, `${megabytes}.db`);
    makeDatabase(Database, file, megabytes);
    const { status, stdout, stderr } = spawnSync(process.execPath, [self, 'run', file], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout) / 1024;
  });
  console.log(`peak memory with 10 MB ${peaks[0].toFixed(0)} MB, with 100 MB ${peaks[1].toFixed(0)} MB`);
  rmSync(folder, { recursive: true });
}
