// The command line with nothing pending, as whole processes: `dunlin up` against `node -e 0` plus what a bare script
// needs to read and hash the files, open the database and select once, by the same SQLite library.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, texts, timeProcess } from './support.mjs';

const pairs = 31;
const cli = fileURLToPath(new URL('../dist/cli/dunlin.js', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
const directory = join(folder, 'migrations');
mkdirSync(directory);
for (const [name, text] of Object.entries(texts(1000))) writeFileSync(join(directory, name), text);
const database = join(folder, 'app.db');
// Those that Dunlin chooses here.
const library =
  process.versions.sqlite === undefined ? "require('better-sqlite3')" : "require('node:sqlite').DatabaseSync";
const bare = `
  const Database = ${library};
  const { createHash } = require('node:crypto');
  const fs = require('node:fs');
  for (const name of fs.readdirSync(${JSON.stringify(directory)})) createHash('sha256').update(fs.readFileSync(${JSON.stringify(directory)} + '/' + name)).digest('hex');
  const db = new Database(${JSON.stringify(database)});
  db.prepare('SELECT version, checksum FROM schema_migrations').all();
  db.close();`;

const time = (args) => timeProcess(args, root);
const up = [cli, 'up', '-d', database, '-m', directory, '--quiet'];
time(up);
const rows = [];
for (let pair = 0; pair < pairs; pair++) {
  const row = pair % 2 === 0 ? [time(up), time(['-e', bare])] : [time(['-e', bare]), time(up)].toReversed();
  rows.push({ ours: row[0], bare: row[1], ratio: row[0] / row[1] });
}
rmSync(folder, { recursive: true });
const middle = (name) => median(rows.map((row) => row[name]));
const least = Math.min(...rows.map((row) => row.ours)) / Math.min(...rows.map((row) => row.bare));
console.log(
  `command line, nothing pending, 1,000 files: ${middle('ratio').toFixed(2)} x (least ${least.toFixed(2)} x); ${middle('ours').toFixed(0)} ms against ${middle('bare').toFixed(0)} ms (budget 1.3)`,
);
