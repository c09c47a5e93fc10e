// The command line with nothing pending, as whole processes: `dunlin up` against `node -e 0` plus what a bare script
// needs to read and hash the files, open the database and select once.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, texts } from './support.mjs';

const runs = 15;
const cli = fileURLToPath(new URL('../dist/cli/dunlin.js', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
const directory = join(folder, 'migrations');
mkdirSync(directory);
for (const [name, text] of Object.entries(texts(1000))) writeFileSync(join(directory, name), text);
const database = join(folder, 'app.db');
const driver = process.versions.sqlite === undefined ? '@photostructure/sqlite' : 'node:sqlite';
const bare = `
  const { DatabaseSync } = require(${JSON.stringify(driver)});
  const { createHash } = require('node:crypto');
  const fs = require('node:fs');
  for (const name of fs.readdirSync(${JSON.stringify(directory)})) createHash('sha256').update(fs.readFileSync(${JSON.stringify(directory)} + '/' + name)).digest('hex');
  const db = new DatabaseSync(${JSON.stringify(database)});
  db.prepare('SELECT version, checksum FROM schema_migrations').all();
  db.close();`;

function time(args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - began;
}

const up = [cli, 'up', '-d', database, '-m', directory, '--quiet'];
time(up);
const ours = [];
const theirs = [];
for (let run = 0; run < runs; run++) {
  ours.push(time(up));
  theirs.push(time(['-e', bare]));
}
rmSync(folder, { recursive: true });
console.log(
  `command line, nothing pending, 1,000 files: ${(median(ours) / median(theirs)).toFixed(2)} x; ${median(ours).toFixed(0)} ms against ${median(theirs).toFixed(0)} ms (budget 1.3)`,
);
