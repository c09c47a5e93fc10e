// Builds the library: the code with esbuild, shortened, and the declarations. The entry points and the chunks they share
// are a handful of files; as three hundred, Node would take five times as long to load them, at every start of every
// application. docs/internals/decisions/0018-the-shape-of-the-package.md
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { build } from 'esbuild';
import { buildDeclarations } from './declarations.mjs';
import { shorten } from './shorten.mjs';

/** What an application can import, by its file in `dist` without the ending. */
const entryPoints = {
  'node/index': 'src/node/index.ts',
  index: 'src/index.ts',
  'web/index': 'src/web/index.ts',
  'drivers/d1': 'src/drivers/d1.ts',
  'drivers/rqlite': 'src/drivers/rqlite.ts',
  'node/testing/index': 'src/node/testing/index.ts',
};

/** Builds the library of the package at `root`. The compiler and esbuild print what is wrong. */
export async function buildLibrary(root) {
  await buildDeclarations(root, entryPoints);
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    write: false,
    bundle: true,
    // What two entry points share is in one file, or there would be two of each class.
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    format: 'esm',
    // Bundles no module of Node and no installed package: this package depends on none.
    platform: 'node',
    packages: 'external',
    target: 'node20',
    minifySyntax: true,
    sourcemap: 'external',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  for (const [path, text] of texts) {
    if (path.endsWith('.map')) continue;
    const { code, map } = shorten(path, text, { module: true, map: texts.get(`${path}.map`) });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${code}\n//# sourceMappingURL=${basename(path)}.map\n`);
    writeFileSync(`${path}.map`, map);
  }
}
