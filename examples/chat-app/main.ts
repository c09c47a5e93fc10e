import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Conversations } from './shared/conversations.ts';
import { openBridge } from './shared/database-bridge.ts';
import { prepareDatabase, StartError, type StartOptions } from './start.ts';

/** The application's start, without the windows of Electron: the database first, and nothing else if that fails. */
export function start(file: string, options: StartOptions = {}): Conversations {
  const bridge = openBridge(file);
  try {
    prepareDatabase(bridge, options);
    return new Conversations(bridge);
  } catch (error) {
    bridge.close();
    throw error;
  }
}

/** A first start, a release whose migration is wrong, and the release that corrects it; in an empty folder. */
export async function demo(folder: string, log: (line: string) => void): Promise<void> {
  const file = join(folder, 'chat.db');
  const migrations = join(folder, 'migrations');
  cpSync(fileURLToPath(new URL('migrations', import.meta.url)), migrations, { recursive: true });
  const options: StartOptions = {
    migrations,
    // What a splash screen would show.
    onEvent(event) {
      if (event.type === 'migration:start') log(`  ${event.index} of ${event.total}: ${event.migration.name}`);
    },
  };

  log('- The first start');
  const first = start(file, options);
  first.add(first.create('Birds of the shore'), { role: 'user', body: 'Where does the dunlin spend the winter?' });
  log(`  conversations: ${first.titles().join(', ')}; found: ${first.search('dunlin').join(', ')}`);
  first.close();

  log('- A release with a migration that is wrong does not start');
  const archive = join(migrations, '009_archive.sql');
  writeFileSync(
    archive,
    'ALTER TABLE conversations ADD COLUMN archived_at TEXT;\nUPDATE conversation SET archived_at = 0;\n',
  );
  try {
    start(file, options);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log(error.message.replaceAll(/^/gm, '  | '));
  }

  log('- The next release corrects it, and continues');
  writeFileSync(archive, 'ALTER TABLE conversations ADD COLUMN archived_at TEXT;\n');
  const next = start(file, options);
  log(`  conversations: ${next.titles().join(', ')}`);
  next.close();
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'chat-app-'));
  try {
    await demo(folder, (line) => console.log(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
