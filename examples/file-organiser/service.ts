// The service: `node service.ts organiser.db`. It starts on the newest schema, or not at all.
import { isDunlinError } from 'dunlin';
import { adoptOldRelease } from './old-release.ts';
import { PathMemory } from './path-memory.ts';

const [path = 'organiser.db', migrations] = process.argv.slice(2);

try {
  await adoptOldRelease(path, migrations);
  const memory = new PathMemory(path, migrations === undefined ? {} : { migrations });
  console.log(`started, migrations applied: ${memory.applied.length}`);
  memory.close();
} catch (error) {
  if (!isDunlinError(error)) throw error;
  console.error(`not started: ${error.message}\n${error.hint}`);
  process.exitCode = 1;
}
