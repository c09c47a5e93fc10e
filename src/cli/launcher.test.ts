import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findLauncher } from './launcher.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-launcher-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program at a path below the folder; `dunlin.js` in a package of a project, or in a checkout. */
function program(path: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

const inPackage = 'project/node_modules/dunlin/dist/cli/dunlin.js';

function install(text?: string, name = 'dunlin'): { readonly program: string; readonly bin: string } {
  const file = program(inPackage);
  const bin = join(folder, 'project/node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  if (text === undefined) symlinkSync(file, join(bin, name));
  else writeFileSync(join(bin, name), text);
  return { program: file, bin };
}

const agent = (name: string | undefined): Record<string, string> =>
  name === undefined ? {} : { npm_config_user_agent: `${name}/1.0 node/v20` };

it.each([
  ['npx dunlin', undefined],
  ['npx dunlin', 'npm'],
  ['pnpm exec dunlin', 'pnpm'],
  ['yarn dunlin', 'yarn'],
  ['bunx dunlin', 'bun'],
])('is `%s` for a program installed in the project, started by %s', (expected, manager) => {
  const { program: file, bin } = install();
  const cwd = join(folder, 'project/below');
  // What a package manager adds to the PATH is not in the user's.
  const env = { ...agent(manager), PATH: manager === undefined ? '/nowhere' : bin };
  expect(findLauncher({ program: file, cwd, env })).toBe(expected);
});

it.each([
  ['npx dunlin', 'npm'],
  ['pnpm dlx dunlin', 'pnpm'],
  ['dunlin', undefined],
])('is `%s` for a program in a cache, started by %s', (expected, manager) => {
  const file = program('cache/node_modules/dunlin/dist/cli/dunlin.js');
  expect(findLauncher({ program: file, cwd: folder, env: agent(manager) })).toBe(expected);
});

it.each([
  ['npx dunlin', 'npm'],
  ['dunlin', 'pnpm'],
  ['dunlin', undefined],
])('is `%s` for a checkout, started by %s', (expected, manager) => {
  expect(findLauncher({ program: program('checkout/dist/cli/dunlin.js'), cwd: folder, env: agent(manager) })).toBe(
    expected,
  );
});

it.each([
  ['a link', undefined, 'dunlin'],
  ['a script of pnpm', '#!/bin/sh\nexec node "$basedir/../dunlin/dist/cli/dunlin.js" "$@"\n', 'dunlin'],
  ['a script of npm on Windows', 'node "%~dp0/../dunlin/dist/cli/dunlin.js" %*\n', 'dunlin.cmd'],
])('is `dunlin` where %s in the PATH starts this program', (_, text, name) => {
  const { program: file, bin } = install(text, name);
  const env = { Path: ['', '/nowhere', bin].join(delimiter) };
  expect(findLauncher({ program: file, cwd: '/', env })).toBe('dunlin');
});

it.each([
  ['another program', '#!/bin/sh\necho another\n'],
  ['a script of a missing program', 'node "$basedir/none/dunlin.js"\n'],
  ['a large file', `${'#'.repeat(20_000)}\n`],
])('is not `dunlin` where it is %s', (_, text) => {
  const { program: file, bin } = install(text);
  expect(findLauncher({ program: file, cwd: '/', env: { ...agent('pnpm'), PATH: bin } })).toBe('pnpm dlx dunlin');
});
