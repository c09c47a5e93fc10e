// One process that migrates, with backups, and tells every event as a line the moment it happens:
// node up-worker.mjs <driver> <database> <migrations> <lock timeout in ms> [<event to stop at>]
import { writeSync } from 'node:fs';
import { migrate } from '../../dist/node/index.js';

const [driver, database, migrations, lockTimeoutMs, stopAt] = process.argv.slice(2);
const tell = (fact) => void writeSync(1, `${JSON.stringify(fact)}\n`);

function onEvent(event) {
  tell(event);
  if (event.type === stopAt) process.kill(process.pid, 'SIGSTOP');
}

tell({ type: 'ready' });
try {
  const { applied } = await migrate({ database, migrations, driver, lockTimeoutMs: Number(lockTimeoutMs), onEvent });
  tell({ type: 'applied', versions: applied.map(({ version }) => version) });
} catch (error) {
  tell({ type: 'failed', code: error.code, message: error.message });
  process.exitCode = 1;
}
