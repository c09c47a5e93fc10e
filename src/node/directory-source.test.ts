import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, parse, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDunlinError, type DunlinError } from '../errors/index.ts';
import { createRegistry } from '../migration/index.ts';
import { directorySource } from './directory-source.ts';
import { nodeHost } from './node-host.ts';
import { reasonOf } from './messages.ts';

const home = process.cwd();
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-source-')));
  mkdirSync(join(root, 'migrations'));
  process.chdir(root);
});

afterEach(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const write = (name: string, content: string | Uint8Array = ''): void =>
  writeFileSync(join(root, 'migrations', name), content);

function errorOf(run: () => unknown): DunlinError {
  try {
    run();
  } catch (error) {
    if (isDunlinError(error)) return error;
    throw error;
  }
  throw new Error('accepted');
}

const tell = (run: () => unknown): string => {
  const { code, message, hint } = errorOf(run);
  return `${code}\n  ${message}\n  ${hint}`.replaceAll(root, '<root>');
};

describe('directorySource', () => {
  it('finds the migrations and names everything else', () => {
    for (const name of ['10_c.sql', '2_b.ts', '1_a.sql', 'README.md', '.gitkeep', '001_x.up.sql']) write(name);
    mkdirSync(join(root, 'migrations', '3_d.sql'));
    writeFileSync(join(root, 'elsewhere.sql'), 'SELECT 4');
    symlinkSync(join(root, 'elsewhere.sql'), join(root, 'migrations', '4_e.sql'));
    symlinkSync(root, join(root, 'migrations', '5_f.sql'));

    const { entries, others, problems } = directorySource('migrations').read();
    expect(entries.map(({ name, path, load }) => [name, path, typeof load])).toEqual([
      ['10_c.sql', 'migrations/10_c.sql', 'undefined'],
      ['1_a.sql', 'migrations/1_a.sql', 'undefined'],
      ['2_b.ts', 'migrations/2_b.ts', 'function'],
      ['4_e.sql', 'migrations/4_e.sql', 'undefined'],
    ]);
    expect(Buffer.from(entries[3]!.content as Uint8Array).toString()).toBe('SELECT 4');
    expect(others).toEqual(['.gitkeep', '001_x.up.sql', '3_d.sql/', '5_f.sql/', 'README.md']);
    expect(problems).toEqual([]);
  });

  it('takes a URL, as an object or a text', () => {
    write('001_a.sql', 'SELECT 1;');
    const url = pathToFileURL(join(root, 'migrations/'));
    for (const given of [url, url.href])
      expect(
        directorySource(given)
          .read()
          .entries.map(({ name }) => name),
      ).toEqual(['001_a.sql']);
  });

  it('shows paths relative to the current directory, if they are in it', () => {
    write('1_a.sql');
    const paths = (directory: string | URL): string[] => {
      const source = directorySource(directory);
      return [source.name, source.read().entries[0]!.path];
    };
    expect(paths('./migrations/')).toEqual(['migrations', 'migrations/1_a.sql']);
    expect(paths(pathToFileURL(join(root, 'migrations')))).toEqual(['migrations', 'migrations/1_a.sql']);
    process.chdir('migrations');
    expect(paths('.')).toEqual(['.', '1_a.sql']);
    process.chdir(home);
    expect(paths(join(root, 'migrations'))).toEqual([`${root}/migrations`, `${root}/migrations/1_a.sql`]);
  });

  it('loads a module with a revision that changes with its text', () => {
    const calls: unknown[][] = [];
    const source = directorySource('migrations', (...args) => calls.push(args));
    for (const text of ['a', 'a', 'b']) {
      write('1_a.ts', text);
      source.read().entries[0]!.load!(text === 'b');
    }
    const [first, second, third] = calls as [unknown[], unknown[], unknown[]];
    expect(first).toEqual([join(root, 'migrations', '1_a.ts'), false, expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(second).toEqual(first);
    expect(third[1]).toBe(true);
    expect(third[2]).not.toBe(first[2]);
  });

  it('feeds a registry', () => {
    write('2_b.sql', '\uFEFFSELECT 2');
    write('1_a.sql', 'SELECT 1');
    write('notes.txt');
    const registry = createRegistry(directorySource('migrations'), nodeHost);
    expect(registry.migrations.map(({ text }) => text)).toEqual(['SELECT 1', 'SELECT 2']);
    expect(registry.ignored).toEqual([
      { file: 'notes.txt', reason: 'does not end in .sql, .ts, .mts, .js or .mjs', mayBeMigration: false },
    ]);
  });

  it('searches a subdirectory for possible migrations', () => {
    const files = [
      '20240101_init/migration.sql',
      '20240102_init/snapshot.json',
      '2024-01-03_x/down.sql',
      '2024-01-03_x/up.sql',
      'sqlite/README.md',
      'sqlite/001_a.sql',
      'meta/_journal.json',
      '.git/001_a.sql',
    ];
    for (const file of files) {
      mkdirSync(join(root, 'migrations', dirname(file)), { recursive: true });
      write(file);
    }
    expect(directorySource('migrations', undefined, { format: 'dunlin' }).read().others).toEqual([
      '.git/',
      '2024-01-03_x/up.sql',
      '20240101_init/migration.sql',
      '20240102_init/',
      'meta/',
      'sqlite/001_a.sql',
    ]);
  });

  it('returns bytes if a text may have lost something', () => {
    write('1_a.sql', "SELECT 'ä\uFFFD'");
    write('2_b.sql', new Uint8Array([0x53, 0xe4]));
    const contents = directorySource('migrations')
      .read()
      .entries.map(({ content }) => content as Uint8Array);
    expect(contents.map((content) => Buffer.from(content).toString('hex'))).toEqual([
      Buffer.from("SELECT 'ä\uFFFD'").toString('hex'),
      '53e4',
    ]);
    rmSync(join(root, 'migrations/2_b.sql'));
    const registry = createRegistry(directorySource('migrations'), nodeHost);
    expect(registry.migrations[0]!.text).toBe("SELECT 'ä\uFFFD'");
  });

  it('reads the root of the file system, whose path ends like no other', () => {
    const source = directorySource(parse(root).root);
    // Others may have files of any name in there.
    const folder = `${relative(parse(root).root, root).split(sep)[0]}/`;
    expect(source.read().others.filter((name) => name.startsWith(folder))).toHaveLength(1);
  });

  it('names a directory that does not exist', () => {
    expect(tell(() => directorySource('migratoins').read())).toMatchInlineSnapshot(`
      "DIRECTORY_NOT_FOUND
        There is no directory migratoins to read migrations from (looked for <root>/migratoins).
        Nothing was changed. Create it with \`dunlin create <name>\`, or name the right one with --migrations, MIGRATIONS_DIR or the \`migrations\` option. In a bundled application pass a record of file names and texts instead of a directory."
    `);
    process.chdir(home);
    expect(tell(() => directorySource(join(root, 'none')).read())).toContain(
      'no directory <root>/none to read migrations from.',
    );
  });

  it('names a file that was given as the directory', () => {
    write('1_a.sql');
    expect(tell(() => directorySource('migrations/1_a.sql').read())).toMatchInlineSnapshot(`
      "DIRECTORY_NOT_A_DIRECTORY
        migrations/1_a.sql is not a directory, but a file or in one.
        Nothing was changed. Give the directory that holds the migrations."
    `);
  });

  it('names a file that cannot be read, among the other problems', () => {
    symlinkSync(join(root, 'gone.sql'), join(root, 'migrations', '1_a.sql'));
    write('2 b.sql');
    const registry = (): unknown => createRegistry(directorySource('migrations'), nodeHost);
    expect(tell(registry)).toMatchInlineSnapshot(`
      "SEVERAL_PROBLEMS
        2 problems in migrations:
      - migrations/1_a.sql cannot be read: no such file or directory (ENOENT).
      - migrations/2 b.sql is not named <version>_<name>: a space follows the version, not "_".
        Nothing was changed. Correct them all, then run again."
    `);
    expect(errorOf(registry).problems.map(({ code }) => code)).toEqual(['FILE_UNREADABLE', 'FILE_NAME_INVALID']);
  });

  it.skipIf(process.platform === 'win32')('reads no pipe, socket or device, also by a link', async () => {
    const place = (name: string): string => join(root, 'migrations', name);
    for (const name of ['1_a.sql', '2_b.ts', 'notes.txt']) spawnSync('mkfifo', [place(name)]);
    symlinkSync(place('1_a.sql'), place('3_c.sql'));
    symlinkSync('/dev/zero', place('4_d.sql'));
    const server = createServer();
    await once(server.listen(place('5_e.sql')), 'listening');
    const { entries, others, problems } = directorySource('migrations').read();
    server.close();
    expect(entries).toEqual([]);
    expect(others).toEqual(['notes.txt']);
    expect(problems?.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'FILE_NOT_REGULAR migrations/1_a.sql is a named pipe, not a file.',
      'FILE_NOT_REGULAR migrations/2_b.ts is a named pipe, not a file.',
      'FILE_NOT_REGULAR migrations/3_c.sql is a named pipe, not a file.',
      'FILE_NOT_REGULAR migrations/4_d.sql is a device, not a file.',
      'FILE_NOT_REGULAR migrations/5_e.sql is a socket, not a file.',
    ]);
  });

  it.skipIf(process.platform === 'win32')('names a directory that is a link to nowhere', () => {
    symlinkSync('nowhere', join(root, 'linked'));
    expect(errorOf(() => directorySource('linked').read())).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: 'linked cannot be read: it is a symbolic link to nowhere, which does not exist.',
    });
  });

  it.skipIf(process.platform === 'win32')('names a link that leads to itself', () => {
    symlinkSync('1_a.sql', join(root, 'migrations', '1_a.sql'));
    const { problems } = directorySource('migrations').read();
    expect(problems).toMatchObject([{ code: 'FILE_UNREADABLE', message: expect.stringContaining('ELOOP') }]);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('names a directory that may not be read', () => {
    chmodSync('migrations', 0o000);
    expect(errorOf(() => directorySource('migrations').read())).toMatchObject({ code: 'FILE_UNREADABLE' });
    chmodSync('migrations', 0o700);
  });

  it('names a path that no file system has', () => {
    expect(errorOf(() => directorySource('x'.repeat(5000)).read())).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('name too long (ENAMETOOLONG)'),
    });
  });
});

describe('reasonOf', () => {
  it('keeps what happened and leaves out the call', () => {
    const error = (message: string, code?: string): Error =>
      Object.assign(new Error(message), code === undefined ? {} : { code });
    expect(reasonOf(error("EACCES: permission denied, scandir '/a, b'", 'EACCES'))).toBe('permission denied (EACCES)');
    expect(reasonOf(error('EISDIR: illegal operation on a directory, read', 'EISDIR'))).toBe(
      'illegal operation on a directory (EISDIR)',
    );
    expect(reasonOf(error('odd'))).toBe('odd');
  });
});
