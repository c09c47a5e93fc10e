// One process, or thread, that opens databases for tests on the built package:
// node worker.mjs <driver> <migrations> <cache> [<times> [<option in JSON>]]
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { migratedDatabase } from '../../dist/node/testing/index.js';

const [driver, migrations, cache, times = 1, options = '{}'] = isMainThread ? process.argv.slice(2) : workerData;
const module = await import(driver);
const Driver = module.DatabaseSync ?? module.default;

const found = [];
for (let i = 0; i < Number(times); i++) {
  const db = await migratedDatabase(Driver, { migrations, cache, ...JSON.parse(options) });
  const one = (sql) => Object.values(db.prepare(sql).get())[0];
  const before = one('SELECT count(*) FROM counted');
  db.exec('INSERT INTO counted VALUES (1)');
  found.push(
    [before, one('PRAGMA integrity_check'), one(`SELECT count(*) FROM sqlite_schema WHERE type = 'table'`)].join(),
  );
}
const text = [...new Set(found)].join(' ');
if (isMainThread) process.stdout.write(text);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
else parentPort.postMessage(text);
