// One process that writes to a database and dies in the middle of it: node crash.mjs <database> <sql>...
// Before its death it has committed all but the last; that one has been written to the file, or to the log, in part.
import Database from 'better-sqlite3';

const [database, ...scripts] = process.argv.slice(2);
const db = new Database(database);
const last = scripts.pop();
for (const sql of scripts) db.exec(sql);
// So few pages that they have to be written before the transaction ends.
db.pragma('cache_size = 5');
db.exec(`BEGIN IMMEDIATE; ${last}`);
process.kill(process.pid, 'SIGKILL');
