// Rehearses in a process that a signal kills before its nth call of the driver, or not at all:
// node rehearse-worker.mjs <database> <migrations> <folder> <n>
import Database from 'better-sqlite3';
import { MigrationRunner } from '../../dist/node/index.js';

const [database, migrations, folder, last] = process.argv.slice(2);
let calls = 0;
const counted = (prototype, names) => {
  for (const name of names) {
    const own = prototype[name];
    prototype[name] = function (...args) {
      calls += 1;
      if (calls === Number(last)) process.kill(process.pid, 'SIGKILL');
      return own.apply(this, args);
    };
  }
};
const memory = new Database(':memory:');
counted(Object.getPrototypeOf(memory.prepare('SELECT 1')), ['all', 'get', 'run']);
counted(Database.prototype, ['exec']);
memory.close();

const runner = new MigrationRunner({ database, migrations, driver: 'better-sqlite3' });
const { problems } = await runner.rehearse({ folder });
await runner.close();
process.stdout.write(JSON.stringify({ calls, problems: problems.length }));
