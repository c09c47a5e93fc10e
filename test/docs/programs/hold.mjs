// Stands in for a program that leaves a write transaction open: holds a database until a file `release` appears beside
// it, or its folder goes.
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import Database from 'better-sqlite3';

const db = new Database(process.argv[2]);
db.exec('BEGIN IMMEDIATE');
writeFileSync('held', '');
setInterval(() => {
  if (existsSync('held') && !existsSync('release')) return;
  db.close();
  process.exit();
}, 20);
