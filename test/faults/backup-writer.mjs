// Commits one row after the other, and says so after each: node backup-writer.mjs <database>. It ends with its input.
import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';

const db = new Database(process.argv[2], { timeout: 20_000 });
db.pragma('synchronous = NORMAL');
const insert = db.prepare('INSERT INTO acks (id) VALUES (?)');
let id = 0;
process.stdin.on('end', () => process.exit()).resume();
(function next() {
  insert.run((id += 1));
  writeSync(1, `${id}\n`);
  setTimeout(next, 1);
})();
