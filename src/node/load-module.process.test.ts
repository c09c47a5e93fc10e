import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dunlinError } from '../errors/index.ts';

// Vitest loads modules in its own way, so what the runtime itself does is seen only in a process without it.
let root: string;
const withJiti = process.cwd();

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-load-')));
  buildSync({
    entryPoints: [join(import.meta.dirname, 'load-module.ts')],
    outfile: join(root, 'load-module.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
});
afterAll(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

/** Runs code with `load` in a new process and gives what its last expression is; errors as `code: message`. */
function run(code: string, cwd: string = root): unknown {
  const script = `
    import { writeFileSync } from 'node:fs';
    import { loadModule } from ${JSON.stringify(join(root, 'load-module.mjs'))};
    const load = async (...args) => {
      try { return (await loadModule(...args)).up; } catch (error) { return error.code + ': ' + error.message; }
    };
    console.log(JSON.stringify(await (async () => { ${code} })()));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('loadModule in a process of its own', () => {
  it('loads JavaScript both ways', () => {
    const path = JSON.stringify(write('1_a.mjs', 'export const up = 1;'));
    expect(run(`return [await load(${path}, false), await load(${path}, true)]`)).toEqual([1, 1]);
  });

  it('cannot load an ES module where .js is CommonJS, in words that the error knows', () => {
    mkdirSync(join(root, 'common'));
    write('common/package.json', '{ "type": "commonjs" }');
    const file = write('common/1_a.js', 'export const up = 1;');
    write('common/1_b.js', "import 'node:fs'; export const up = 1;");
    const paths = ['1_a.js', '1_b.js'].map((name) => JSON.stringify(join(root, 'common', name)));
    const reasons = run(`return [${paths.map((path) => `await load(${path}, false)`).join(', ')}]`) as string[];
    expect(reasons).toHaveLength(2);
    for (const reason of reasons)
      expect(dunlinError('MODULE_FAILED', { file, reason: reason.replace('undefined: ', '') }).hint).toContain(
        'name the file .mjs.',
      );
  });

  it('loads an edited module again, synchronously only CommonJS', () => {
    const module = JSON.stringify(write('2_a.mjs', 'export const up = 1;'));
    const common = JSON.stringify(write('2_b.cjs', 'exports.up = 1;'));
    const edit = `writeFileSync(${module}, 'export const up = 2;'); writeFileSync(${common}, 'exports.up = 2;');`;
    const both = (sync: boolean): string =>
      `const all = async (revision) => [await load(${module}, ${sync}, revision), await load(${common}, ${sync}, revision)];
       const before = await all('r1'); ${edit} return [before, await all('r2')];`;
    expect(run(both(false))).toEqual([
      [1, 1],
      [2, 2],
    ]);
    write('2_a.mjs', 'export const up = 1;');
    write('2_b.cjs', 'exports.up = 1;');
    expect(run(both(true))).toEqual([
      [1, 1],
      [expect.stringContaining('MODULE_STALE'), 2],
    ]);
  });

  it('loads TypeScript natively or through jiti, or names the way out', () => {
    const path = JSON.stringify(write('3_a.ts', 'export const up: string = `x`;'));
    const both = `return [await load(${path}, false), await load(${path}, true)]`;
    expect(run(both, withJiti)).toEqual(['x', 'x']);
    const isNative = Boolean((process.features as { typescript?: unknown }).typescript);
    const expected = isNative ? 'x' : expect.stringContaining('MODULE_NEEDS_JITI');
    expect(run(both)).toEqual([expected, expected]);
  });

  it.each(['{ "type": "commonjs" }', '{}', '{ "type": "module" }', 'null'])(
    'loads ES modules in .ts files below %s through jiti or natively, without a word on the screen',
    (manifest) => {
      const folder = mkdtempSync(join(root, 'scope-'));
      writeFileSync(join(folder, 'package.json'), manifest);
      writeFileSync(join(folder, 'helper.ts'), 'export const name: string = `x`;');
      writeFileSync(join(folder, '1_a.ts'), "import { name } from './helper.ts';\nexport const up: string = name;");
      const path = JSON.stringify(join(folder, '1_a.ts'));
      const script = `
        const warnings = [];
        process.on('warning', ({ message }) => warnings.push(message));
        const loaded = [await load(${path}, false), await load(${path}, true)];
        await new Promise((resolve) => setImmediate(resolve));
        return { loaded, warnings };`;
      expect(run(script, withJiti)).toEqual({ loaded: ['x', 'x'], warnings: [] });
    },
  );

  it('keeps a CommonJS .ts file CommonJS, whatever types it imports', () => {
    mkdirSync(join(root, 'types'));
    write('types/package.json', '{ "type": "commonjs" }');
    const text =
      "import type { Stats } from 'node:fs';\nmodule.exports = { up: (x: Stats) => x };\nmodule.exports.up = 'x';";
    const path = JSON.stringify(write('types/1_a.ts', text));
    expect(run(`return [await load(${path}, false), await load(${path}, true)]`, withJiti)).toEqual(['x', 'x']);
  });

  it('loads TypeScript that is more than types through jiti', () => {
    write('helper.ts', 'export enum Names { users }');
    const path = JSON.stringify(
      write('4_a.ts', "import { Names } from './helper.js';\nexport const up: string = Names[0];"),
    );
    const both = `return [await load(${path}, false), await load(${path}, true)]`;
    expect(run(both, withJiti)).toEqual(['users', 'users']);
    const missing = expect.stringContaining('MODULE_NEEDS_JITI');
    expect(run(both)).toEqual([missing, missing]);
  });

  it('reports that a module cannot be loaded synchronously', () => {
    const path = JSON.stringify(write('5_a.mjs', 'export const up = await Promise.resolve(1);'));
    expect(run(`return [await load(${path}, false), await load(${path}, true)]`)).toEqual([
      1,
      expect.stringContaining('MODULE_NOT_SYNC'),
    ]);
  });
});
