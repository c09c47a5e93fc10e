// One process that asks one thing after another of a database and tells how each ended:
// node every-command.mjs <driver> <database> <migrations> <command>...
import { BackupManager, isDunlinError, MigrationRunner } from '../../dist/node/index.js';

// AS_USER: user, group and further groups to become first.
const [uid, gid, ...groups] = (process.env.AS_USER ?? '').split(' ').filter(Boolean).map(Number);
if (uid !== undefined) {
  process.setgroups(groups);
  process.setgid(gid);
  process.setuid(uid);
}
const [driver, database, migrations, ...commands] = process.argv.slice(2);
const lockTimeoutMs = 1000;
const runner = new MigrationRunner({ database, migrations, driver, lockTimeoutMs });
const manager = new BackupManager({ database, driver, lockTimeoutMs });

const known = {
  status: () => runner.status(),
  plan: () => runner.plan(),
  check: () => runner.check(),
  rehearse: () => runner.rehearse(),
  history: () => runner.history(),
  dump: () => runner.dump(),
  up: () => runner.up(),
  create: () => manager.create(),
  list: () => manager.list(),
  verify: () => manager.verify('latest'),
  prune: () => manager.prune(),
  restorePlan: () => manager.restorePlan('latest'),
  restore: () => manager.restore('latest'),
};

const ended = {};
for (const command of commands) {
  try {
    await known[command]();
    ended[command] = 'ok';
  } catch (error) {
    // Whatever has no code of Dunlin's is a defect.
    ended[command] = isDunlinError(error) ? error.code : `no code: ${error.stack}`;
  }
}
await manager.close();
await runner.close();
process.stdout.write(JSON.stringify(ended));
