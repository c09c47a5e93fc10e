import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
const below = 'src/server';

beforeEach(() => {
  folder = new Folder({
    'dunlin.config.json': '{ "database": "data/app.db", "migrations": "sql" }',
    'sql/001_users.sql': 'CREATE TABLE users (id INTEGER);',
    'src/server/main.ts': '',
  });
  mkdirSync('data');
});
afterEach(() => folder.remove());

const has = (path: string): boolean => existsSync(join(folder.path, path));

describe('the configuration of a folder above', () => {
  it('holds; its paths count from its folder, and a note names it', async () => {
    const { code, err } = await folder.run(['up'], { cwd: below });
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining('note: the configuration is ../../dunlin.config.json\n'),
    });
    expect(has('data/app.db')).toBe(true);
    expect((await folder.run(['status', '--json'], { cwd: below })).out).toContain('"pending": []');
    // In its own folder it needs no word.
    expect((await folder.run(['status'])).err).toBe('');
    expect((await folder.run(['status', '--quiet'], { cwd: below })).err).toBe('');
  });

  it('says where migrations are that it does not name', async () => {
    folder.write('dunlin.config.json', '{ "database": "data/app.db" }');
    folder.write('db/migrations/001_a.sql', 'CREATE TABLE a (x);');
    // Those of the current folder are of something else.
    folder.write(`${below}/migrations/001_b.sql`, 'CREATE TABLE b (x);');
    expect((await folder.run(['up'], { cwd: below })).out).toContain('001');
    expect((await folder.run(['dump'], { cwd: below })).out).toContain('CREATE TABLE a');
    expect((await folder.run(['create', 'next'], { cwd: below })).out).toBe(
      `${join(folder.path, 'db/migrations/002_next.sql')}\n`,
    );
  });

  it('gives way to a nearer one', async () => {
    folder.write('src/dunlin.config.json', '{ "database": "near.db", "migrations": "../sql" }');
    expect((await folder.run(['up'], { cwd: below })).err).toContain(
      'note: the configuration is ../dunlin.config.json\n',
    );
    expect([has('src/near.db'), has('data/app.db')]).toEqual([true, false]);
  });

  it('does not hold when --config names another, which is taken as it is', async () => {
    folder.write('src/other.json', '{ "database": "other.db", "migrations": "../sql" }');
    expect((await folder.run(['up', '--config', '../other.json'], { cwd: below })).err).not.toContain(
      'the configuration is',
    );
    expect([has('src/other.db'), has('data/app.db')]).toEqual([true, false]);
    expect((await folder.run(['up', '--config', 'dunlin.config.json'], { cwd: below })).err).toContain(
      'error CONFIG_NOT_FOUND',
    );
  });

  it.each(['.git', '.git/HEAD'])('does not hold across the boundary of a repository: %s', async (git) => {
    // A folder, or the file of a work tree or submodule.
    folder.write(`src/${git}`, 'gitdir: elsewhere');
    expect((await folder.run(['up'], { cwd: below })).err).toContain('error DATABASE_NOT_GIVEN');
    folder.write('src/dunlin.config.json', '{ "database": "near.db", "migrations": "../sql" }');
    expect((await folder.run(['up'], { cwd: below })).code).toBe(0);
    expect(has('src/near.db')).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('does not hold in a folder that everybody can write to', async () => {
    chmodSync(folder.path, 0o777);
    expect((await folder.run(['up'], { cwd: below })).err).toContain('error DATABASE_NOT_GIVEN');
    chmodSync(folder.path, 0o755);
    expect((await folder.run(['up'], { cwd: below })).code).toBe(0);
  });

  it('is named by errors with the path to it', async () => {
    folder.write('dunlin.config.json', '{ "databse": "a.db" }');
    expect((await folder.run(['up'], { cwd: below })).err).toContain('../../dunlin.config.json: `databse` is unknown');
    folder.write('dunlin.config.json', '{ "databases": { "a": { "path": "a.db" }, "b": { "path": "b.db" } } }');
    expect((await folder.run(['up'], { cwd: below })).err).toContain('../../dunlin.config.json');
    folder.write('dunlin.config.mjs', 'export default {};');
    expect((await folder.run(['up'], { cwd: below })).err).toContain(
      'There are 2 configuration files: ../../dunlin.config.mjs, ../../dunlin.config.json.',
    );
  });

  it('comes with the .env beside it; a nearer one and the environment win', async () => {
    folder.write('.env', 'DATABASE_PATH=data/env.db\n');
    await folder.run(['up'], { cwd: below });
    expect([has('data/env.db'), has('data/app.db')]).toEqual([true, false]);
    folder.write('.env', 'DATABASE_URL=file:data/url.db\nMIGRATIONS_DIR=more\n');
    folder.write('more/001_m.sql', 'CREATE TABLE m (x);');
    await folder.run(['up'], { cwd: below });
    expect(has('data/url.db')).toBe(true);
    expect((await folder.run(['dump'], { cwd: below })).out).toContain('CREATE TABLE m');
    folder.write(`${below}/.env`, 'DATABASE_PATH=near.db\n');
    await folder.run(['up'], { cwd: below });
    expect(has(`${below}/near.db`)).toBe(true);
    await folder.run(['up'], { cwd: below, env: { DATABASE_PATH: 'own.db' } });
    expect(has(`${below}/own.db`)).toBe(true);
  });

  it('gives the names that a shell completes', async () => {
    folder.write('dunlin.config.json', '{ "databases": { "a": { "path": "a.db" }, "b": { "path": "b.db" } } }');
    expect((await folder.run(['completion', '--databases'], { cwd: below })).out).toBe('a\nb\n');
  });
});

describe('init below a configuration', () => {
  it('leaves it alone and says how to have one here', async () => {
    const { code, err } = await folder.run(['init', '-d', 'mine.db'], { cwd: below });
    expect({ code, err }).toEqual({
      code: 0,
      err: 'note: ../../dunlin.config.json holds in this folder too and was left as it is; `dunlin init --here` writes one for this folder alone\n',
    });
    expect(has(`${below}/dunlin.config.json`)).toBe(false);
    expect(has(`${below}/migrations`)).toBe(false);
  });

  it('with --here writes one that then holds', async () => {
    expect((await folder.run(['init', '--here', '-d', 'mine.db'], { cwd: below })).out).toContain(
      'created dunlin.config.json\ncreated migrations/\n',
    );
    expect(JSON.parse(readFileSync(`${below}/dunlin.config.json`, 'utf8'))).toMatchObject({ database: 'mine.db' });
    expect((await folder.run(['init', '--here'], { cwd: below })).err).toContain('dunlin.config.json exists already');
    await folder.run(['create', 'a'], { cwd: below });
    expect(has(`${below}/migrations/001_a.sql`)).toBe(true);
  });
});
