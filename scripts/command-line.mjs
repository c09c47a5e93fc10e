// Builds the command line, in CommonJS, which Node starts in less time than ES modules. `dist/cli/dunlin.js` is what
// `dunlin up` needs when nothing is pending. Everything else is in `later.js`, loaded as soon as any of it is used.
// (esbuild splits ES modules only, and at `import()` only; the engine, which is synchronous as well, has none.)
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { atOnceModule, cutOff, onDemand, takeFrom } from './command-line/cut.mjs';
import { lighter } from './command-line/lighter.mjs';
import { thirdPartyLicenses } from './licenses.mjs';

// esbuild writes "use strict" below these, where it has no effect.
const atOnceHead = `#!/usr/bin/env node
'use strict';
let __atOnce, __loaded;
const __load = () => {
  try {
    return require('./later.js');
  } catch (error) {
    // Node was told to take a link to this file for the file itself (--preserve-symlinks-main).
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return require(require('node:path').join(require('node:fs').realpathSync(__filename), '../later.js'));
  }
};
const __later = (path) => (__loaded ??= __load()(__atOnce))[path];
const __cutOff = (path) => Object.create(new Proxy({}, {
  get(_, name, importer) {
    // esbuild asks for it before anything is used.
    if (name === '__esModule') return true;
    const value = __later(path)[name];
    Object.defineProperty(importer, name, { value });
    return value;
  },
}));`;

// A function in parentheses is compiled at once; any other would be read twice.
const laterHead = `'use strict';
const __url = require('node:url').pathToFileURL(__filename).href;
module.exports = (function (__atOnce) {
const module = {};`;

/** @param root the folder of the project. */
export async function buildCommandLine(root) {
  const outdir = join(root, 'dist/cli');
  const common = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    outdir,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // What the user installs beside Dunlin has to be the user's own copy.
    external: ['better-sqlite3', '@photostructure/sqlite', 'node:sqlite', 'jiti'],
    // CommonJS has none. What is in `dunlin.js` makes do without, as it does in applications packed as CommonJS.
    define: { 'import.meta.url': 'undefined' },
    legalComments: 'none',
    logLevel: 'warning',
  };
  const cut = new Set();
  const first = { ...common, entryPoints: ['src/cli/dunlin.ts'], plugins: [lighter, cutOff(root, cut)] };
  const atOnce = new Set(Object.keys((await build(first)).metafile.inputs));
  const shared = new Set();
  const rest = await build({
    ...common,
    define: { 'import.meta.url': '__url' },
    stdin: { contents: onDemand(cut), resolveDir: root, sourcefile: 'later.js' },
    banner: { js: laterHead },
    footer: { js: 'return module.exports;\n});' },
    plugins: [lighter, takeFrom(root, atOnce, shared)],
  });
  const start = await build({
    ...common,
    // The namespaces first: the command line begins to run while it is loaded.
    stdin: { contents: "import 'at-once'; import './src/cli/dunlin.ts';", resolveDir: root, sourcefile: 'dunlin.js' },
    banner: { js: atOnceHead },
    plugins: [lighter, atOnceModule(root, shared), cutOff(root, cut)],
  });
  const meter = await build({ ...common, entryPoints: ['src/cli/meter.ts'] });

  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  for (const [name, { outputFiles }] of Object.entries({ dunlin: start, later: rest, meter }))
    writeFileSync(join(outdir, `${name}.js`), outputFiles[0].contents);
  chmodSync(join(outdir, 'dunlin.js'), 0o755);
  const inputs = [start, rest, meter].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync(join(outdir, 'LICENSES.txt'), thirdPartyLicenses(root, [...new Set(inputs)]));
}
