// Nothing pending, 1,000 files, in process: against reading and hashing those files, opening and one SELECT. Then the
// same with a bundle, against opening and one SELECT.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateSync } from '../dist/node/index.js';
import { measurePair, texts } from './support.mjs';

const count = 1000;
const folder = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
const directory = join(folder, 'migrations');
mkdirSync(directory);
const bundle = texts(count);
for (const [name, text] of Object.entries(bundle)) writeFileSync(join(directory, name), text);
const path = join(folder, 'app.db');

const migrateWith = (migrations) => () => {
  const db = new Database(path);
  migrateSync({ database: db, migrations });
  db.close();
};
const select = () => {
  const db = new Database(path);
  db.prepare('SELECT version, checksum FROM schema_migrations').all();
  db.close();
};
const readAndSelect = () => {
  for (const name of readdirSync(directory))
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
  select();
};

migrateWith(directory)();
console.log(`nothing pending, ${count} files: ${measurePair(migrateWith(directory), readAndSelect).text} (budget 2)`);
console.log(`nothing pending, a bundle of ${count}: ${measurePair(migrateWith(bundle), select).text} (budget 2)`);
rmSync(folder, { recursive: true });
