import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from 'esbuild';
import { configSchema } from '../../src/node/config-schema.ts';
import { version } from '../../src/version.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.
const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

describe('the package', () => {
  let packed: string[];

  beforeAll(() => {
    // Without --ignore-scripts, `prepack` would build again, under the feet of the tests that run dist.
    const output = run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
    packed = files.map(({ path }) => path);
  });

  it('holds the build and its documents, nothing else', () => {
    const others = packed.filter((path) => !path.startsWith('dist/'));
    expect(others.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'SKILL.md', 'llms.txt', 'package.json']);
  });

  it('ships no test and no source file', () => {
    expect(
      packed.filter(
        (path) => /\.(?:test|fuzz)\./.test(path) || !/\.(?:js|js\.map|d\.ts|md|txt|json)$|^LICENSE$/.test(path),
      ),
    ).toEqual([]);
  });

  // A limit that is reached is a question: what came in, and does it have to be there? docs/internals/decisions/0018.
  it.each([
    ['code of the library', /^dist\/(?!cli\/).*\.js$/, 12, 1150],
    ['declarations', /\.d\.ts$/, 10, 270],
    ['source maps', /\.map$/, 12, 3050],
    ['up-to-date.js', /^dist\/cli\/up-to-date\.js$/, 1, 470],
    ['status.js', /^dist\/cli\/status\.js$/, 1, 570],
    ['whole.js', /^dist\/cli\/whole\.js$/, 1, 1400],
    ['everything', /^/, 48, 7100],
  ])('keeps its size: %s', (_, pattern, most, kilobytes) => {
    const found = packed.filter((path) => pattern.test(path));
    expect(found).not.toEqual([]);
    expect(found.length).toBeLessThanOrEqual(most);
    const bytes = found.reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
    expect(Math.round(bytes / 1000)).toBeLessThanOrEqual(kilobytes);
  });

  it('has the command line in its files, beside the licences of what it bundles', () => {
    const files = packed.filter((path) => path.startsWith('dist/cli/'));
    const names = ['LICENSES.txt', 'dunlin.js', 'meter.js', 'package.json', 'status.js', 'up-to-date.js', 'whole.js'];
    expect(files.toSorted()).toEqual(names.map((name) => `dist/cli/${name}`));
  });

  it('has the JSON schema of the configuration where `init` says it is, as the sources have it', () => {
    expect(packed).toContain('dist/config.schema.json');
    expect(JSON.parse(readFileSync(join(root, 'dist/config.schema.json'), 'utf8'))).toEqual(configSchema);
  });

  it('is a handful of files: each takes Node half a millisecond at every start', () => {
    const modules = packed.filter((path) => path.endsWith('.js') && !path.startsWith('dist/cli/'));
    expect(modules.length).toBeGreaterThan(3);
    expect(modules.length).toBeLessThan(12);
  });

  it('has one version', () => {
    expect(version).toBe(manifest.version);
  });

  it('installs nothing else', () => {
    expect(manifest.dependencies).toBeUndefined();
    const optional = Object.keys(manifest.peerDependenciesMeta).filter(
      (name) => manifest.peerDependenciesMeta[name]?.optional,
    );
    expect(optional.toSorted()).toEqual(Object.keys(manifest.peerDependencies).toSorted());
  });

  it.each(Object.keys(manifest.exports).filter((name) => name !== './package.json'))('exports %s', (name) => {
    const specifier = manifest.name + name.slice(1);
    const names = run(process.execPath, [
      '--input-type=module',
      '-e',
      `console.log(...Object.keys(await import('${specifier}')))`,
    ]);
    expect(names.trim()).not.toBe('');
    const { types } = manifest.exports[name] as { types: string };
    expect(existsSync(join(root, types))).toBe(true);
  });

  // Logs and error trackers show what a class calls itself; esbuild renames one of two that share a file.
  it.each(['dunlin', 'dunlin/core', 'dunlin/web', 'dunlin/testing'])(
    'calls what %s exports by its name',
    (specifier) => {
      const source = `const all = Object.entries(await import('${specifier}')).filter(([, value]) => typeof value === 'function');
console.log(JSON.stringify(all.map(([name, value]) => [name, value.name])))`;
      const names = JSON.parse(run(process.execPath, ['--input-type=module', '-e', source])) as [string, string][];
      expect(names).not.toEqual([]);
      expect(names.filter(([exported, own]) => own !== exported)).toEqual([]);
    },
  );
});

describe('an application that is packed in one file', () => {
  it.each(['esm', 'cjs'] as const)('has the library in it, as %s', async (format) => {
    const contents = `import { DunlinError, migrateSync } from 'dunlin';
import { DunlinError as same } from 'dunlin/core';
import { mockBridge } from 'dunlin/testing';
try {
  migrateSync({ database: mockBridge() });
} catch (error) {
  console.log(error instanceof DunlinError, error.code, same === DunlinError);
}`;
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-packed-'));
    const outfile = join(folder, format === 'esm' ? 'app.mjs' : 'app.cjs');
    const stdin = { contents, resolveDir: root };
    await build({ stdin, bundle: true, platform: 'node', format, outfile, logLevel: 'error' });
    const printed = run(process.execPath, [outfile]);
    rmSync(folder, { recursive: true });
    expect(printed).toBe('true OPTION_INVALID true\n');
  });
});

describe('dunlin/core', () => {
  it('imports nothing but its own files', () => {
    const { default: entry } = manifest.exports['./core'] as { default: string };
    const { files, foreign } = graph(join(root, entry));
    expect(files.size).toBeGreaterThan(1);
    expect(foreign).toEqual([]);
  });
});

describe('the command line', () => {
  const program = join(root, manifest.bin['dunlin'] ?? '');

  it('is executable and starts with its interpreter', () => {
    expect(() => accessSync(program, constants.X_OK)).not.toThrow();
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('knows its version', () => {
    expect(run(process.execPath, [program, '--version'])).toContain(manifest.version);
  });

  it.each(['up-to-date.js', 'status.js', 'whole.js'])('does not bundle what the user installs: %s', (name) => {
    const { foreign } = graph(join(dirname(program), name));
    const optional = new Set(Object.keys(manifest.peerDependencies));
    expect(foreign).toContain('node:fs');
    expect(foreign.filter((name) => !name.startsWith('node:') && !optional.has(name))).toEqual([]);
  });
});

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: unknown;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** What a built module reaches by its imports, dynamic ones included: its own files, and everything else. */
function graph(entry: string): { files: ReadonlySet<string>; foreign: readonly string[] } {
  const files = new Set([entry]);
  const foreign = new Set<string>();
  // A set that grows while it is read is read to its end.
  for (const file of files) {
    for (const specifier of specifiers(readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier));
      else foreign.add(specifier);
    }
  }
  return { files, foreign: [...foreign] };
}

function specifiers(text: string): string[] {
  const found = text.matchAll(
    /(?:^|;)(?:import|export)\b\s*(?:[\w$*{},\s]+?\bfrom\s*)?['"](?<a>[^'"\n]+)['"]|\bimport\(\s*['"](?<b>[^'"\n]+)['"]\s*\)|\brequire\(['"](?<c>[^'"\n]+)['"]\)/gm,
  );
  return [...found].map(({ groups }) => groups?.['a'] ?? groups?.['b'] ?? groups?.['c'] ?? '');
}
