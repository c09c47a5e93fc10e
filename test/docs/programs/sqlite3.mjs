// Stands in for the sqlite3 program: `sqlite3 app.db 'SELECT ...; SELECT ...'` prints rows in its list mode.
import process from 'node:process';
import Database from 'better-sqlite3';

const [file, sql] = process.argv.slice(2);
const db = new Database(file);
for (const one of sql.split(';')) {
  if (one.trim() === '') continue;
  const statement = db.prepare(one);
  if (statement.reader) for (const row of statement.raw().iterate()) console.log(row.join('|'));
  else statement.run();
}
db.close();
