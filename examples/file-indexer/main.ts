import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'dunlin';
import { IndexDatabase } from './index-database.ts';
import { computeFolderSizes, indexFolder, largestFolders } from './folders.ts';
import { createAsRelease100 } from './old-release.ts';

type Log = (line: string) => void;

/** Without `debug`, which would log every statement. */
function loggerOf(log: Log): Logger {
  return { info: log, warn: log, error: log };
}

/** Opens the index, which upgrades it, indexes a folder, and lists the largest folders. */
export async function run(folder: string, database: string, log: Log): Promise<void> {
  const index = await IndexDatabase.open({ database, logger: loggerOf(log) });
  try {
    const count = await indexFolder(index.pool, folder);
    await computeFolderSizes(index.pool);
    log(`${count} files and folders indexed; the largest folders:`);
    for (const { path, folder_size } of await largestFolders(index.pool, 3)) log(`  ${folder_size}  ${path}`);
  } finally {
    await index.close();
  }
}

/** Several releases of one user's index, in an empty folder. */
export async function demo(folder: string, log: Log): Promise<void> {
  const database = join(folder, 'index.db');
  const pictures = join(folder, 'pictures');
  mkdirSync(join(pictures, 'holiday'), { recursive: true });
  writeFileSync(join(pictures, 'holiday', 'beach.raw'), 'x'.repeat(3000));
  writeFileSync(join(pictures, 'cat.png'), 'x'.repeat(700));

  log('- Release 1.0.0 makes an index, without Dunlin');
  createAsRelease100(database);

  log('- Release 1.1.0 starts: it upgrades the index first');
  await run(pictures, database, log);

  log('- It starts again: nothing to do');
  const index = await IndexDatabase.open({ database, logger: loggerOf(log) });
  try {
    log('- The user goes back to release 1.0.0: one migration down');
    const { fromLabel, toLabel } = await index.migrations((runner) => runner.down());
    log(`  from ${fromLabel} to ${toLabel}`);
    log('- What the index remembers of all this');
    for (const { direction, status, migrations } of await index.migrations((runner) => runner.history()))
      log(`  ${direction} ${status}: ${migrations.map(({ name, status }) => `${name} ${status}`).join(', ')}`);
  } finally {
    await index.close();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [folder, database] = process.argv.slice(2);
  if (folder !== undefined && database !== undefined) {
    await run(folder, database, console.log);
  } else {
    const temporary = mkdtempSync(join(tmpdir(), 'file-indexer-'));
    try {
      await demo(temporary, (line) => console.log(line.replaceAll(temporary, '')));
    } finally {
      rmSync(temporary, { recursive: true });
    }
  }
}
