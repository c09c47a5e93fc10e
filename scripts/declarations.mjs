// The declarations: tsc writes one file for each module; what is published is one for each entry point, and what these
// share.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

/** Has the compiler write the declarations of the sources, one file for each module, and passes their folder to `use`. */
export async function withDeclarations(root, use) {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-declarations-'));
  try {
    // TypeScript 7 exports nothing but its package.json, so its program is found from there.
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
    const tsc = join(dirname(manifest), bin.tsc);
    const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', folder];
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) throw new Error('the declarations have errors');
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Writes one declaration file for each entry point into `dist`, and the files that they share. What is not exported is
 * not in them.
 *
 * @param {Record<string, string>} entryPoints their sources, by the name of the file without its ending
 */
export async function buildDeclarations(root, entryPoints) {
  await withDeclarations(root, async (folder) => {
    const bundle = await rollup({
      input: Object.fromEntries(Object.entries(entryPoints).map(([name, source]) => [name, declared(folder, source)])),
      external: /^[^./]/,
      plugins: [dts()],
      onwarn: failUnlessUnexported,
    });
    await bundle.write({
      dir: join(root, 'dist'),
      entryFileNames: '[name].d.ts',
      chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, '')}.d.ts`,
    });
    await bundle.close();
  });
}

/** Where tsc has written the declarations of `src/.../name.ts`. */
function declared(folder, source) {
  return join(folder, relative('src', source).replace(/\.ts$/, '.d.ts'));
}

/** Types that are part of an exported one, but have no use by themselves, stay without a name of their own. */
function failUnlessUnexported({ message }) {
  if (!message.includes('private shared type exports')) throw new Error(message);
}
