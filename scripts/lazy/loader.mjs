// The one module of the library for Node that loads the other half, at the first call of a function in it. `require`
// because callers are synchronous; the file is an ES module, which every supported Node can require.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const file = require('node:path').join(require('node:url').fileURLToPath(new URL('.', import.meta.url)), 'later.js');
// Not at the first error in the middle of a migration.
if (!existsSync(file))
  throw new Error(
    `dunlin was bundled without ${file}. Let the bundler resolve the condition "module" or "default" of its package.json rather than "module-sync", or leave dunlin out of the bundle.`,
  );

let modules;

/** The modules that a start does not need, by number. */
export function later() {
  return (modules ??= require(file));
}
