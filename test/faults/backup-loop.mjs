// One process that goes down and up again and again: node backup-loop.mjs <driver> <database> <migrations> <times>
import { MigrationRunner } from '../../dist/node/index.js';

const [driver, database, migrations, times] = process.argv.slice(2);
const runner = new MigrationRunner({ database, migrations, driver, backups: { keep: 4 }, lockTimeoutMs: 60_000 });
for (let turn = 0; turn < Number(times); turn++) {
  for (const way of ['down', 'up']) {
    try {
      await runner[way]();
    } catch (error) {
      // The other process has done the same a moment ago.
      if (!['NOTHING_TO_ROLL_BACK', 'CANNOT_ROLL_BACK', 'PLAN_CHANGED'].includes(error.code)) {
        process.stderr.write(`${error.code ?? ''} ${error.stack}\n`);
        process.exitCode = 1;
      }
    }
  }
}
await runner.close();
