// One process that migrates: node worker.mjs <driver> <database> <migrations> [<epoch ms to start at> [<commit>]]
import { migrate } from '../../dist/node/index.js';

const [driver, database, migrations, startAt, commit] = process.argv.slice(2);

// Everything is loaded before the start, so that the processes really meet at the lock.
if (startAt !== undefined) {
  while (Date.now() < Number(startAt))
    await new Promise((resolve) => setTimeout(resolve, Number(startAt) - Date.now()));
}
try {
  const { applied, to } = await migrate({ database, migrations, driver, commit });
  process.stdout.write(JSON.stringify({ applied: applied.map((outcome) => outcome.version), to }));
} catch (error) {
  process.stderr.write(`${error.code ?? ''} ${error.stack}\n`);
  process.exitCode = 1;
}
