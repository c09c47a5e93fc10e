// Builds the documentation site into site/dist: `npm run docs:site`. What it needs is installed here, once; after that
// it needs no network. `-- --serve` shows it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { addressesOf } from '../scripts/docs/pages.mjs';
import { serve } from './check/serve.mjs';
import { install } from './install.mjs';
import { writePages } from './pages.mjs';

install();
await writePages();
const vitepress = join(import.meta.dirname, 'node_modules/vitepress/bin/vitepress.js');
const { status } = spawnSync(process.execPath, [vitepress, 'build', import.meta.dirname], { stdio: 'inherit' });
process.exitCode = status ?? 1;

if (status === 0 && process.argv.includes('--serve')) {
  const { pathname } = new URL(addressesOf(join(import.meta.dirname, '..')).homepage);
  const { address } = await serve(join(import.meta.dirname, 'dist'), pathname);
  console.log(`${address}${pathname}, until Ctrl-C`);
}
