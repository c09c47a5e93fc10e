// Bundles the example into a folder: `node examples/browser/build.mjs <folder>`. Vite and others do the same.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;

/** Bundles a page and its worker, and puts beside them what sqlite-wasm loads itself. */
export async function buildPages(folder, entryPoints) {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints,
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    loader: { '.sql': 'text' },
    logLevel: 'error',
  });
  const manifest = createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/package.json');
  const wasm = join(dirname(manifest), 'sqlite-wasm/jswasm');
  for (const name of ['sqlite3.wasm', 'sqlite3-opfs-async-proxy.js'])
    copyFileSync(join(wasm, name), join(folder, name));
}

export async function buildExample(folder) {
  await buildPages(folder, [join(here, 'page.mjs'), join(here, 'worker.mjs')]);
  copyFileSync(join(here, 'index.html'), join(folder, 'index.html'));
}

if (import.meta.filename === process.argv[1] && process.argv[2] !== undefined) await buildExample(process.argv[2]);
