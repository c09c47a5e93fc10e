import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  mkdirSync('.git');
});
afterEach(() => folder.remove());

const ignored = (): string => readFileSync(join(folder.path, '.gitignore'), 'utf8');
const has = (path: string): boolean => existsSync(join(folder.path, path));
const lines = '/data/app.db\n/data/app.db-*\n';

describe('init --gitignore', () => {
  it('writes lines for the database and what is kept beside it', async () => {
    const { out, code } = await folder.run(['init', '-d', 'data/app.db', '--gitignore']);
    expect(code).toBe(0);
    expect(out).toContain('added to .gitignore: /data/app.db /data/app.db-*\n');
    expect(ignored()).toBe(lines);
  });

  it('appends to what is there, in its line ends, and repeats nothing', async () => {
    folder.write('.gitignore', 'node_modules\r\n/data/app.db');
    await folder.run(['init', '-d', 'data/app.db', '--gitignore']);
    expect(ignored()).toBe('node_modules\r\n/data/app.db\r\n/data/app.db-*\r\n');
    const { out } = await folder.run(['init', '--gitignore', '--json']);
    expect(JSON.parse(out)).toMatchObject({ created: [], gitignore: [] });
    expect(ignored()).toBe('node_modules\r\n/data/app.db\r\n/data/app.db-*\r\n');
  });

  it.each([
    ['*.db', '*.db\n/data/app.db-*\n'],
    ['*.db*', '*.db*\n'],
    ['data/app.db', 'data/app.db\n/data/app.db-*\n'],
    ['**/app.db', '**/app.db\n/data/app.db-*\n'],
    ['# *.db*', `# *.db*\n${lines}`],
    ['!*.db*', `!*.db*\n${lines}`],
    ['/other/*.db', `/other/*.db\n${lines}`],
  ])('sees what a line leaves out already: %s', async (line, expected) => {
    folder.write('.gitignore', `${line}\n`);
    await folder.run(['init', '-d', 'data/app.db', '--gitignore']);
    expect(ignored()).toBe(expected);
  });

  it('knows the databases and backup folders of a configuration that is there, and only those in its folder', async () => {
    folder.write(
      'dunlin.config.json',
      JSON.stringify({
        databases: {
          a: { path: 'a.db', backups: { directory: 'saved' } },
          b: { path: '../b.db', backups: { directory: '/var/saved' } },
          c: { path: ':memory:' },
          d: { path: 'odd[1].db' },
        },
      }),
    );
    mkdirSync('src');
    await folder.run(['init', '--gitignore'], { cwd: 'src' });
    expect(ignored()).toBe('/a.db\n/a.db-*\n/odd\\[1].db\n/odd\\[1].db-*\n/saved/\n');
    expect(has('src/.gitignore')).toBe(false);
  });

  it('fails where a .gitignore cannot be written', async () => {
    mkdirSync('.gitignore');
    const { code, err } = await folder.run(['init', '--gitignore']);
    expect(code).not.toBe(0);
    expect(err).toContain('error FILE_NOT_WRITTEN');
  });

  it.skipIf(spawnSync('git', ['--version']).status !== 0)('is what git understands', async () => {
    folder.remove();
    folder = new Folder();
    spawnSync('git', ['init', '-q'], { cwd: folder.path });
    await folder.run(['init', '-d', 'data/a [1].db', '--gitignore']);
    const files = ['', '-wal', '-shm', '-journal', '-migrate-lock', '-backups/x.db.gz'];
    const paths = files.map((end) => `data/a [1].db${end}`);
    const { stdout } = spawnSync('git', ['check-ignore', ...paths, 'data/a 1.db', 'migrations/1.sql'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(stdout.trim().split('\n')).toEqual(paths);
  });
});

describe('init in a repository', () => {
  it('asks on a terminal, and writes after a yes only', async () => {
    const no = await folder.run(['init'], { columns: 100, answers: ['\n'] });
    expect(no.err).toContain('Add /app.db /app.db-* to .gitignore? [y/N] ');
    expect([no.code, has('.gitignore'), has('dunlin.config.json')]).toEqual([0, false, true]);
    await folder.run(['init'], { columns: 100, answers: ['y\n'] });
    expect(ignored()).toBe('/app.db\n/app.db-*\n');
    const again = await folder.run(['init'], { columns: 100 });
    expect(again.err).not.toContain('[y/N]');
  });

  it('says where there is no terminal how to have them written', async () => {
    const { err } = await folder.run(['init']);
    expect(err).toContain(
      'note: git does not leave out what belongs to this machine; `dunlin init --gitignore` adds /app.db /app.db-*\n',
    );
    expect(has('.gitignore')).toBe(false);
  });

  it('leaves it at that outside of one, or where the configuration cannot be read', async () => {
    folder.write('dunlin.config.json', '{ "databse": "a.db" }');
    expect((await folder.run(['init'])).err).toBe('note: dunlin.config.json exists already and was left as it is\n');
    expect((await folder.run(['init', '--gitignore'])).err).toContain('error CONFIG_INVALID');
    folder.remove();
    folder = new Folder();
    expect((await folder.run(['init'], { columns: 100 })).err).toBe('');
    expect(has('.gitignore')).toBe(false);
  });
});

describe('$schema', () => {
  it('is written where the package is, and accepted', async () => {
    folder.write('node_modules/dunlin/dist/config.schema.json', '{}');
    mkdirSync('packages/a', { recursive: true });
    await folder.run(['init']);
    await folder.run(['init', '--here', '-d', 'x.db', '-d', 'y.db'], { cwd: 'packages/a' });
    const written = ['.', 'packages/a'].map(
      (at) => JSON.parse(readFileSync(join(folder.path, at, 'dunlin.config.json'), 'utf8')) as object,
    );
    expect(written).toEqual([
      {
        $schema: './node_modules/dunlin/dist/config.schema.json',
        database: 'app.db',
        migrations: 'migrations',
      },
      {
        $schema: '../../node_modules/dunlin/dist/config.schema.json',
        databases: {
          x: { path: 'x.db', migrations: 'migrations/x' },
          y: { path: 'y.db', migrations: 'migrations/y' },
        },
      },
    ]);
    expect((await folder.run(['up'])).code).toBe(0);
    expect((await folder.run(['up', '--all'], { cwd: 'packages/a' })).code).toBe(0);
  });

  it('is not written where there is no such package, nor into code', async () => {
    await folder.run(['init', '--here']);
    expect(readFileSync('dunlin.config.json', 'utf8')).not.toContain('$schema');
    folder.write('node_modules/dunlin/dist/config.schema.json', '{}');
    mkdirSync('b');
    await folder.run(['init', '--here', '--format', 'mjs'], { cwd: 'b' });
    expect(readFileSync('b/dunlin.config.mjs', 'utf8')).not.toContain('$schema');
  });
});
