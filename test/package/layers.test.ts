import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const src = join(root, 'src');
const { layers, mayImport, roomOf } = (await import(
  /* @vite-ignore */ pathToFileURL(join(root, 'scripts/layers.mjs')).href
)) as {
  readonly layers: readonly Readonly<Record<string, string>>[];
  readonly mayImport: (from: string, to: string) => boolean;
  readonly roomOf: (file: string) => string;
};
const rooms = layers.flatMap((layer) => Object.keys(layer));
const neutralRooms = new Set(rooms.filter((room) => room !== 'node' && room !== 'cli'));

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')));

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Relative to src; undefined for a package or a module of Node. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
}

function importsOf(file: string, text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(?<type>type\s)?(?:[\w$*{},\s]+?\bfrom\s+)?['"](?<a>[^'"\n]+)['"]|\bimport\(\s*['"](?<b>[^'"\n]+)['"]\s*\)/gm,
  );
  return [...statements].map(({ groups }) => {
    const specifier = groups?.['a'] ?? groups?.['b'] ?? '';
    const to = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
    return { from: file, specifier, to, typeOnly: groups?.['type'] !== undefined };
  });
}

function isForbidden({ from, to }: Import): boolean {
  return to === undefined ? neutralRooms.has(roomOf(from)) : !mayImport(roomOf(from), roomOf(to));
}

it('every room of src is in the list of layers, and nothing else', () => {
  expect([...new Set(files.map(roomOf))].toSorted()).toEqual(rooms.toSorted());
});

it('every import goes inwards, and the core imports neither Node nor a package', () => {
  expect(imports.length).toBeGreaterThan(1000);
  expect(imports.filter(isForbidden).map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
});

it('a room is used through its index', () => {
  const around = imports.filter(
    ({ from, to, typeOnly }) =>
      to !== undefined &&
      !typeOnly &&
      to.includes('/') &&
      roomOf(from) !== roomOf(to) &&
      roomOf(to) !== 'node' &&
      to !== `${roomOf(to)}/index.ts`,
  );
  expect(around.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
});

it.each([
  ['an outer room', "import { run } from '../execute/index.ts';", true],
  ['a type of an outer room', "import type { Run } from '../execute/run.ts';", true],
  ['a module of Node', "import { join } from 'node:path';", true],
  ['a package', "export * from 'better-sqlite3';", true],
  ['an outer room on demand', "const room = await import('../cli/main.ts');", true],
  ['an inner room', "import { quote } from '../sql/index.ts';", false],
])('%s is seen where a room must not import it', (_, line, forbidden) => {
  expect(importsOf('plan/planted.ts', line).map(isForbidden)).toEqual([forbidden]);
});
