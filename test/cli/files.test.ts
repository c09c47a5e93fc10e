import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder, users } from './harness.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const read = (name: string): string => readFileSync(name, 'utf8');

describe('create', () => {
  it('writes the next numbered file with the header and both markers', async () => {
    folder.write('migrations/001_users.sql', users);
    const { code, out, err } = await folder.run(['create', 'add_user_roles', '--author', 'Ada']);
    expect(err).toBe('Next: write the SQL into it, then `dunlin plan` shows what `dunlin up` would do.\n');
    expect(code).toBe(0);
    expect(out).toBe('migrations/002_add_user_roles.sql\n');
    const text = read('migrations/002_add_user_roles.sql');
    expect(text).toContain('-- Migration: 002_add_user_roles\n');
    expect(text).toContain('-- Author: Ada\n');
    expect(text).toContain('-- === UP MIGRATION ===\n');
    expect(text).toContain('-- === DOWN MIGRATION ===\n');
    const check = ['check', '-d', 'a.db', '--allow-pending', '--json'];
    const { problems } = JSON.parse((await folder.run(check)).out) as { problems: readonly { code: string }[] };
    expect(problems.map(({ code: found }) => found)).toEqual(['EMPTY_MIGRATION']);
    folder.write(
      'migrations/002_add_user_roles.sql',
      text.replace(/(?<=UP MIGRATION ===)/, '\nCREATE TABLE roles (x);'),
    );
    expect((await folder.run(check)).code).toBe(0);
  });

  it('takes several words, another ending, and the author from git’s variable', async () => {
    const { out } = await folder.run(['create', 'split', 'names', '--format', 'ts'], {
      env: { GIT_AUTHOR_NAME: 'Grace' },
    });
    expect(out).toBe('migrations/001_split_names.ts\n');
    expect((await folder.run(['create', 'x', '--format', 'js'])).err).toContain('Next: write its up and down, then');
    expect(read('migrations/001_split_names.ts')).toContain('Grace');
  });

  it('goes where the database’s migrations are', async () => {
    folder.write(
      'dunlin.config.json',
      '{ "databases": { "graph": { "path": "g.db", "migrations": "sql/graph" }, "b": { "path": "b.db" } } }',
    );
    expect((await folder.run(['create', 'audit', '-d', 'graph'])).out).toBe('sql/graph/001_audit.sql\n');
    expect((await folder.run(['create', 'audit', '-d', 'b'])).out).toBe('migrations/b/001_audit.sql\n');
    for (const [argv, all] of [
      [['create', 'audit'], false],
      [['down', '--all'], false],
      [['dump'], false],
      [['up'], true],
    ] as const) {
      const { err } = await folder.run(argv);
      expect(err).toContain('error DATABASE_NOT_CHOSEN');
      expect(err.includes('take all of them with --all')).toBe(all);
    }
    expect((await folder.run(['create', 'audit', '-m', 'here'])).out).toBe('here/001_audit.sql\n');
    expect((await folder.run(['create', 'audit'], { env: { MIGRATIONS_DIR: 'there' } })).out).toBe(
      'there/001_audit.sql\n',
    );
  });

  it('uses the directory of a configuration with one database, and of one without any', async () => {
    folder.write('dunlin.config.json', '{ "migrations": "sql" }');
    expect((await folder.run(['create', 'audit'])).out).toBe('sql/001_audit.sql\n');
    expect((await folder.run(['status'])).err).toContain('error DATABASE_NOT_GIVEN');
  });

  it('is data with --json', async () => {
    const { out } = await folder.run(['create', 'audit', '--json']);
    expect(JSON.parse(out)).toEqual({
      command: 'create',
      ok: true,
      file: 'migrations/001_audit.sql',
      others: [],
      version: 1,
      name: 'audit',
    });
  });
});

describe('init', () => {
  it('writes a configuration and the directory; up then works', async () => {
    const { code, out } = await folder.run(['init']);
    expect(code).toBe(0);
    expect(out).toContain('created dunlin.config.json\ncreated migrations/\n');
    expect(JSON.parse(read('dunlin.config.json'))).toEqual({ database: 'app.db', migrations: 'migrations' });
    await folder.run(['create', 'users']);
    folder.write('migrations/001_users.sql', 'CREATE TABLE users (id INTEGER);');
    expect((await folder.run(['up'])).code).toBe(0);
  });

  it('takes the one database that is there, or the ones that are named', async () => {
    folder.write('shop.sqlite', '');
    await folder.run(['init', '-m', 'sql']);
    expect(JSON.parse(read('dunlin.config.json'))).toEqual({ database: 'shop.sqlite', migrations: 'sql' });
  });

  it('several databases have a directory each', async () => {
    const { out } = await folder.run(['init', '-d', 'data/settings.db', '-d', 'graph.db', '--json']);
    expect(JSON.parse(out)).toEqual({
      command: 'init',
      ok: true,
      created: ['dunlin.config.json', 'migrations/settings/', 'migrations/graph/'],
      gitignore: [],
    });
    expect(JSON.parse(read('dunlin.config.json'))).toMatchObject({
      databases: { settings: { path: 'data/settings.db', migrations: 'migrations/settings' } },
    });
  });

  it('writes code with defineConfig', async () => {
    await folder.run(['init', '--format', 'mjs']);
    expect(read('dunlin.config.mjs')).toContain("import { defineConfig } from 'dunlin';");
  });

  it('writes code that is an ES module also in a CommonJS package', async () => {
    folder.write('package.json', '{ "type": "commonjs" }');
    expect((await folder.run(['create', 'first', '--format', 'ts'])).out).toBe('migrations/001_first.mts\n');
    expect((await folder.run(['init', '--format', 'ts'])).out).toContain('created dunlin.config.mts\n');
    expect((await folder.run(['init', '--format', 'ts'])).err).toContain('dunlin.config.mts exists already');
  });

  it('leaves alone what exists', async () => {
    folder.write('dunlin.config.mjs', 'export default { database: "x.db" };\n');
    const { code, err } = await folder.run(['init']);
    expect(code).toBe(0);
    expect(err).toContain('note: dunlin.config.mjs exists already and was left as it is');
    expect(err).not.toContain('written into it');
    expect(existsSync('dunlin.config.json')).toBe(false);
    expect((await folder.run(['init', '-d', 'a.db', '-m', 'sql', '--format', 'ts'])).err).toContain(
      'note: -d a.db -m sql --format ts was not written into it: edit dunlin.config.mjs, or remove it and run `dunlin init` again\n',
    );
    folder.write('migrations/.keep', '');
    folder.remove();
    folder = new Folder({ 'db/migrations/.keep': '' });
    expect((await folder.run(['init'])).out).not.toContain('created db/migrations');
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints the script for %s', async (shell) => {
    const { code, out } = await folder.run(['completion', shell]);
    expect(code).toBe(0);
    expect(out).toMatch(/^#.*dunlin/);
  });

  it('prints the script with --json as well, and nothing with --quiet', async () => {
    const { out } = await folder.run(['completion', 'bash']);
    expect(await folder.run(['completion', 'bash', '--json'])).toMatchObject({ code: 0, out });
    expect((await folder.run(['completion', 'bash', '-q'])).out).toBe('');
  });

  it('prints the names of the configured databases', async () => {
    expect((await folder.run(['completion', '--databases'])).out).toBe('');
    folder.write('dunlin.config.json', '{ "databases": { "a": { "path": "a.db" }, "b": { "path": "b.db" } } }');
    expect((await folder.run(['completion', '--databases'])).out).toBe('a\nb\n');
    folder.write('other.json', '{ "databases": { "c": { "path": "c.db" } } }');
    expect((await folder.run(['completion', '--databases', '--config', 'other.json'])).out).toBe('c\n');
  });

  it('prints the versions of the migrations, each once, in their order', async () => {
    folder.write('sql/10_first.sql', '');
    folder.write('sql/10_last.sql', '');
    folder.write('sql/009_code.ts', 'this is never loaded');
    folder.write('sql/notes.txt', '');
    expect((await folder.run(['completion', '--versions', '-m', 'sql'])).out).toMatch(
      /^009\tcode\n10\t(?:first|last)\n$/,
    );
    expect((await folder.run(['completion', '--versions', '-m', 'nowhere'])).code).not.toBe(0);
  });

  it('prints the backups, and makes no database', async () => {
    expect((await folder.run(['completion', '--backups', '-d', 'app.db'])).out).toBe('');
    expect(existsSync(join(folder.path, 'app.db'))).toBe(false);
    folder.write('migrations/001_users.sql', 'CREATE TABLE users (id INTEGER);');
    await folder.run(['up', '-d', 'app.db']);
    await folder.run(['backup', 'create', '-d', 'app.db']);
    expect((await folder.run(['completion', '--backups', '-d', 'app.db'])).out).toMatch(
      /^latest\tthe newest\n\w+-manual\tversion 1\n$/,
    );
    expect((await folder.run(['completion', '--backups', '-d', 'app.db', '--backup-dir', 'none'])).out).toBe('');
  });
});
