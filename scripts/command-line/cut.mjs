import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { later } from './later.mjs';

/**
 * In the place of each module of `later.js` one that loads it when a name of it is used. It has no name of its own: what
 * esbuild gives each importer of a CommonJS module inherits from what the module inherits from.
 */
export function cutOff(root, cut) {
  return {
    name: 'cut-off',
    setup(plugin) {
      plugin.onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        const file = pathIn(root, resolveDir, path);
        const isLater = kind === 'dynamic-import' || later.some((pattern) => pattern.test(file));
        return isLater ? { path: file, namespace: 'later', sideEffects: false } : undefined;
      });
      plugin.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => {
        cut.add(path);
        return { contents: `module.exports = __cutOff(${JSON.stringify(path)});` };
      });
    },
  };
}

/** In the place of each module that is in `dunlin.js` its namespace there: nothing may exist twice. */
export function takeFrom(root, atOnce, shared) {
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

/** The module that hands out what `later.js` needs of `dunlin.js`. */
export function atOnceModule(root, shared) {
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

/** Text of a module whose `modules` has the namespace of each of these, by path. */
function namespaces(paths) {
  const list = [...paths];
  const imports = list.map((path, index) => `import * as m${index} from './${path}';`);
  const entries = list.map((path, index) => `${JSON.stringify(path)}: m${index}`);
  return `${imports.join('\n')}\nconst modules = { ${entries.join(', ')} };`;
}

/** Text of a module that has them as well, each run when it is asked for. */
export function onDemand(paths) {
  const entries = [...paths].map((path) => `get ${JSON.stringify(path)}() { return require('./${path}'); },`);
  return `module.exports = {\n${entries.join('\n')}\n};`;
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
