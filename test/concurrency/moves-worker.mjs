// A process that applies and rolls back migrations on request: fork it, and send it { database, migrations,
// driver, method, args, delayMs }. It answers with { moves }, or { code, message }.
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { MigrationRunner } from '../../dist/node/index.js';

process.on('message', async ({ database, migrations, driver, method, args, delayMs }) => {
  const runner = new MigrationRunner({ database, migrations, driver, backup: 'off', lockTimeoutMs: 60_000 });
  await setTimeout(delayMs);
  try {
    const { applied } = await runner[method](...args);
    process.send({ moves: applied.map(({ version, direction }) => ({ version, direction })) });
  } catch (error) {
    process.send({ code: error.code ?? 'none', message: String(error.stack) });
  } finally {
    await runner.close();
  }
});
process.send({ ready: true });
