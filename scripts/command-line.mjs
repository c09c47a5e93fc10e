// Builds the command line, in CommonJS, which Node starts in less time than ES modules. `dist/cli/dunlin.js` is what
// `dunlin up` needs when nothing is pending. Everything else is in `later.js`, loaded as soon as any of it is used.
// (esbuild splits ES modules only, and at `import()` only; the engine, which is synchronous as well, has none.)
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, transform } from 'esbuild';
import { thirdPartyLicenses } from './licenses.mjs';

/** Every module of a folder but these. */
const allBut = (folder, ...names) => new RegExp(`^src/${folder}/(?!(${names.join('|')})\\.ts$)`);

/**
 * What is in `later.js`, besides what is imported by `import()` and what only those import. Of these, nothing may be
 * used while modules are loaded; test/package/command-line.test.ts sees it.
 */
const later = [
  allBut('(backup|diagram|rebuild|sample|schema|source)'),
  /^src\/errors\/(catalogue|texts\/.*)\.ts$/,
  allBut('sql', 'index', 'tokenize', 'ends', 'names', 'characters'),
  allBut(
    'migration',
    'index',
    'registry',
    'read-source',
    'file-name',
    'decode',
    'duplicates',
    'problems',
    'sql-migration',
    'checksum',
    'version',
  ),
  allBut('plan', 'index', 'compare', 'compare-labels', 'select'),
  allBut('execute', 'index', 'run', 'look', 'wait', 'drift', 'back-up'),
  allBut('operations', 'index', 'goals', 'recover'),
  /^src\/node\/(compression|config-check)\.ts$/,
  allBut('cli/output', 'format', 'wrap'),
  /^src\/cli\/(confirm|show-plan|suggest|usage-error)\.ts$/,
];

// esbuild writes "use strict" below these, where it has no effect. In CommonJS there is no `import.meta.url`.
const head = `'use strict';
const __url = require('node:url').pathToFileURL(__filename).href;`;

const atOnceHead = `#!/usr/bin/env node
${head}
let __atOnce, __loaded;
const __later = (path) => (__loaded ??= require('./later.js')(__atOnce))[path];
const __cutOff = (exports, path, names) => {
  for (const name of names) Object.defineProperty(exports, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = __later(path)[name];
      Object.defineProperty(exports, name, { value });
      return value;
    },
  });
};`;

// A function in parentheses is compiled at once; any other would be read twice.
const laterHead = `${head}
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
    define: { 'import.meta.url': '__url' },
    legalComments: 'none',
    logLevel: 'warning',
  };
  const cut = new Map();
  const first = { ...common, entryPoints: ['src/cli/dunlin.ts'], plugins: [lighter, cutOff(root, cut)] };
  const atOnce = new Set(Object.keys((await build(first)).metafile.inputs));
  const shared = new Set();
  const rest = await build({
    ...common,
    stdin: { contents: onDemand(cut.keys()), resolveDir: root, sourcefile: 'later.js' },
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

/** Text of a module whose `modules` has the namespace of each of these, by path. */
function namespaces(paths) {
  const list = [...paths];
  const imports = list.map((path, index) => `import * as m${index} from './${path}';`);
  const entries = list.map((path, index) => `${JSON.stringify(path)}: m${index}`);
  return `${imports.join('\n')}\nconst modules = { ${entries.join(', ')} };`;
}

/** Text of a module that has them as well, each run when it is asked for. */
function onDemand(paths) {
  const entries = [...paths].map((path) => `get ${JSON.stringify(path)}() { return require('./${path}'); },`);
  return `module.exports = {\n${entries.join('\n')}\n};`;
}

/** In the place of each module of `later.js` one that has the same names and loads it when one of them is used. */
function cutOff(root, cut) {
  return {
    name: 'cut-off',
    setup(plugin) {
      plugin.onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        const file = pathIn(root, resolveDir, path);
        const isLater = kind === 'dynamic-import' || later.some((pattern) => pattern.test(file));
        return isLater ? { path: file, namespace: 'later', sideEffects: false } : undefined;
      });
      plugin.onLoad({ filter: /.*/, namespace: 'later' }, async ({ path }) => {
        if (!cut.has(path)) cut.set(path, await exportsOf(root, path));
        return { contents: `__cutOff(exports, ${JSON.stringify(path)}, ${JSON.stringify(cut.get(path))});` };
      });
    },
  };
}

/** In the place of each module that is in `dunlin.js` its namespace there: nothing may exist twice. */
function takeFrom(root, atOnce, shared) {
  const asked = Symbol('asked');
  return {
    name: 'take-from',
    setup(plugin) {
      plugin.onResolve({ filter: /.*/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === asked) return undefined;
        const found = await plugin.resolve(path, { ...from, pluginData: asked });
        const file = pathIn(root, '', found.path);
        // What a room shows of itself is here and there.
        if (found.external || !atOnce.has(file) || file.endsWith('/index.ts')) return found;
        shared.add(file);
        return { path: file, namespace: 'at-once', sideEffects: false };
      });
      plugin.onLoad({ filter: /.*/, namespace: 'at-once' }, async ({ path }) => ({
        contents: `export const { ${await exportsOf(root, path)} } = __atOnce[${JSON.stringify(path)}];`,
      }));
    },
  };
}

/** What others bring along, without what takes time for nothing. */
const lighter = {
  name: 'lighter',
  setup(plugin) {
    // It would start commands that are programs of their own.
    plugin.onResolve({ filter: /^node:child_process$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    plugin.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
    // Our own code stays as it is: traces in reports of faults are read.
    plugin.onLoad({ filter: /[\\/]node_modules[\\/].*\.js$/ }, async ({ path }) => ({
      contents: (await transform(await readFile(path, 'utf8'), { minify: true })).code,
    }));
    // Imported as a default, of CommonJS, each importer would copy it.
    plugin.onResolve({ filter: /^node:process$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'global', sideEffects: false } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'export default process;' }));
  },
};

/** The module that hands out what `later.js` needs of `dunlin.js`. */
function atOnceModule(root, shared) {
  return {
    name: 'at-once',
    setup(plugin) {
      plugin.onResolve({ filter: /^at-once$/ }, ({ path }) => ({ path, namespace: 'at-once' }));
      // What package.json says of side effects is right for the library, whose modules have none.
      plugin.onResolve({ filter: /dunlin\.ts$/ }, ({ path }) => ({ path: join(root, path), sideEffects: true }));
      plugin.onLoad({ filter: /.*/, namespace: 'at-once' }, () => ({
        contents: `${namespaces(shared)}\n__atOnce = modules;`,
        resolveDir: root,
      }));
    },
  };
}

async function exportsOf(root, path) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    format: 'esm',
    write: false,
    metafile: true,
  });
  return Object.values(metafile.outputs)[0].exports;
}

function pathIn(root, folder, path) {
  return relative(root, join(folder, path)).replaceAll('\\', '/');
}
