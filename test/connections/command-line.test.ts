import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from '../cli/harness.ts';
import { compileExtension, noCompiler, sampleExtension } from '../support/extension.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder({ 'migrations/001_notes.sql': 'CREATE TABLE notes (body TEXT); INSERT INTO notes VALUES (1);' });
});
afterEach(() => folder.remove());

const isEncrypted = (path: string): boolean => !readFileSync(path).toString('latin1').startsWith('SQLite format 3');

describe('the key of an encrypted database on the command line', () => {
  it.each([
    ['DATABASE_KEY', { DATABASE_KEY: "it's" }],
    ['DATABASE_KEY_COMMAND', { DATABASE_KEY_COMMAND: `printf "it's\\nmore\\n"` }],
  ])('comes by %s', async (_, env) => {
    expect((await folder.run(['up', '-d', 'app.db'], { env })).code).toBe(0);
    expect(isEncrypted('app.db')).toBe(true);
    folder.write('migrations/002_tags.sql', 'CREATE TABLE tags (name TEXT);');
    expect((await folder.run(['up', '-d', 'app.db'], { env })).code).toBe(0);
    expect(JSON.parse((await folder.run(['status', '-d', 'app.db', '--json'], { env })).out).version).toBe(2);
    expect((await folder.run(['backup', 'verify', 'latest', '-d', 'app.db'], { env })).code).toBe(0);
    expect((await folder.run(['backup', 'restore', 'latest', '-d', 'app.db', '--yes'], { env })).code).toBe(0);
    expect(isEncrypted('app.db')).toBe(true);
    expect(JSON.parse((await folder.run(['status', '-d', 'app.db', '--json'], { env })).out).version).toBe(1);
    expect((await folder.run(['status', '-d', 'app.db'])).err).toContain('DATABASE_KEY');
  });

  it('comes by the file .env as well', async () => {
    folder.write('.env', 'DATABASE_KEY=secret\n');
    expect((await folder.run(['up', '-d', 'app.db'])).code).toBe(0);
    expect(isEncrypted('app.db')).toBe(true);
  });

  it.each([
    ['a command that fails', { DATABASE_KEY_COMMAND: 'exit 3' }, [], 'ended with status 3'],
    ['a command that prints nothing', { DATABASE_KEY_COMMAND: 'true' }, [], 'printed nothing'],
    ['a driver without encryption', { DATABASE_KEY: 'a' }, ['--driver', 'better-sqlite3'], 'no encryption'],
    [
      'another driver without encryption',
      { DATABASE_KEY: 'a' },
      ['--driver', '@photostructure/sqlite'],
      'no encryption',
    ],
  ])('is refused with %s', async (_, env, more, words) => {
    const { code, err } = await folder.run(['up', '-d', 'app.db', ...more], { env });
    expect(code).toBe(1);
    expect(err).toContain('KEY_UNUSABLE');
    expect(err).toContain(words);
    expect(err).not.toContain('exit 3');
  });
});

describe.skipIf(noCompiler !== undefined)('--extension', () => {
  const library = (): string => compileExtension('named', sampleExtension.replace('sample_init', 'sqlite3_named_init'));

  beforeEach(() => {
    folder.write(
      'migrations/001_notes.sql',
      'CREATE TABLE notes (a CHECK (twice(a) > 0)); INSERT INTO notes VALUES (1);',
    );
    folder.write('migrations/002_tags.sql', 'CREATE TABLE tags (name TEXT);');
  });

  it('loads an extension into each connection', async () => {
    const flags = ['-d', 'app.db', '--extension', relative(folder.path, library())];
    expect((await folder.run(['up', '--to', '1', ...flags])).err).toBe('');
    expect((await folder.run(['up', ...flags])).code).toBe(0);
    expect((await folder.run(['check', ...flags])).code).toBe(0);
    folder.write('migrations/003_more.sql', 'CREATE TABLE more (name TEXT);');
    const { code, err } = await folder.run(['up', '-d', 'app.db']);
    expect(code).toBe(1);
    expect(err).toContain('function twice');
    expect(err).toContain('--extension');
  });

  it('stands in the configuration as well, from where its path counts', async () => {
    folder.write(
      'conf/a.json',
      JSON.stringify({
        database: '../app.db',
        migrations: '../migrations',
        extensions: [relative(`${folder.path}/conf`, library())],
      }),
    );
    expect(await folder.run(['up', '--config', 'conf/a.json'])).toMatchObject({ code: 0 });
    folder.write('conf/b.json', JSON.stringify({ database: '../b.db', extensions: [{ path: library(), entry: 'x' }] }));
    expect((await folder.run(['up', '--config', 'conf/b.json'])).err).toContain('`extensions` must be a list of paths');
  });

  it('`prepare` stands in a configuration that is code', async () => {
    folder.write(
      'dunlin.config.mjs',
      `export default { database: 'app.db', driver: 'better-sqlite3', prepare: (connection) => connection.loadExtension(${JSON.stringify(library())}) };`,
    );
    expect(await folder.run(['up'])).toMatchObject({ code: 0 });
    expect((await folder.run(['dump', '-d', 'app.db'])).out).toContain('twice(a)');
  });
});
