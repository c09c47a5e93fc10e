import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from './env.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'dunlin-env-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('readEnvironment', () => {
  it('is empty where nothing is set', () => {
    expect(readEnvironment({}, cwd)).toEqual({ variables: {}, database: undefined, migrations: undefined, notes: [] });
  });

  it('reads .env, and the real environment wins', () => {
    writeFileSync(join(cwd, '.env'), '# comment\nDATABASE_PATH="data/a b.db"\nMIGRATIONS_DIR=sql\n');
    expect(readEnvironment({ MIGRATIONS_DIR: 'other', UNSET: undefined }, cwd)).toMatchObject({
      database: 'data/a b.db',
      migrations: 'other',
      variables: { MIGRATIONS_DIR: 'other' },
    });
  });

  it.skipIf(process.platform === 'win32').each([
    ['a named pipe', 'it is a named pipe', (path: string) => execFileSync('mkfifo', [path])],
    [
      'a link to one',
      'it is a named pipe',
      (path: string) => {
        execFileSync('mkfifo', [`${path}.pipe`]);
        symlinkSync(`${path}.pipe`, path);
      },
    ],
    ['a link to nowhere', 'it is a symbolic link to nowhere', (path: string) => symlinkSync('nowhere', path)],
    ['a link to itself', 'its symbolic links lead in a circle', (path: string) => symlinkSync('.env', path)],
  ])('refuses a .env that is %s: it may name the database', (_, reason, make) => {
    make(join(cwd, '.env'));
    expect(() => readEnvironment({ DATABASE_PATH: 'app.db' }, cwd)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_UNREADABLE',
        message: expect.stringContaining(`.env cannot be read: ${reason}`),
      }),
    );
  });

  it.skipIf(process.platform === 'win32').each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to /dev/null', (path: string) => symlinkSync('/dev/null', path)],
  ])('reads nothing from a .env that is %s', (_, make) => {
    make(join(cwd, '.env'));
    expect(readEnvironment({}, cwd)).toMatchObject({ variables: {}, database: undefined });
  });

  it('an empty variable counts as not set', () => {
    expect(readEnvironment({ DATABASE_PATH: '', DATABASE_URL: ' app.db ' }, cwd).database).toBe('app.db');
  });

  it('DATABASE_PATH comes before DATABASE_URL', () => {
    expect(readEnvironment({ DATABASE_PATH: 'a.db', DATABASE_URL: 'postgres://x' }, cwd)).toMatchObject({
      database: 'a.db',
      notes: [],
    });
  });

  it.each(['postgres://u:p@h/db', 'mysql://h/db', 'jdbc:postgresql://h/db', 'libsql://h'])(
    'passes %s over without its secrets',
    (url) => {
      const { database, notes } = readEnvironment({ DATABASE_URL: url }, cwd);
      expect(database).toBeUndefined();
      expect(notes).toEqual([`DATABASE_URL is ignored: ${url.slice(0, url.indexOf(':') + 1)} is not SQLite`]);
    },
  );

  it.each(['sqlite:app.db', 'file:./app.db', 'data/app.db', 'C:\\data\\app.db', 'file://host/app.db'])(
    'takes %s',
    (url) => {
      expect(readEnvironment({ DATABASE_URL: url }, cwd)).toMatchObject({ database: url, notes: [] });
    },
  );

  it('a .env that cannot be read is no mistake', () => {
    mkdirSync(join(cwd, '.env'));
    expect(readEnvironment({}, cwd).variables).toEqual({});
  });
});
