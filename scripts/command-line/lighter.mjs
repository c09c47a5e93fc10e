import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';

/** What others bring along, without what takes time for nothing. */
export const lighter = {
  name: 'lighter',
  setup(plugin) {
    // They would start commands that are programs of their own.
    plugin.onResolve({ filter: /^node:(child_process|fs)$/ }, ({ importer, path }) =>
      importer.includes('commander') ? { path, namespace: 'empty' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
    // CommonJS is wrapped in functions, which are read twice: when they are made and when they are called.
    plugin.onLoad({ filter: /[\\/]commander[\\/]index\.js$/ }, () => ({ contents: commander }));
    // Our own code stays as it is: traces in reports of faults are read.
    plugin.onLoad({ filter: /[\\/]node_modules[\\/].*\.js$/ }, async ({ path }) => ({
      contents: (await transform(toModule(await readFile(path, 'utf8')), { minify: true })).code,
    }));
    // For its own file there is one already, and Node loads its loader of ES modules to make another.
    plugin.onResolve({ filter: /^node:module$/ }, ({ namespace, path }) =>
      namespace === 'require' ? undefined : { path, namespace: 'require' },
    );
    plugin.onLoad({ filter: /.*/, namespace: 'require' }, ({ path }) => ({
      contents: `export const createRequire = (from) => from === __filename ? require : require('${path}').createRequire(from);`,
    }));
    // Imported as a default, of CommonJS, each importer would copy it.
    plugin.onResolve({ filter: /^node:process$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'global', sideEffects: false } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'export default process;' }));
  },
};

const commander = `
import { Command } from './lib/command.js';
import { CommanderError } from './lib/error.js';
import { Option } from './lib/option.js';
export default { Command, CommanderError, Option };`;

/** A simple CommonJS module as an ES module. What it does not know stays, and esbuild wraps the module. */
function toModule(text) {
  return text
    .replace(/^const (\w+) = require\('([^']+)'\)\.\1;$/gm, "import { $1 } from '$2';")
    .replace(/^const (\w+|\{[^}:]+\}) = require\('([^']+)'\);$/gm, "import $1 from '$2';")
    .replace(/^exports\.(\w+) = \1;.*$/gm, 'export { $1 };');
}
