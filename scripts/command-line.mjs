// Builds the command line in CommonJS, which Node starts in less time than ES modules. `dunlin.js` is what every start
// loads: it finds the program for the command. `up-to-date.js` ends an `up` with nothing pending, `status.js` is `dunlin
// status`, `whole.js` every command, and `meter.js` the thread that draws the progress of a backup. None shares a module
// with another. The figures: docs/internals/decisions/0010-how-the-command-line-starts.md.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyLicenses } from './licenses.mjs';
import { shorten } from './shorten.mjs';

const programs = ['dunlin', 'up-to-date', 'status', 'whole', 'meter'];

/** @param root the folder of the project. */
export async function buildCommandLine(root) {
  const outdir = join(root, 'dist/cli');
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: programs.map((name) => `src/cli/${name}.ts`),
    outdir,
    write: false,
    bundle: true,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Users install these themselves: the program has to load their copy.
    external: ['better-sqlite3', '@photostructure/sqlite', 'node:sqlite', 'jiti'],
    // CommonJS has none.
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  mkdirSync(outdir, { recursive: true });
  for (const { path, text } of outputFiles) writeFileSync(path, shorten(path, text, { module: false }).code);
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  chmodSync(join(outdir, 'dunlin.js'), 0o755);
  writeFileSync(join(outdir, 'LICENSES.txt'), thirdPartyLicenses(root, Object.keys(metafile.inputs)));
}
