// One column more in a database of 1 GB, against one tenth of the size. Each run in its own process.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { migrate } from 'dunlin';
import { makeDatabase, runCommand } from '../support.mjs';

export const title = 'A large database';
export const about =
  'One column more: how long `up` takes, and the shares of the backup, its proof, and the rest, with the integrity check.';

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

function line(folder, megabytes) {
  const path = join(folder, `${megabytes}.db`);
  makeDatabase(Database, path, megabytes);
  const { stdout } = runCommand([process.execPath, self, 'run', path]);
  const { totalMs, copyMs, proofMs, peakMb } = JSON.parse(stdout);
  const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
  const share = (ms) => `${seconds(ms)} (${((100 * ms) / totalMs).toFixed(0)} %)`;
  const size = statSync(path).size;
  rmSync(path);
  rmSync(`${path}-backups`, { recursive: true });
  return (
    `${(size / 1e6).toFixed(0)} MB: ${seconds(totalMs)}; backup ${share(copyMs)}, proof ${share(proofMs)}, ` +
    `the rest ${share(totalMs - copyMs - proofMs)}; peak memory ${peakMb.toFixed(0)} MB`
  );
}

if (process.argv[2] === 'run' && process.argv[1] === self) await run(process.argv[3]);

export function measure(bench) {
  const folder = mkdtempSync(join(bench.folder, 'large-'));
  const lines = [100, 1000].map((megabytes) => line(folder, megabytes));
  rmSync(folder, { recursive: true });
  return { lines };
}
