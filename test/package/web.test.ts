import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.
const root = resolve(import.meta.dirname, '../..');

/** What an application has in its bundle; it fails on any module of Node. */
async function bundled(imports: string): Promise<{ readonly kilobytes: number; readonly text: string }> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${imports} } from 'dunlin/web';`, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  const { contents, text } = outputFiles[0]!;
  return { kilobytes: Math.round(gzipSync(contents, { level: 9 }).length / 1000), text };
}

// A limit that is reached is a question: what came in, and does a browser have to load it?
it.each([
  ['migrate, status', 216],
  ['migrate, exclusively, onMigrating', 215],
  ['migrate, MigrationRunner', 280],
])('dunlin/web bundles for a browser, minified and by gzip: %s', async (imports, limit) => {
  const { kilobytes } = await bundled(imports);
  expect(kilobytes).toBeLessThanOrEqual(limit);
});

it('leaves out what migrate and status do not use', async () => {
  const parts = ['erDiagram', 'digraph'];
  const { text } = await bundled('migrate, status');
  expect(parts.filter((part) => text.includes(part))).toEqual([]);
  const whole = await bundled('migrate, MigrationRunner');
  expect(parts.filter((part) => whole.text.includes(part))).toEqual(parts);
});
