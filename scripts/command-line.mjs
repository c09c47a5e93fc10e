// Builds the command line in CommonJS, which Node starts in less time than ES modules. `dunlin.js` is what every start
// loads; it finds the program for the command. `up-to-date.js` ends an `up` with nothing pending, `run.js` is every other
// `up`, `status.js` is `dunlin status`, `whole.js` every command. The figures:
// docs/internals/decisions/0010-how-the-command-line-starts.md.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { laterEntry, laterPlugin, leaveOutPlugin } from './lazy/plugin.mjs';
import { thirdPartyLicenses } from './licenses.mjs';

/** Programs of their own: none shares a module with another. */
const programs = ['dunlin', 'status', 'meter'];
/** These share chunks, and what a run seldom needs is loaded when it is used, as in the library. */
const sharing = ['run', 'whole'];

/** @param root the folder of the project. */
export async function buildCommandLine(root) {
  const outdir = join(root, 'dist/cli');
  const options = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    // Users install these themselves: the program has to load their copy.
    external: ['better-sqlite3', '@photostructure/sqlite', 'node:sqlite', 'jiti'],
    // CommonJS has none.
    define: { 'import.meta.url': '__url' },
    legalComments: 'none',
    logLevel: 'warning',
  };
  const banner = { js: "const __url = require('node:url').pathToFileURL(__filename).href;" };
  const own = await build({ ...options, entryPoints: programs.map(entryPoint), format: 'cjs', banner });
  const fastPath = await build({
    ...options,
    entryPoints: [entryPoint('up-to-date')],
    format: 'cjs',
    banner,
    plugins: [await leaveOutPlugin(root)],
  });
  const shared = await build({
    ...options,
    entryPoints: { ...Object.fromEntries(sharing.map((name) => [name, entryPoint(name)])), later: laterEntry },
    // Only ES modules can be split into chunks; each becomes CommonJS below.
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    plugins: [await laterPlugin(root)],
    write: false,
  });
  mkdirSync(outdir, { recursive: true });
  for (const { path, text } of shared.outputFiles) {
    const { code } = await transform(text, { format: 'cjs', platform: 'node', target: 'node20', banner: banner.js });
    writeFileSync(path, code);
  }
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  chmodSync(join(outdir, 'dunlin.js'), 0o755);
  const inputs = [own, fastPath, shared].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync(join(outdir, 'LICENSES.txt'), thirdPartyLicenses(root, inputs));
}

const entryPoint = (name) => `src/cli/${name}.ts`;
