// Builds `dist`: the library, then the command line.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCommandLine } from './command-line.mjs';
import { buildLibrary } from './library.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
// What is wrong is printed by tsc and by esbuild.
await buildLibrary(root).catch(() => process.exit(1));
await buildCommandLine(root);
