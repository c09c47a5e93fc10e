// A fresh database, 1,000 migrations, in process: Dunlin against a bare loop that runs the same statements in one
// transaction. Prints the ratio; the two take turns, and the medians of processor time are compared, which other
// programs on the machine disturb less than the clock.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateSync } from '../dist/node/index.js';
import { measurePair, statements, texts } from './support.mjs';

const count = Number(process.argv[2] ?? 1000);
const folder = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
const migrations = texts(count);
const bare = statements(count);
let file = 0;
const next = () => join(folder, `${file++}.db`);

const result = measurePair(
  () => {
    const db = new Database(next());
    migrateSync({ database: db, migrations });
    db.close();
  },
  () => {
    const db = new Database(next());
    db.pragma('synchronous = EXTRA');
    db.exec('BEGIN IMMEDIATE');
    for (const migration of bare) for (const statement of migration) db.exec(statement);
    db.exec('COMMIT');
    db.close();
  },
);
rmSync(folder, { recursive: true });
console.log(`fresh database, ${count} migrations: ${result.text} (budget 1.25)`);
