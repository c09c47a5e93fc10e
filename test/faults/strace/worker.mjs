// One process that does one thing: node worker.mjs <up|down|create|restore> <database> <migrations> [<defect>]
import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { BackupManager, bridgeFor, MigrationRunner } from '../../../dist/node/index.js';

const [operation, path, migrations, defect] = process.argv.slice(2);
const common = { driver: 'better-sqlite3', lockTimeoutMs: 500 };
const database = defect === 'synchronous-off' ? withoutSyncs(path) : path;

const runner = () => new MigrationRunner({ ...common, database, migrations });
const manager = () => new BackupManager({ ...common, database });
const operations = {
  up: [runner, (it) => it.up()],
  down: [runner, (it) => it.down({ to: 0 })],
  create: [manager, (it) => it.create()],
  restore: [manager, async (it) => it.restore((await it.list()).at(-1).id)],
};

const [make, perform] = operations[operation];
const one = make();
try {
  await perform(one);
  // This line marks in the log of system calls that the promise was kept; closing comes after.
  writeSync(1, 'done\n');
} catch (error) {
  process.stderr.write(`${error.code ?? ''} ${error.stack}\n`);
  process.exitCode = 1;
}
await one.close();

/** A defect on purpose: every PRAGMA synchronous is heard as OFF, and answered as wished. */
function withoutSyncs(file) {
  const bridge = bridgeFor(new Database(file, { timeout: 0 }));
  let said = 2;
  bridge.script('PRAGMA synchronous = OFF');
  return {
    ...bridge,
    script(sql) {
      const level = /^PRAGMA synchronous = (\d)$/.exec(sql)?.[1];
      if (level === undefined) bridge.script(sql);
      else said = Number(level);
    },
    query: (sql, params) => (sql === 'PRAGMA synchronous' ? [{ synchronous: said }] : bridge.query(sql, params)),
  };
}
