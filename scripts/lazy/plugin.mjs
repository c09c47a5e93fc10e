// The plugins of esbuild that build the library for Node, and the command line, in two halves: what most starts execute,
// and `later.js`, which is loaded when one of its functions is called. modules.json lists the modules of the second half,
// and those that the fast path of `dunlin up` goes without. Their importers get functions that call theirs, so they may
// export nothing but functions, classes that are only constructed, and the catalogue of error texts.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { load } from '../docs/load.mjs';

/** The entry point of the second half. */
export const laterEntry = 'dunlin:later';

/** The modules of a list in modules.json that exist; a test notices one that does not. */
function modulesOf(root, list) {
  const lists = JSON.parse(readFileSync(join(root, 'scripts/lazy/modules.json'), 'utf8'));
  return lists[list].filter((file) => existsSync(join(root, file)));
}

/** What modules export, each as a namespace. */
export async function exportsOf(root, files) {
  const modules = await load(root, files.map((file, i) => `export * as m${i} from './${file}';`).join('\n'));
  return files.map((_, i) => modules[`m${i}`]);
}

/** Whether a module can be called later. */
export function canBeLater(root, file, exported) {
  const values = Object.entries(exported);
  return (
    values.length > 0 &&
    values.every(([name, value]) =>
      typeof value === 'function'
        ? !isClass(value) || (!isNamed.test(file) && !classesUsedOtherwise(root).has(name))
        : file === 'src/errors/catalogue.ts',
    )
  );
}

const isClass = (value) => Function.prototype.toString.call(value).startsWith('class');

/** Modules of classes that applications see. */
const isNamed = /^src\/(?:node|runner)\//;

let otherwise;

/** Names after `extends`, after `instanceof` and before a dot, in any module. */
function classesUsedOtherwise(root) {
  otherwise ??= new Set(
    readdirSync(join(root, 'src'), { recursive: true })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => [
        ...readFileSync(join(root, 'src', file), 'utf8').matchAll(/(?:extends|instanceof) ([A-Z]\w*)|\b([A-Z]\w*)\./g),
      ])
      .map(([, first, second]) => first ?? second),
  );
  return otherwise;
}

/** Builds the two halves: the entry point `laterEntry` is the second. */
export async function laterPlugin(root) {
  return replacing(root, 'later', (index) => ({
    value: `later().m${index}`,
    from: "import { later } from './loader.mjs';",
    resolveDir: join(root, 'scripts/lazy'),
  }));
}

/** Leaves out what a start with nothing pending does not execute: whatever calls it needs the whole program. */
export async function leaveOutPlugin(root) {
  return replacing(root, 'notUpToDate', () => ({
    value: 'needWhole()',
    from: "import { needWhole } from './whole-needed.ts';",
    resolveDir: join(root, 'src/cli'),
  }));
}

/** Puts functions that call another value in the place of the modules of a list. */
async function replacing(root, list, substitute) {
  const files = modulesOf(root, list);
  const namespaces = await exportsOf(root, files);
  const unfit = files.filter((file, i) => !canBeLater(root, file, namespaces[i]));
  if (unfit.length > 0)
    throw new Error(`these cannot be replaced any longer; \`npm run lazy\` finds those that can: ${unfit.join(', ')}`);
  const numbers = new Map(files.map((file, i) => [file, i]));
  return {
    name: list,
    setup(build) {
      build.onResolve({ filter: /^dunlin:later$/ }, () => ({ path: laterEntry, namespace: 'later-entry' }));
      build.onLoad({ filter: /.*/, namespace: 'later-entry' }, () => ({
        contents: files.map((file, i) => `export * as m${i} from './${file}';`).join('\n'),
        resolveDir: root,
      }));
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir, namespace }) => {
        if (namespace === 'later-entry') return undefined;
        const file = relative(root, resolve(resolveDir, path)).replaceAll('\\', '/');
        return numbers.has(file) ? { path: file, namespace: 'replaced', sideEffects: false } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: 'replaced' }, ({ path }) => {
        const { value, from, resolveDir } = substitute(numbers.get(path));
        return { contents: `${from}\n${callers(value, namespaces[numbers.get(path)])}`, resolveDir };
      });
    },
  };
}

/** A module with what `exported` has, each to be found in `module` when it is used. */
function callers(module, exported) {
  return Object.entries(exported)
    .map(([name, value]) =>
      typeof value === 'function'
        ? `export function ${name}(...args) { return ${isClass(value) ? 'new ' : ''}(${module}.${name})(...args); }\n`
        : `export const ${name} = /* @__PURE__ */ new Proxy({}, {
  get: (_, key) => ${module}.${name}[key],
  has: (_, key) => key in ${module}.${name},
  ownKeys: () => Reflect.ownKeys(${module}.${name}),
  getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(${module}.${name}, key),
});\n`,
    )
    .join('');
}
