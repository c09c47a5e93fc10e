#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sayUpToDate } from './up-to-date.ts';

// What every start loads; scripts/command-line.mjs says how the programs are built.
void (async () => {
  const argv = process.argv.slice(2);
  if (await sayUpToDate(argv)) return;
  const folder = dirname(realpathSync(__filename));
  // oxlint-disable-next-line import/no-dynamic-require -- built as CommonJS, which Node starts in less time
  require(join(folder, argv[0] === 'status' ? 'status.js' : 'whole.js'));
})();
