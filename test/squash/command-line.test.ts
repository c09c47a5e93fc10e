import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder, notes, users } from '../cli/harness.ts';

const third =
  "-- === UP MIGRATION ===\nINSERT INTO users VALUES (99999, 'root');\n-- === DOWN MIGRATION ===\nDELETE FROM users WHERE id = 99999;\n";
const files = {
  'migrations/001_users.sql': users,
  'migrations/002_notes.sql': notes,
  'migrations/003_root.sql': third,
};
const on = ['-d', 'app.db'];
const squash = 'migrations/002_squash.sql';
let folder: Folder;
const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
beforeEach(() => {
  folder = new Folder(files);
});
afterEach(() => folder.remove());

describe('dunlin squash', () => {
  it('writes a file beside the others, with which new databases start', async () => {
    const { code, out, err } = await folder.run(['squash', '--to', '2', ...on]);
    expect({ code, out }).toEqual({ code: 0, out: `${squash}\n` });
    expect(err.replaceAll(/\s+/g, ' ').trim()).toBe(
      'It makes what 2 migrations make. New databases start from it. Keep the files that it replaces until every database is at version 2 or above.',
    );
    expect(existsSync(join(folder.path, 'app.db'))).toBe(false);
    const status = await folder.run(['status', ...on]);
    expect(status.out).toContain('squash');
    const plan = await folder.run(['plan', ...on]);
    expect(plan.err).toContain(`note: ${squash} makes a new database in place of 2 migrations, up to 002_notes`);
    expect((await folder.run(['up', ...on])).out).toContain('app.db is at version 3');
    expect((await folder.run(['check', ...on])).out).toContain('3 migrations, all in order');
    expect((await folder.run(['history', ...on])).out).toContain('002_squash, 003_root');
  });

  it('prints the file, or a document, and writes none', async () => {
    const { code, out, err } = await folder.run(['squash', '--to', '3', '--dry-run', ...on]);
    expect(code).toBe(0);
    expect(out).toMatch(/^-- dunlin: squash sha256:[0-9a-f]{64}\n-- dunlin: replaces 001_users.sql sha256:/);
    expect(out).toContain("'root'");
    expect(err.replaceAll(/\s+/g, ' ').trim()).toBe('It makes what 3 migrations make, with 1 row (users 1).');
    const json = await folder.run(['squash', '--to', '1', '--dry-run', '--json', ...on]);
    expect(JSON.parse(json.out)).toMatchObject({
      command: 'squash',
      ok: true,
      file: null,
      version: 1,
      replaces: [{ version: 1, name: 'users' }],
      rows: [],
      text: expect.stringContaining('CREATE TABLE users') as unknown,
    });
    expect(readdirSync(join(folder.path, 'migrations'))).toHaveLength(3);
  });

  it('says nothing with --quiet, and tells the file as data', async () => {
    const { out, err } = await folder.run(['squash', '--to', '1', '--quiet', ...on]);
    expect({ out, err }).toEqual({ out: '', err: '' });
    const json = await folder.run(['squash', '--to', '2', '--json', ...on]);
    expect(JSON.parse(json.out)).toMatchObject({ ok: true, file: squash, version: 2 });
  });

  it('writes over no file, and refuses what it cannot do', async () => {
    folder.write(squash, notes.replaceAll('notes', 'others'));
    rmSync(join(folder.path, 'migrations/002_notes.sql'));
    const { code, err } = await folder.run(['squash', '--to', '2', ...on]);
    expect(code).not.toBe(0);
    expect(err).toContain('FILE_EXISTS');
    expect(read(squash)).toContain('others');
    const broken = await folder.run(['squash', '--to', '1', ...on], {
      wrap: (runner) => {
        const squash = runner.squash.bind(runner);
        return Object.assign(runner, {
          squash: async (options: { to: number }) => ({ ...(await squash(options)), fileName: 'gone/001_squash.sql' }),
        });
      },
    });
    expect(broken.err).toContain('FILE_NOT_WRITTEN');
    expect((await folder.run(['squash', '--to', '1', '--dry-run', ...on])).err).toContain('what 1 migration makes.');
    expect((await folder.run(['squash', ...on])).err).toContain(
      `Name the last version that the squash replaces: --to 3 for all of them`,
    );
    mkdirSync(join(folder.path, 'none'));
    expect((await folder.run(['squash', '-m', 'none', '-d', ':memory:'])).err).toContain(
      'Name the last version that the squash replaces.',
    );
    expect((await folder.run(['squash', '--to', '9', ...on])).err).toContain('VERSION_UNKNOWN');
    mkdirSync(join(folder.path, 'migrations/003_squash.sql'));
    expect((await folder.run(['squash', '--to', '3', ...on])).err).toMatch(/FILE_EXISTS|FILE_NOT_WRITTEN/);
  });

  it('is found again by `check`, with hints that can be typed', async () => {
    await folder.run(['squash', '--to', '2', '--quiet', ...on]);
    folder.write('migrations/001_users.sql', users.replace('CREATE TABLE users (', 'CREATE TABLE users (more TEXT, '));
    const { code, err } = await folder.run(['check', ...on]);
    expect(code).toBe(3);
    expect(err).toContain('SQUASH_CHANGED');
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      `If no database has applied it, make the squash again: \`rm ${squash}\`, then \`dunlin squash --to 2 -d app.db\`.`,
    );
  });
});

describe('dunlin renumber', () => {
  it('keeps the number of a squash, and of what it replaces', async () => {
    await folder.run(['squash', '--to', '2', '--quiet', ...on]);
    for (const [file, reason] of [
      ['002_notes.sql', `${squash} replaces it under that number.`],
      ['002_squash.sql', 'it is a squash, and that is the number of the last migration that it replaces.'],
    ] as const) {
      const { code, err } = await folder.run(['renumber', file, ...on]);
      expect(code).not.toBe(0);
      expect(err.replaceAll(/\s+/g, ' ')).toContain(`RENUMBER_SQUASHED migrations/${file} keeps its number: ${reason}`);
    }
    await folder.run(['up', '--quiet', '--to', '2', ...on]);
    folder.write('migrations/004_more.sql', notes.replaceAll('notes', 'more'));
    const { out } = await folder.run(['renumber', 'migrations/003_root.sql', ...on]);
    expect(out).toBe('migrations/005_root.sql\n');
  });
});

describe('dunlin create', () => {
  it('takes the next number after a squash whose files are gone', async () => {
    await folder.run(['squash', '--to', '3', '--quiet', ...on]);
    for (const file of Object.keys(files)) rmSync(join(folder.path, file));
    expect((await folder.run(['create', 'more', ...on])).out).toBe('migrations/004_more.sql\n');
    expect(read('migrations/004_more.sql')).toContain('-- === UP MIGRATION ===');
    folder.write('migrations/004_more.sql', 'CREATE TABLE more (x);');
    expect((await folder.run(['up', ...on])).out).toContain('app.db is at version 4');
    expect((await folder.run(['check', '--replay', ...on])).out).toContain('4 migrations, all in order');
    expect((await folder.run(['diff', '3', '4', ...on])).out).toContain('more');
  });
});

it('adopt records what a squash replaces, and takes all of it back', async () => {
  await folder.run(['squash', '--to', '2', '--quiet', ...on]);
  for (const file of ['001_users.sql', '002_notes.sql']) rmSync(join(folder.path, 'migrations', file));
  await folder.run(['up', '--to', '2', '--quiet', '-d', 'other.db']);
  const schema = await folder.run(['dump', '--no-tracking', '-d', 'other.db']);
  const database = new Database(join(folder.path, 'app.db'));
  database.exec(schema.out);
  database.exec(`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
    is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
    INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1)`);
  expect((await folder.run(['adopt', '2', '--yes', ...on])).code).toBe(0);
  const versions = database.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck();
  expect(versions.all()).toEqual([1, 2]);
  expect((await folder.run(['adopt', '--undo', '--yes', ...on])).out).toContain('2 migrations is undone');
  expect((await folder.run(['adopt', '2', '--yes', ...on])).code).toBe(0);
  expect((await folder.run(['up', '--no-backup', ...on])).out).toContain('app.db is at version 3');
  expect(database.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck().all()).toEqual([1, 2, 3]);
  database.close();
  expect((await folder.run(['adopt', '1', '--yes', ...on])).err).toContain('VERSION_UNKNOWN');
});

it('check --base accepts that files are gone which a squash replaces', async () => {
  const git = (...args: readonly string[]): void => {
    const person = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b.c',
    };
    const env = { ...process.env, ...person, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    execFileSync('git', args, { cwd: folder.path, env, stdio: 'pipe' });
  };
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'released');
  git('checkout', '-qb', 'feature');
  await folder.run(['squash', '--to', '2', '--quiet', ...on]);
  for (const file of ['001_users.sql', '002_notes.sql']) rmSync(join(folder.path, 'migrations', file));
  const check = ['check', '--base', 'main', '--allow-pending', ...on];
  expect((await folder.run(check)).out).toBe('app.db: 2 migrations, all in order\n');
  rmSync(join(folder.path, squash));
  const { code, err } = await folder.run(check);
  expect(code).toBe(3);
  expect(err).toContain('migrations/001_users.sql, which main has, was deleted.');
});
