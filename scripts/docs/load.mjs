import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Imports TypeScript as it stands in the sources, so that the pages never lag behind them as a build may.
 *
 * @param {string} root
 * @param {string} code a module's text, with imports relative to `root`
 */
export async function load(root, code) {
  // Inside the project, where the packages that are left out of the bundle are found.
  const folder = mkdtempSync(join(root, 'node_modules/.dunlin-docs-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      stdin: { contents: code, resolveDir: root, loader: 'ts' },
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Folds text at spaces; lines that are there stay. */
export function fold(text, width) {
  return text
    .split('\n')
    .map((line) => line.replaceAll(new RegExp(`(?=.{${width + 1}})(.{1,${width}}) +`, 'g'), '$1\n'))
    .join('\n');
}
