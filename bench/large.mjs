// One column more in a database of 1 GB (or as many megabytes as the first argument says): how long `up` takes, its
// backup and proof included, and the peak of memory, against one tenth of the size. Each run in its own process.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { migrate } from '../dist/node/index.js';
import { makeDatabase } from './support.mjs';

const self = fileURLToPath(import.meta.url);

/** In a process of its own, so that its memory is its own. */
async function run(path) {
  const result = { totalMs: 0, copyMs: 0, proofMs: 0, peakMb: 0 };
  const started = performance.now();
  await migrate({
    database: path,
    migrations: { '1_note.sql': 'ALTER TABLE t ADD COLUMN note TEXT;' },
    onEvent: (event) => {
      if (event.type === 'backup:done') Object.assign(result, { copyMs: event.copyMs, proofMs: event.proofMs });
    },
  });
  result.totalMs = performance.now() - started;
  result.peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify(result));
}

function measure(folder, megabytes) {
  const path = join(folder, `${megabytes}.db`);
  makeDatabase(Database, path, megabytes);
  const { status, stdout, stderr } = spawnSync(process.execPath, [self, 'run', path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const { totalMs, copyMs, proofMs, peakMb } = JSON.parse(stdout);
  const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
  const share = (ms) => `${seconds(ms)} (${((100 * ms) / totalMs).toFixed(0)} %)`;
  console.log(
    `${(statSync(path).size / 1e6).toFixed(0)} MB: up ${seconds(totalMs)}; backup ${share(copyMs)}, proof ${share(proofMs)}, ` +
      `the rest, with the integrity check, ${share(totalMs - copyMs - proofMs)}; peak memory ${peakMb.toFixed(0)} MB`,
  );
  rmSync(path);
}

if (process.argv[2] === 'run') await run(process.argv[3]);
else {
  const megabytes = Number(process.argv[2] ?? 1000);
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
  try {
    measure(folder, megabytes / 10);
    rmSync(join(folder, `${megabytes / 10}.db-backups`), { recursive: true });
    measure(folder, megabytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
