// One migration file of 200 MB, most of it INSERTs of one row.
import { mkdtempSync, openSync, closeSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../support.mjs';

export const title = 'A large file';
export const about = 'A migration of 200 MB of SQL, INSERTs of one row each, on a new database.';

const megabytes = 200;

export function measure(bench) {
  const folder = mkdtempSync(join(bench.folder, 'file-'));
  const file = join(folder, '00001_seed.sql');
  write(file);
  const size = `${(statSync(file).size / 1e6).toFixed(0)} MB`;
  const lines = ['bare', 'dunlin'].map((name) => {
    const database = join(bench.folder, `${name}.db`);
    const { work, workCpu, peak } = runTool({
      name,
      tool: bench.tools[name],
      action: 'migrate',
      folder,
      databases: [database],
    });
    rmSync(database);
    return `${bench.tools[name].label}, ${size}: ${(work / 1000).toFixed(1)} s (processor ${(workCpu / 1000).toFixed(1)} s), peak memory ${peak.toFixed(0)} MB`;
  });
  rmSync(folder, { recursive: true });
  return { lines };
}

function write(file) {
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, 'CREATE TABLE seed (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT);\n');
  const note = 'a sentence of the benchmark, as long as in the seed data of an application. '.repeat(2).trim();
  let id = 0;
  for (let written = 0; written < megabytes * 1e6;) {
    const lines = Array.from({ length: 1000 }, () => {
      id += 1;
      return `INSERT INTO seed (id, name, note) VALUES (${id}, 'Item ${id}', '${note}');\n`;
    });
    written += writeSync(descriptor, lines.join(''));
  }
  closeSync(descriptor);
}
