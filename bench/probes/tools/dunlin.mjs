import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dunlinOf, root, start } from '../../../test/adopt/project.mjs';
import { filesOf, ready } from '../migrations.mjs';

const { version, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const library = pathToFileURL(join(root, exports['.'].default)).href;
const call = (folder, ...words) => start(folder, dunlinOf(...words, '-d', 'app.db'));

export const dunlin = {
  name: 'dunlin',
  version: () => version,
  files: (migrations) => ({
    ...filesOf(
      migrations,
      (name, n) => `migrations/${String(n).padStart(3, '0')}_${name}.sql`,
      ({ up, down }) => `-- === UP MIGRATION ===\n${up}-- === DOWN MIGRATION ===\n${down}`,
    ),
    'migrate.mjs': `
import { migrate } from '${library}';
${ready}
await migrate({ database: 'app.db', migrations: 'migrations', driver: 'better-sqlite3' });\n`,
  }),
  command: [process.execPath, 'migrate.mjs'],
  rollBack: (folder) => call(folder, 'down', '--yes'),
  comparisons: { status: (folder) => call(folder, 'status'), check: (folder) => call(folder, 'check') },
  forPostgres: (folder) => start(folder, dunlinOf('up', '-d', 'postgres://127.0.0.1:1/app')),
};
