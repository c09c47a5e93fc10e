import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Folder, type Ran } from './harness.ts';

let folder: Folder;

const sql = (table: string): string =>
  `-- === UP ===\nCREATE TABLE ${table} (id INTEGER PRIMARY KEY);\n-- === DOWN ===\nDROP TABLE ${table};\n`;

/** Runs git in a folder of the folder, with nothing of this machine's settings. */
function git(where: string, ...args: readonly string[]): string {
  const person = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b.c',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b.c',
  };
  const env = { ...process.env, ...person, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd: join(folder.path, where), env, encoding: 'utf8', stdio: 'pipe' });
}

/** Commits files of `origin`, the others' repository, on its branch main. */
function release(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) folder.write(`origin/${name}`, text);
  git('origin', 'add', '.');
  git('origin', 'commit', '-qm', 'released');
}

/** Commits what is in the working tree of this branch. */
function commit(): void {
  git('work', 'add', '-A');
  git('work', 'commit', '-qm', 'work');
}

/** `origin` has users and notes on main; `work` is a clone of it on a branch of its own. */
beforeEach(() => {
  folder = new Folder();
  mkdirSync(join(folder.path, 'origin'));
  git('origin', 'init', '-q', '-b', 'main');
  release({ 'db/migrations/001_users.sql': sql('users'), 'db/migrations/003_notes.sql': sql('notes') });
  git('.', 'clone', '-q', 'origin', 'work');
  git('work', 'checkout', '-qb', 'feature');
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

const write = (file: string, text: string): void => folder.write(`work/db/migrations/${file}`, text);
const rename = (from: string, to: string): void =>
  folder.rename(`work/db/migrations/${from}`, `work/db/migrations/${to}`);
const remove = (file: string): void => rmSync(join(folder.path, 'work/db/migrations', file));
const text = (file: string): string => readFileSync(join(folder.path, 'work/db/migrations', file), 'utf8');

const check = (more: readonly string[] = [], cwd = 'work'): Promise<Ran> =>
  folder.run(['check', '-d', 'new.db', '--allow-pending', '--quick', '--base', 'origin/main', ...more], { cwd });

/** What `check` found, each with its code and message. */
async function problems(more: readonly string[] = [], cwd = 'work'): Promise<readonly string[]> {
  const { out, code } = await check(['--json', ...more], cwd);
  const document = JSON.parse(out) as {
    readonly problems?: readonly { readonly code: string; readonly message: string }[];
    readonly error?: { readonly code: string; readonly message: string; readonly problems?: typeof document.problems };
  };
  const found = document.problems ?? document.error?.problems ?? [document.error!];
  expect(code).toBe(found.length > 0 ? 3 : 0);
  return found.map((one) => `${one.code} ${one.message}`);
}

describe('check --base finds', () => {
  it('nothing where the branch adds a migration behind all others', async () => {
    write('004_tags.sql', sql('tags'));
    expect(await problems()).toEqual([]);
    commit();
    expect(await problems()).toEqual([]);
  });

  it('a number that is taken on the base branch, before they are merged and after', async () => {
    write('004_tags.sql', sql('tags'));
    commit();
    release({ 'db/migrations/004_colours.sql': sql('colours') });
    git('work', 'fetch', '-q');
    expect(await problems()).toEqual([
      'BASE_VERSION_TAKEN db/migrations/004_tags.sql has version 4, which is 004_colours on origin/main.',
    ]);
    git('work', 'merge', '-q', 'origin/main', '-m', 'merged');
    expect(await problems()).toEqual([
      'VERSION_DUPLICATE Version 4 is used twice: db/migrations/004_colours.sql and db/migrations/004_tags.sql. origin/main has db/migrations/004_colours.sql.',
    ]);
    const { err } = await check();
    const command = /`dunlin (renumber [^`]*)`/.exec(err.replaceAll(/\s+/g, ' '))?.[1];
    expect(command).toBe('renumber db/migrations/004_tags.sql --base origin/main -d new.db');
    expect((await folder.run(command!.split(' '), { cwd: 'work' })).out).toBe('db/migrations/005_tags.sql\n');
    expect(await problems()).toEqual([]);
  });

  it('a migration that was inserted before a released one', async () => {
    write('002_tags.sql', sql('tags'));
    expect(await problems()).toEqual([
      'BASE_OUT_OF_ORDER db/migrations/002_tags.sql is new, and comes before 003_notes, which origin/main has.',
    ]);
    const { err } = await check();
    const command = /`dunlin (renumber [^`]*)`/.exec(err.replaceAll(/\s+/g, ' '))?.[1];
    expect((await folder.run(command!.split(' '), { cwd: 'work' })).out).toBe('db/migrations/004_tags.sql\n');
    expect(await problems()).toEqual([]);
  });

  it('a migration that is older than one that others have released meanwhile', async () => {
    write('004_tags.sql', sql('tags'));
    release({ 'db/migrations/20261121093000_colours.sql': sql('colours') });
    git('work', 'fetch', '-q');
    expect(await problems()).toEqual([
      'BASE_OUT_OF_ORDER db/migrations/004_tags.sql is new, and comes before 20261121093000_colours, which origin/main has.',
    ]);
  });

  it('a released migration that was edited, also where it cannot be parsed', async () => {
    write('001_users.sql', sql('people'));
    write('003_notes.sql', "-- === UP ===\nSELECT 'x");
    const found = await problems();
    expect(found.filter((one) => one.startsWith('BASE_'))).toEqual([
      'BASE_EDITED db/migrations/001_users.sql was edited, and origin/main has it.',
      'BASE_EDITED db/migrations/003_notes.sql was edited, and origin/main has it.',
    ]);
    const { err } = await check();
    const commands = [...err.replaceAll(/\s+/g, ' ').matchAll(/`git ([^`]*)`/g)].map(([, words]) => words!.split(' '));
    for (const words of commands) git('work', ...words);
    expect(text('001_users.sql')).toBe(sql('users'));
    expect(await problems()).toEqual([]);
  });

  it('a released migration that was deleted', async () => {
    remove('001_users.sql');
    expect(await problems()).toEqual(['BASE_DELETED db/migrations/001_users.sql, which origin/main has, was deleted.']);
    commit();
    const { err } = await check();
    git('work', .../`git ([^`]*)`/.exec(err.replaceAll(/\s+/g, ' '))![1]!.split(' '));
    expect(await problems()).toEqual([]);
  });

  it.each([
    ['another name', '003_memos.sql'],
    ['another number', '004_notes.sql'],
    ['both', '002_memos.sql'],
  ])('a released migration that got %s', async (_, to) => {
    rename('003_notes.sql', to);
    expect(await problems()).toEqual([
      `BASE_RENAMED db/migrations/003_notes.sql, which origin/main has, is db/migrations/${to} now.`,
    ]);
    commit();
    const { err } = await check();
    git('work', .../`git ([^`]*)`/.exec(err.replaceAll(/\s+/g, ' '))![1]!.split(' '));
    expect(await problems()).toEqual([]);
  });

  it('all of it at once, by number', async () => {
    remove('001_users.sql');
    write('002_tags.sql', sql('tags'));
    write('003_notes.sql', sql('memos'));
    expect((await problems()).map((one) => one.split(' ')[0])).toEqual([
      'BASE_DELETED',
      'BASE_OUT_OF_ORDER',
      'BASE_EDITED',
    ]);
  });

  it('a released migration whose number another one has now', async () => {
    remove('003_notes.sql');
    write('003_tags.sql', sql('tags'));
    expect(await problems()).toEqual([
      'BASE_DELETED db/migrations/003_notes.sql, which origin/main has, was deleted.',
      'BASE_VERSION_TAKEN db/migrations/003_tags.sql has version 3, which is 003_notes on origin/main.',
    ]);
  });
});

describe('check --base does not mind', () => {
  it('comments, white space and line endings', async () => {
    write('001_users.sql', `-- who they are\n${sql('users').replaceAll(' (', '  (')}`.replaceAll('\n', '\r\n'));
    expect(await problems()).toEqual([]);
  });

  it('what others have added, edited or deleted since this branch left', async () => {
    write('005_tags.sql', sql('tags'));
    commit();
    rmSync(join(folder.path, 'origin/db/migrations/001_users.sql'));
    release({ 'db/migrations/003_notes.sql': sql('memos'), 'db/migrations/004_colours.sql': sql('colours') });
    git('work', 'fetch', '-q');
    expect(await problems()).toEqual([]);
  });

  it('files that are no migrations', async () => {
    write('readme.md', 'x');
    release({ 'db/migrations/readme.md': 'y', 'db/migrations/002 broken.sql': 'z', 'db/migrations/sub/001_x.sql': '' });
    git('work', 'fetch', '-q');
    expect(await problems()).toEqual([]);
  });

  it('links, whose text is elsewhere', async () => {
    folder.write('origin/shared.sql', sql('shared'));
    symlinkSync('../../shared.sql', join(folder.path, 'origin/db/migrations/002_shared.sql'));
    release({});
    git('work', 'fetch', '-q');
    git('work', 'merge', '-q', 'origin/main');
    expect(await problems()).toEqual([]);
  });

  it('a base branch without the directory', async () => {
    folder.write('work/new/001_a.sql', sql('a'));
    expect(await problems(['-m', 'new'])).toEqual([]);
  });
});

describe('check --base compares', () => {
  it('migrations in code by their text', async () => {
    const code = 'export default { up: (db) => db.exec("SELECT 1"), down: () => {} };\n';
    release({ 'db/migrations/004_code.mjs': code, 'db/migrations/005_more.mjs': code });
    git('work', 'fetch', '-q');
    git('work', 'merge', '-q', 'origin/main');
    write('004_code.mjs', `// why\n${code.replace('(db) =>', '(db)   =>')}`);
    write('005_more.mjs', code.replace('SELECT 1', 'SELECT 2'));
    expect(await problems()).toEqual(['BASE_EDITED db/migrations/005_more.mjs was edited, and origin/main has it.']);
  });

  it('from a folder below, and from outside the repository', async () => {
    write('002_tags.sql', sql('tags'));
    folder.write('work/src/x', '');
    expect(await problems(['-m', '../db/migrations'], 'work/src')).toEqual([
      `BASE_OUT_OF_ORDER ${folder.path}/work/db/migrations/002_tags.sql is new, and comes before 003_notes, which origin/main has.`,
    ]);
    expect(await problems(['-m', 'work/db/migrations'], '.')).toHaveLength(1);
    expect(await problems(['-m', '.'], 'work/db/migrations')).toEqual([
      'BASE_OUT_OF_ORDER 002_tags.sql is new, and comes before 003_notes, which origin/main has.',
    ]);
  });

  it('a directory outside the current one with a command that works there', async () => {
    folder.write('work/src/x', '');
    write('001_users.sql', sql('people'));
    const { err } = await check(['-m', '../db/migrations'], 'work/src');
    const command = /`git ([^`]*)`/.exec(err.replaceAll(/\s+/g, ' '))![1]!;
    expect(command).toBe(`-C ${folder.path}/work/db/migrations restore --source=origin/main -- 001_users.sql`);
    git('.', ...command.split(' '));
    expect(text('001_users.sql')).toBe(sql('users'));
  });

  it('the directory of each database', async () => {
    release({ 'graph/001_nodes.sql': sql('nodes'), 'graph/002_edges.sql': sql('edges') });
    git('work', 'fetch', '-q');
    git('work', 'merge', '-q', 'origin/main');
    const databases = {
      app: { path: 'app.db', migrations: 'db/migrations' },
      graph: { path: 'graph.db', migrations: 'graph' },
    };
    folder.write('work/dunlin.config.json', JSON.stringify({ databases }));
    write('002_tags.sql', sql('tags'));
    folder.write('work/graph/002_edges.sql', sql('links'));
    const argv = ['check', '--all', '--allow-pending', '--quick', '--base', 'origin/main', '--json'];
    const { out, code } = await folder.run(argv, { cwd: 'work' });
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      databases: [{ problems: [{ code: 'BASE_OUT_OF_ORDER' }] }, { problems: [{ code: 'BASE_EDITED' }] }],
    });
  });

  it('with any branch or commit', async () => {
    write('002_tags.sql', sql('tags'));
    commit();
    expect(await problems(['--base', 'HEAD'])).toEqual([]);
    expect(await problems(['--base', 'main'])).toHaveLength(1);
    expect(await problems(['--base', 'HEAD~1'])).toHaveLength(1);
  });

  it('in a hook, which has git look elsewhere', async () => {
    write('002_tags.sql', sql('tags'));
    vi.stubEnv('GIT_DIR', '.git');
    vi.stubEnv('GIT_INDEX_FILE', '.git/index.lock');
    expect(await problems()).toHaveLength(1);
  });

  it('without writing anything', async () => {
    write('002_tags.sql', sql('tags'));
    const before = snapshot(join(folder.path, 'work'));
    expect(await problems()).toHaveLength(1);
    expect(snapshot(join(folder.path, 'work'))).toEqual(before);
  });
});

/** Every file below a folder, with its content and the time of its last change. */
function snapshot(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { mtimeMs } = statSync(join(path, name));
      const isFile = statSync(join(path, name)).isFile();
      const content = isFile
        ? createHash('sha256')
            .update(readFileSync(join(path, name)))
            .digest('hex')
        : '';
      return `${name} ${mtimeMs} ${content}`;
    });
}

describe('check --base cannot compare', () => {
  const failure = async (more: readonly string[], cwd?: string): Promise<string> => {
    const { code, err } = await check(more, cwd);
    expect(code).toBe(2);
    return err.replaceAll(/\s+/g, ' ').trim();
  };

  it('with a branch that was not fetched, and says how to fetch it', async () => {
    git('origin', 'branch', 'develop');
    const err = await failure(['--base', 'origin/develop']);
    expect(err).toContain('error BASE_NOT_FOUND The git repository has no origin/develop.');
    git('work', .../`git ([^`]*)`/.exec(err)![1]!.split(' '));
    expect(await problems(['--base', 'origin/develop'])).toEqual([]);
  });

  it('with a branch that there is not', async () => {
    expect(await failure(['--base', 'nowhere'])).toContain('`git branch --all`');
    expect(await failure(['--base=--all'])).toContain('error BASE_NOT_FOUND');
    expect(await failure(['--base', ''])).toContain('error USAGE');
  });

  it('in a shallow clone, and says how to fetch the rest', async () => {
    release({ 'db/migrations/004_tags.sql': sql('tags') });
    git('.', 'clone', '-q', '--depth', '1', '--no-single-branch', `file://${folder.path}/origin`, 'shallow');
    git('shallow', 'checkout', '-qb', 'feature');
    expect(await problems([], 'shallow')).toEqual([]);
    release({ 'db/migrations/005_more.sql': sql('more') });
    git('shallow', 'fetch', '-q', '--depth', '1', 'origin');
    const err = await failure([], 'shallow');
    expect(err).toContain('error BASE_UNRELATED The repository is a shallow clone');
    git('shallow', .../`git ([^`]*)`/.exec(err)![1]!.split(' '));
    expect(await problems([], 'shallow')).toEqual([]);
  });

  it('with a branch of another history', async () => {
    git('work', 'checkout', '-q', '--orphan', 'other');
    git('work', 'commit', '-qm', 'begun anew');
    expect(await failure([])).toContain('This branch and origin/main have no commit in common.');
  });

  it('a directory that there is not', async () => {
    expect(await failure(['-m', 'nowhere'])).toContain('error DIRECTORY_NOT_FOUND');
  });

  it('outside a repository, and without git', async () => {
    cpSync(join(folder.path, 'work/db'), join(folder.path, 'plain/db'), { recursive: true });
    expect(await failure([], 'plain')).toContain('is not in a git repository');
    vi.stubEnv('PATH', '/nowhere');
    expect(await failure([])).toContain('There is no `git` to ask for the base branch.');
  });
});

describe('renumber in a repository', () => {
  const renumber = (...argv: readonly string[]): Promise<Ran> => folder.run(['renumber', ...argv], { cwd: 'work' });

  it('counts what the base branch has, which is found by itself', async () => {
    write('003_tags.sql', sql('tags'));
    release({ 'db/migrations/008_colours.sql': sql('colours') });
    git('work', 'fetch', '-q');
    expect((await renumber('003_tags.sql')).out).toBe('db/migrations/009_tags.sql\n');
  });

  it('counts what a branch has that is named', async () => {
    git('origin', 'checkout', '-qb', 'develop');
    release({ 'db/migrations/010_colours.sql': sql('colours') });
    git('work', 'fetch', '-q');
    write('003_tags.sql', sql('tags'));
    expect((await renumber('003_tags.sql', '--base', 'origin/develop')).out).toBe('db/migrations/011_tags.sql\n');
    expect(await renumber('001_users.sql', '--base', 'origin/nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining('error BASE_NOT_FOUND'),
    });
  });

  it('refuses what the base branch has, unless that has two with the number', async () => {
    write('003_tags.sql', sql('tags'));
    const { code, err } = await renumber('003_notes.sql');
    expect(code).toBe(1);
    expect(err).toContain('db/migrations/003_notes.sql keeps its number: origin/main has it.');
    expect(err.replaceAll(/\s+/g, ' ')).toContain('`dunlin renumber db/migrations/003_tags.sql --base origin/main`');
    release({ 'db/migrations/003_tags.sql': sql('tags') });
    git('work', 'fetch', '-q');
    expect((await renumber('003_notes.sql')).out).toBe('db/migrations/004_notes.sql\n');
  });

  it('stops where git refuses to read the repository', async () => {
    write('003_tags.sql', sql('tags'));
    folder.write('work/.git/config', '[broken');
    const { code, err } = await renumber('003_tags.sql');
    expect({ code, failed: err.includes('error GIT_FAILED') }).toEqual({ code: 2, failed: true });
    expect(err).toContain('git cannot read the repository of');
    expect(text('003_tags.sql')).toBe(sql('tags'));
  });

  it('does without git', async () => {
    write('003_tags.sql', sql('tags'));
    vi.stubEnv('PATH', '/nowhere');
    expect((await renumber('003_tags.sql')).out).toBe('db/migrations/004_tags.sql\n');
  });
});

describe('a migration that was applied, and whose number the base branch has given to another', () => {
  const on = ['-d', 'app.db'];
  const inWork = (...words: readonly string[]): Promise<Ran> => folder.run(words, { cwd: 'work' });
  /** Types the nth command that a message names. */
  const type = async (message: string, n = 0): Promise<Ran> => {
    const commands = [...message.replaceAll(/\s+/g, ' ').matchAll(/`dunlin ([^`]*)`/g)];
    return await inWork(...commands[n]![1]!.split(' '), '--yes');
  };

  beforeEach(async () => {
    write('004_colours.sql', sql('colours'));
    commit();
    expect((await inWork('up', ...on)).code).toBe(0);
    release({ 'db/migrations/004_tags.sql': sql('tags') });
    git('work', 'fetch', '-q');
  });

  it('gets out of its way by the commands that the errors name, and runs no second time', async () => {
    git('work', 'merge', '-q', 'origin/main', '-m', 'merged');
    const duplicate = await inWork('up', ...on);
    expect(duplicate.err).toContain('VERSION_DUPLICATE');
    const released = await folder.run(
      /`dunlin (renumber [^`]*)`/.exec(duplicate.err.replaceAll(/\s+/g, ' '))![1]!.split(' '),
      { cwd: 'work' },
    );
    expect(released.err).toContain('RENUMBER_RELEASED');
    const moved = await folder.run(
      /`dunlin (renumber [^`]*)`/.exec(released.err.replaceAll(/\s+/g, ' '))![1]!.split(' '),
      {
        cwd: 'work',
      },
    );
    expect(moved).toMatchObject({ code: 0, out: 'db/migrations/005_colours.sql\n' });
    expect((await type(moved.err)).code).toBe(0);
    const rest = await inWork('up', ...on);
    expect(rest.err).toContain('OUT_OF_ORDER');
    expect((await inWork('up', '--out-of-order', ...on)).code).toBe(0);
    expect((await inWork('status', ...on)).out).toMatch(/004 +tags [^]*005 +colours /);
  });

  it('gets out of its way before the merge too', async () => {
    const found = await check(on);
    expect(found.err + found.out).toContain('BASE_VERSION_TAKEN');
    const moved = await inWork('renumber', '004_colours.sql', ...on);
    expect(moved).toMatchObject({ code: 0, out: 'db/migrations/005_colours.sql\n' });
    expect((await type(moved.err)).code).toBe(0);
    git('work', 'add', '-A');
    git('work', 'commit', '-qm', 'renumbered');
    git('work', 'merge', '-q', 'origin/main', '-m', 'merged');
    expect((await inWork('up', '--out-of-order', ...on)).code).toBe(0);
  });

  it('is refused where the base branch has no other with its number', async () => {
    write('005_flags.sql', sql('flags'));
    expect((await inWork('up', '--out-of-order', ...on)).code).toBe(0);
    const refused = await inWork('renumber', '005_flags.sql', ...on);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('RENUMBER_APPLIED');
  });
});
