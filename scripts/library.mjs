// Builds the library: the declarations with tsc, one for each module, and the code with esbuild, twice. The entry points
// and the chunks they share are a handful of files; as three hundred, Node would take five times as long to load them, at
// every start of every application. `dist/lazy` is the same library for Node alone, in two halves, of which an
// application's start loads one. Nothing is minified, so that stack traces and debuggers show what was written.
// The figures: docs/internals/decisions/0015-the-library-in-two-halves.md.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { laterEntry, laterPlugin } from './lazy/plugin.mjs';

/** What an application can import, by its file in `dist` without the ending. */
const entryPoints = {
  'node/index': 'src/node/index.ts',
  index: 'src/index.ts',
  'testing/index': 'src/testing/index.ts',
};

/** The same for Node. Everything is in one folder, where `later.js` is found from each file. */
const lazyEntryPoints = {
  node: 'src/node/index.ts',
  core: 'src/index.ts',
  testing: 'src/testing/index.ts',
  later: laterEntry,
};

/** Builds the library of the package at `root`. The compiler and esbuild print what is wrong. */
export async function buildLibrary(root) {
  declare(root);
  const options = {
    absWorkingDir: root,
    bundle: true,
    // What two entry points share is in one file, or there would be two of each class.
    splitting: true,
    format: 'esm',
    // Bundles no module of Node and no installed package: this package depends on none.
    platform: 'node',
    packages: 'external',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'warning',
  };
  await build({ ...options, entryPoints, outdir: 'dist', chunkNames: 'shared/[name]-[hash]' });
  await build({
    ...options,
    entryPoints: lazyEntryPoints,
    outdir: 'dist/lazy',
    chunkNames: '[name]-[hash]',
    plugins: [await laterPlugin(root)],
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
