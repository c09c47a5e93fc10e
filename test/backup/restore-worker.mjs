// One process that restores: node restore-worker.mjs <database> <driver> <backup>
import { BackupManager } from '../../dist/node/index.js';

const [database, driver, backup] = process.argv.slice(2);

const manager = new BackupManager({ database, driver });
process.stdout.write('ready\n');
await manager.restore(backup);
await manager.close();
process.stdout.write('done\n');
