// Builds `dist`: the library, then the command line as one file with esbuild, and its worker as another.
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildLibrary } from './library.mjs';
import { thirdPartyLicenses } from './licenses.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
await buildLibrary(root).catch(() => process.exit(1));
await buildCommandLine();

async function buildCommandLine() {
  const outdir = join(root, 'dist/cli');
  const { metafile } = await build({
    absWorkingDir: root,
    // A worker thread needs a file of its own.
    entryPoints: ['src/cli/dunlin.ts', 'src/cli/meter.ts'],
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // What the user installs beside Dunlin has to be the user's own copy.
    external: ['better-sqlite3', '@photostructure/sqlite', 'node:sqlite', 'jiti'],
    // Bundled CommonJS packages (commander) call require() for Node's own modules, and ESM has no require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // esbuild has printed what is wrong.
  }).catch(() => process.exit(1));
  chmodSync(join(outdir, 'dunlin.js'), 0o755);
  writeFileSync(join(outdir, 'LICENSES.txt'), thirdPartyLicenses(root, Object.keys(metafile.inputs)));
}
