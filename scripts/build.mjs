// Builds `dist`: the library file for file with tsc, the command line with esbuild.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCommandLine } from './command-line.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
buildLibrary();
// esbuild has printed what is wrong.
await buildCommandLine(root);

function buildLibrary() {
  // TypeScript 7 exports nothing but its package.json, so its program is found from there.
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const tsc = join(dirname(manifest), bin.tsc);
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
