import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Folder } from '../cli/harness.ts';

let folder: Folder;

function git(where: string, ...args: readonly string[]): void {
  const names = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', [...names, ...args], { cwd: join(folder.path, where), env, stdio: 'pipe' });
}

type Files = Readonly<Record<string, string>>;

function writeAll(where: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) folder.write(`${where}/migrations/${name}`, text);
}

/** Commits the files on the base branch; then the working tree is a branch of it. */
function release(files: Files, later: Files = {}): void {
  mkdirSync(join(folder.path, 'origin'));
  git('origin', 'init', '-q', '-b', 'main');
  for (const some of [files, later]) {
    writeAll('origin', some);
    git('origin', 'add', '.');
    git('origin', 'commit', '-qm', 'released', '--allow-empty');
  }
  git('.', 'clone', '-q', 'origin', 'work');
  git('work', 'checkout', '-qb', 'feature', 'HEAD~1');
}

async function check(): Promise<string> {
  const argv = ['check', '-d', 'new.db', '--allow-pending', '--quick', '--base', 'origin/main'];
  const { err, out } = await folder.run(argv, { cwd: 'work' });
  return [...`${err}${out}`.matchAll(/\bBASE_\w+/g)].map(([code]) => code).join(' ');
}

beforeEach(() => {
  folder = new Folder();
});
afterEach(() => {
  folder.remove();
});

const journal = (...tags: readonly string[]): string =>
  JSON.stringify({ entries: tags.map((tag, idx) => ({ idx, when: idx, tag })) });

it('compares positions by name: edited, gone, before a released one', async () => {
  const files = {
    'meta/_journal.json': journal('0000_a', '0001_b', '0002_c'),
    '0000_a.sql': 'CREATE TABLE a (id);',
    '0001_b.sql': 'CREATE TABLE b (id);',
    '0002_c.sql': 'CREATE TABLE c (id);',
  };
  release(files);
  expect(await check()).toBe('');
  writeAll('work', {
    'meta/_journal.json': journal('0000_a', '0001_b', '0002_c', '0003_d'),
    '0003_d.sql': 'CREATE TABLE d (id);',
  });
  expect(await check()).toBe('');
  writeAll('work', {
    'meta/_journal.json': journal('0000_a', '0001_new', '0002_c'),
    '0000_a.sql': 'CREATE TABLE a (id, n);',
    '0001_new.sql': 'CREATE TABLE new (id);',
  });
  expect(await check()).toBe('BASE_EDITED BASE_DELETED BASE_OUT_OF_ORDER');
});

it('compares pairs by number and name', async () => {
  release(
    { '1_a.up.sql': 'CREATE TABLE a (id);', '2_b.up.sql': 'CREATE TABLE b (id);' },
    { '3_theirs.up.sql': 'CREATE TABLE t (id);' },
  );
  expect(await check()).toBe('');
  writeAll('work', { '3_mine.up.sql': 'CREATE TABLE m (id);' });
  expect(await check()).toBe('BASE_VERSION_TAKEN');
});
