// Builds `dist`: the library, the command line, and the JSON schema of the configuration.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCommandLine } from './command-line.mjs';
import { load } from './docs/load.mjs';
import { buildLibrary } from './library.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
// tsc and esbuild print their errors.
await buildLibrary(root).catch(() => process.exit(1));
await buildCommandLine(root);
const { configSchema } = await load(root, "export { configSchema } from './src/node/config-schema.ts';");
writeFileSync(join(root, 'dist/config.schema.json'), `${JSON.stringify(configSchema, undefined, 2)}\n`);
