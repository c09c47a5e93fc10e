import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The built command line: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');
let folder: string;
let spy: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-loading-'));
  mkdirSync(join(folder, 'migrations'));
  writeFileSync(join(folder, 'migrations/001_users.sql'), 'CREATE TABLE users (id INTEGER PRIMARY KEY);');
  spy = join(folder, 'spy.cjs');
  // Told of each `require`, Node's own modules and Dunlin's files alike.
  writeFileSync(
    spy,
    `const Module = require('node:module');
const asked = new Set();
const load = Module._load;
Module._load = function (request, ...rest) {
  asked.add(request);
  return load.call(this, request, ...rest);
};
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'loaded.json'))}, JSON.stringify([...asked])));
`,
  );
  expect(run(cli, 'up', '-d', 'app.db').status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, ...args: readonly string[]): { status: number | null; stdout: string; loaded: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', spy, program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect(stderr.replace(/^note: .*\n/gm, '')).toBe('');
  return { status, stdout, loaded: JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) as string[] };
}

const hasLater = (loaded: readonly string[]): boolean => loaded.some((name) => /[\\/]later\.js$/.test(name));

describe('nothing is loaded before it is needed', () => {
  it.each([
    ['up -d app.db', false],
    ['up -d app.db --quiet', false],
    ['--version', false],
    ['help', true],
    ['help backup', true],
  ])('by `dunlin %s`', (line, isLater) => {
    const { status, loaded } = run(cli, ...line.split(' '));
    expect(status).toBe(0);
    expect(hasLater(loaded)).toBe(isLater);
    for (const name of ['child_process', 'readline', 'worker_threads', 'zlib']) {
      expect(loaded).not.toContain(name);
      expect(loaded).not.toContain(`node:${name}`);
    }
  });

  it('but then it is', () => {
    const { loaded } = run(cli, 'status', '-d', 'app.db');
    expect(hasLater(loaded)).toBe(true);
    expect(loaded).toContain('node:crypto');
  });
});

describe('the command line in its files', () => {
  it('starts through a link, as node_modules/.bin has it', () => {
    const link = join(folder, 'dunlin');
    symlinkSync(cli, link);
    const { stdout, loaded } = run(link, 'status', '-d', 'app.db');
    expect(stdout).toContain('001');
    expect(hasLater(loaded)).toBe(true);
  });

  it('starts through a link that Node takes for the file', () => {
    const link = join(folder, 'preserved');
    symlinkSync(cli, link);
    const options = { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const;
    const { stdout } = spawnSync(process.execPath, ['--preserve-symlinks-main', link, 'help'], options);
    expect(stdout).toContain('apply all pending migrations');
  });

  it('has no module twice', () => {
    const modules = (file: string): string[] =>
      [...readFileSync(resolve(cli, '..', file), 'utf8').matchAll(/^ *\/\/ (?<path>(?:src|node_modules)\/\S+)$/gm)]
        .map(({ groups }) => groups?.['path'] ?? '')
        // What a room shows of itself is in both.
        .filter((path) => !path.endsWith('/index.ts'));
    const atOnce = new Set(modules('dunlin.js'));
    expect(atOnce.size).toBeGreaterThan(50);
    expect(modules('later.js').filter((path) => atOnce.has(path))).toEqual([]);
  });
});
