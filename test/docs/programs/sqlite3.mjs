// Stands in for the sqlite3 program: `sqlite3 app.db 'SELECT ...; SELECT ...'` prints rows in its list mode, and
// `sqlite3 -bail new.db < schema.sql` runs what it is given.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import Database from 'better-sqlite3';

const [file, sql] = process.argv.slice(2).filter((word) => word !== '-bail');
const db = new Database(file);
if (sql === undefined) db.exec(readFileSync(0, 'utf8'));
for (const one of (sql ?? '').split(';')) {
  if (one.trim() === '') continue;
  const statement = db.prepare(one);
  if (statement.reader) for (const row of statement.raw().iterate()) console.log(row.join('|'));
  else statement.run();
}
db.close();
