// The floor: a script of twenty lines that reads and hashes the files, and runs those that its table does not know in one
// transaction. It checks nothing, copies nothing, and names no failing statement.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, writeSql } from './shared.mjs';

export const label = 'bare script';
export const prepare = writeSql;

export async function migrate(folder, path) {
  const files = readFiles(folder);
  const db = openDatabase(path);
  db.exec('PRAGMA synchronous = EXTRA');
  db.exec('CREATE TABLE IF NOT EXISTS applied (name TEXT PRIMARY KEY, hash TEXT NOT NULL)');
  const applied = new Set(
    db
      .prepare('SELECT name FROM applied')
      .all()
      .map(({ name }) => name),
  );
  const pending = files.filter(({ name }) => !applied.has(name));
  if (pending.length > 0) {
    db.exec('BEGIN IMMEDIATE');
    for (const { text } of pending) db.exec(text);
    const insert = db.prepare('INSERT INTO applied (name, hash) VALUES (?, ?)');
    for (const { name, hash } of pending) insert.run(name, hash);
    db.exec('COMMIT');
  }
  db.close();
}

/** Opens and reads what a `status` needs. */
export async function status(folder, path) {
  const files = readFiles(folder);
  const db = openDatabase(path);
  const rows = db.prepare('SELECT name, hash FROM applied').all();
  db.close();
  for (const { name } of files) console.log(`${name} ${rows.some((row) => row.name === name) ? 'applied' : 'pending'}`);
}

function readFiles(folder) {
  return readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return { name, text, hash: createHash('sha256').update(text).digest('hex') };
  });
}
