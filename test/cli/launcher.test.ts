import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

// The built command line, installed in a project: `npm run build` comes first, as it does in `npm test`.
const root = resolve(import.meta.dirname, '../..');
const installed = 'node_modules/dunlin/dist/cli/dunlin.js';

let project: Folder;
let path: string;

beforeAll(() => {
  expect(existsSync(join(root, 'dist/cli/dunlin.js')), 'run `npm run build` first').toBe(true);
  project = new Folder({
    'package.json': '{ "name": "app", "private": true, "scripts": { "db": "dunlin" } }',
    'migrations/001_users.sql': 'CREATE TABLE users (id);',
    'deep/below/file.txt': '',
  });
  for (const part of ['package.json', 'dist/cli'])
    cpSync(join(root, part), join(project.path, 'node_modules/dunlin', part), { recursive: true });
  mkdirSync(join(project.path, 'node_modules/.bin'));
  symlinkSync('../dunlin/dist/cli/dunlin.js', join(project.path, 'node_modules/.bin/dunlin'));
  symlinkSync(join(root, 'node_modules/better-sqlite3'), join(project.path, 'node_modules/better-sqlite3'));
  // Without what `npx vitest` has put into it.
  path = (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':');
});
afterAll(() => project.remove());

interface Typing {
  /** A folder in the project. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function shell(
  command: string,
  { cwd = '.', env = {} }: Typing = {},
): { text: string; out: string; status: number | null } {
  const options = {
    cwd: join(project.path, cwd),
    env: { PATH: path, HOME: project.path, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  } as const;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', command], options);
  return { text: `${stdout}${stderr}`, out: stdout, status };
}

/** The command in backticks that a database without a file leads to. */
function hintOf(command: string, typing?: Typing): string {
  const { text } = shell(`${command} down -d none.db`, typing);
  expect(text).toContain('error DATABASE_NOT_FOUND');
  return /`([^`]*)`/.exec(text.replace(/\s+/g, ' '))?.[1] ?? text;
}

describe('a hint names a command that the shell finds', () => {
  it.each([
    ['npx dunlin', '.'],
    ['npm exec -- dunlin', 'deep/below'],
    ['npm run --silent db --', '.'],
    ['node_modules/.bin/dunlin', '.'],
    ['../../node_modules/.bin/dunlin', 'deep/below'],
    [`node ${installed}`, '.'],
  ])('after `%s` in %s: npx dunlin', (start, cwd) => {
    const hint = hintOf(start, { cwd });
    expect(hint).toBe('npx dunlin up -d none.db');
    const typed = shell(`${hint} --dry-run -m ${join(project.path, 'migrations')}`, { cwd });
    expect([typed.status, typed.text]).toEqual([0, expect.stringContaining('1 pending')]);
  });

  it('in JSON too, and in the help', () => {
    const { out } = shell('npx dunlin down -d none.db --json');
    expect(JSON.parse(out)).toMatchObject({ error: { hint: expect.stringContaining('`npx dunlin up -d none.db`') } });
    const { text } = shell('npx dunlin');
    expect(text).toContain('`npx dunlin help <command>`');
    expect(shell('npx dunlin help up').text).toMatch(/Examples:\n {2}npx dunlin up /);
    expect(shell('npx dunlin status -d none.db').text).toContain('`npx dunlin up -d none.db` creates it');
  });

  it.each([
    ['pnpm/10.4.0 npm/? node/v22.0.0 linux x64', 'pnpm exec dunlin'],
    ['yarn/4.9.1 npm/? node/v22.0.0 linux x64', 'yarn dunlin'],
    ['bun/1.2.5 npm/? node/v22.0.0 linux x64', 'bunx dunlin'],
    ['npm/11.0.0 node/v22.0.0 linux x64', 'npx dunlin'],
  ])('of the package manager %s', (agent, launcher) => {
    // As a package manager starts it: its folder of commands comes first in the PATH.
    const env = { npm_config_user_agent: agent, PATH: `${join(project.path, 'node_modules/.bin')}:${path}` };
    expect(hintOf('dunlin', { env })).toBe(`${launcher} up -d none.db`);
  });

  it('that downloads it again where pnpm did so', () => {
    const env = { npm_config_user_agent: 'pnpm/10.4.0 npm/? node/v22.0.0 linux x64' };
    const elsewhere = new Folder();
    try {
      const { text } = shell(`cd ${elsewhere.path} && node ${join(project.path, installed)} down -d none.db`, { env });
      expect(text).toContain('`pnpm dlx dunlin up -d none.db`');
    } finally {
      elsewhere.remove();
    }
  });
});

describe('a hint names `dunlin` alone', () => {
  it.each([
    ['a link', (file: string) => symlinkSync(join(project.path, installed), file)],
    [
      'a script with the path',
      (file: string) => writeFileSync(file, `#!/bin/sh\nexec node "${project.path}/${installed}" "$@"\n`),
    ],
    [
      'a script as pnpm writes it',
      (file: string) =>
        writeFileSync(file, `#!/bin/sh\nbasedir=$(dirname "$0")\nexec node "$basedir/../../${installed}" "$@"\n`),
    ],
  ])('where it is in the PATH, by %s', (what, make) => {
    const bin = join(project.path, 'bin', what.replaceAll(' ', '-'));
    mkdirSync(bin, { recursive: true });
    make(join(bin, 'dunlin'));
    chmodSync(realpathSync(join(bin, 'dunlin')), 0o755);
    const env = { PATH: `${bin}:${path}` };
    expect(hintOf('dunlin', { env })).toBe('dunlin up -d none.db');
    // The user's shell finds it, however this process was started.
    expect(hintOf('npx dunlin', { env })).toBe('dunlin up -d none.db');
  });

  it('where the PATH of the user has the commands of the project', () => {
    const env = { PATH: `node_modules/.bin:${path}` };
    expect(hintOf('dunlin', { env })).toBe('dunlin up -d none.db');
  });

  it('but not where another `dunlin` is in the PATH', () => {
    const bin = join(project.path, 'bin/other');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'dunlin'), '#!/bin/sh\necho another\n');
    chmodSync(join(bin, 'dunlin'), 0o755);
    expect(hintOf('node_modules/.bin/dunlin', { env: { PATH: `${bin}:${path}` } })).toBe('npx dunlin up -d none.db');
  });

  it('where it was started from a checkout', () => {
    expect(dirname(root)).not.toContain('node_modules');
    expect(hintOf(`node ${root}/dist/cli/dunlin.js`)).toBe('dunlin up -d none.db');
  });
});
