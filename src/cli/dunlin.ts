#!/usr/bin/env node
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

// What every start loads: it finds the program for the command. scripts/command-line.mjs says how they are built.
const folder = dirname(realpathSync(__filename));
// oxlint-disable-next-line import/no-dynamic-require -- built as CommonJS, which Node starts in less time
const load = (name: string): unknown => require(join(folder, name));

/** Whether the command line names a file that is not there: a new database, which is not up to date. */
function isNew(argv: readonly string[]): boolean {
  const option = argv.findIndex((word) => word === '-d' || word === '--database');
  const path = option === -1 ? undefined : argv[option + 1];
  // With a colon it may be a URL.
  return path !== undefined && !path.includes(':') && !existsSync(path);
}

void (async () => {
  const argv = process.argv.slice(2);
  if (argv[0] === 'up' && !isNew(argv)) {
    const { sayUpToDate } = load('up-to-date.js') as typeof import('./up-to-date.ts');
    if (await sayUpToDate(argv)) return;
  }
  load(argv[0] === 'status' ? 'status.js' : 'whole.js');
})();
