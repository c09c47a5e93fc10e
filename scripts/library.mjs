// Builds the library: the declarations with tsc, one for each module, and the code with esbuild. The entry points and
// the chunks they share are a handful of files; as three hundred, Node would take five times as long to load them, at
// every start of every application. Nothing is minified, so that stack traces and debuggers show what was written.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** What an application can import, by its file in `dist` without the ending. */
const entryPoints = {
  'node/index': 'src/node/index.ts',
  index: 'src/index.ts',
  'testing/index': 'src/testing/index.ts',
};

/** Builds the library of the package at `root`. The compiler and esbuild print what is wrong. */
export async function buildLibrary(root) {
  declare(root);
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    // What two entry points share is in one file, or there would be two of each class.
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    format: 'esm',
    // Bundles no module of Node and no installed package: this package depends on none.
    platform: 'node',
    packages: 'external',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

function declare(root) {
  // TypeScript 7 exports nothing but its package.json, so its program is found from there.
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const tsc = join(dirname(manifest), bin.tsc);
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
