import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import type { DunlinError } from '../errors/index.ts';
import { openDatabase, type OpenDatabaseOptions } from './open-database.ts';
import type { DriverName } from './driver.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-open-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

function makeDatabase(name: string, rows = 0): string {
  const database = new BetterSqlite3(at(name));
  database.exec('CREATE TABLE t (a)');
  database.exec(
    `INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT hex(zeroblob(100)) FROM n LIMIT ${rows}`,
  );
  database.close();
  return at(name);
}

function refusal(given: string, options: OpenDatabaseOptions = {}): DunlinError {
  try {
    void openDatabase(given, { folder, ...options }).bridge.close?.();
  } catch (error) {
    return error as DunlinError;
  }
  throw new Error(`${given} was opened`);
}

describe('openDatabase', () => {
  it('creates a database, and opens it again', () => {
    const first = openDatabase('app.db', { folder });
    expect(first).toMatchObject({ name: 'app.db', path: at('app.db'), exists: false });
    void first.bridge.script('CREATE TABLE t (a)');
    void first.bridge.close?.();
    const second = openDatabase('sqlite:app.db', { folder });
    expect(second).toMatchObject({ name: 'app.db', path: at('app.db'), exists: true });
    expect(second.bridge.query('SELECT name FROM sqlite_schema', [])).toEqual([{ name: 't' }]);
    void second.bridge.close?.();
  });

  it('uses the requested driver', () => {
    for (const driver of ['better-sqlite3', '@photostructure/sqlite'] as const) {
      const { bridge } = openDatabase(`${driver.replace('/', '-')}.db`, { folder, driver });
      expect(bridge.driver).toBe(driver);
      void bridge.close?.();
    }
    expect(refusal('x.db', { driver: 'oracle' as DriverName }).code).toBe('DRIVER_UNKNOWN');
    expect(existsSync(at('x.db'))).toBe(false);
  });

  it('opens one in memory', () => {
    const { bridge, ...rest } = openDatabase(':memory:');
    expect(rest).toEqual({ name: ':memory:', path: undefined, exists: false });
    void bridge.script('CREATE TABLE t (a)');
  });

  it('shows a missing file as an empty database when it is only looked at, and creates nothing', () => {
    const { bridge, ...rest } = openDatabase('app.db', { folder, mode: 'read' });
    expect(rest).toEqual({ name: 'app.db', path: at('app.db'), exists: false });
    expect(bridge.query('SELECT count(*) AS n FROM sqlite_schema', [])).toEqual([{ n: 0 }]);
    void bridge.close?.();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('treats an empty file as a new database', () => {
    writeFileSync(at('app.db'), '');
    for (const mode of ['read', 'write'] as const) {
      const { bridge, exists } = openDatabase('app.db', { folder, mode });
      expect(exists).toBe(true);
      void bridge.close?.();
    }
    expect(readFileSync(at('app.db')).length).toBe(0);
  });

  it('writes no database whose URL says mode=ro', () => {
    const given = `file:${at('app.db')}?mode=ro`;
    expect(() => openDatabase(given)).toThrow(expect.objectContaining({ code: 'DATABASE_URL_READONLY' }));
    const { bridge } = openDatabase(given, { mode: 'read' });
    void bridge.close?.();
    expect(readdirSync(at('.'))).toEqual([]);
  });

  it('resolves symbolic links, so that journal and backups lie beside the file', () => {
    mkdirSync(at('real'));
    mkdirSync(at('links'));
    makeDatabase('real/app.db');
    symlinkSync(at('real/app.db'), at('links/current.db'));
    symlinkSync(at('real'), at('folder'));
    for (const given of ['links/current.db', 'folder/app.db']) {
      const { bridge, path, name } = openDatabase(given, { folder });
      expect([path, name]).toEqual([at('real/app.db'), given]);
      void bridge.close?.();
    }
    expect(openDatabase('folder/new.db', { folder, mode: 'read' }).path).toBe(at('real/new.db'));
  });

  it('opens names that would mean something in a URL', () => {
    for (const driver of ['better-sqlite3', '@photostructure/sqlite'] as const) {
      for (const name of ['a b?mode=ro#c%20.db', 'ß😀.db', "it's.db", 'file.db:memory:']) {
        const file = makeDatabase(name);
        const { bridge, path } = openDatabase(file, { driver });
        expect(path).toBe(file);
        expect(bridge.query('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 0 }]);
        void bridge.close?.();
        rmSync(file);
      }
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('opens a database that another connection has locked: waiting is the run’s business', () => {
    const other = new BetterSqlite3(makeDatabase('app.db'));
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const { bridge } = openDatabase('app.db', { folder, driver: 'better-sqlite3' });
    expect(() => bridge.query('SELECT * FROM t', [])).toThrow(/locked/);
    void bridge.close?.();
    other.close();
  });
});

describe('openDatabase refuses', () => {
  it('a directory', () => {
    mkdirSync(at('data'));
    expect(refusal('data')).toMatchObject({
      code: 'DATABASE_IS_DIRECTORY',
      message: 'data is a directory, not a database.',
      hint: expect.stringContaining('data/app.db'),
    });
  });

  it('a folder that does not exist, with the command that makes it', () => {
    for (const mode of ['read', 'write'] as const) {
      const error = refusal('my data/deep/app.db', { mode });
      expect(error).toMatchObject({
        code: 'DATABASE_FOLDER_MISSING',
        hint: expect.stringContaining(`mkdir -p "${at('my data/deep')}"`),
      });
    }
    expect(refusal('plain/app.db').hint).toContain(`mkdir -p ${at('plain')}\``);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a path through a file', () => {
    writeFileSync(at('file'), 'x');
    expect(refusal('file/app.db')).toMatchObject({
      code: 'DATABASE_CANNOT_OPEN',
      message: 'file/app.db cannot be opened: a part of its path is a file, not a folder.',
    });
  });

  it('links that lead nowhere or in a circle', () => {
    symlinkSync(at('gone/app.db'), at('dangling.db'));
    symlinkSync(at('b.db'), at('a.db'));
    symlinkSync(at('a.db'), at('b.db'));
    expect(refusal('dangling.db').message).toContain(
      `it is a symbolic link to ${at('gone/app.db')}, which does not exist`,
    );
    expect(refusal('a.db').message).toContain('its symbolic links lead in a circle');
  });

  it('a name that is too long', () => {
    expect(refusal(`${'x'.repeat(300)}.db`).message).toContain('its path is too long');
  });

  it('what is no regular file', () => {
    execFileSync('mkfifo', [at('pipe')]);
    expect(refusal('pipe').message).toBe('pipe cannot be opened: it is not a regular file.');
  });

  it.each(['-journal', '-wal', '-shm'])('the name of a file that SQLite keeps beside another: %s', (ending) => {
    makeDatabase('app.db');
    expect(refusal(`app.db${ending}`).message).toContain('that is the name of a file that SQLite keeps beside app.db');
    expect(existsSync(at(`app.db${ending}`))).toBe(false);
    // Without the other it is a name like any.
    void openDatabase(`other.db${ending}`, { folder }).bridge.close?.();
  });

  it('a file with several names', () => {
    linkSync(makeDatabase('app.db'), at('same.db'));
    expect(refusal('app.db')).toMatchObject({
      code: 'DATABASE_HARD_LINKED',
      message: 'app.db has 2 names (hard links).',
    });
  });

  it.each(['read', 'write'] as const)('a missing or empty file of which there are backups (%s)', (mode) => {
    mkdirSync(at('app.db-backups/old'), { recursive: true });
    if (mode === 'read') void openDatabase('app.db', { folder, mode }).bridge.close?.();
    writeFileSync(at('app.db-backups/1.db'), 'x');
    expect(refusal('app.db', { mode })).toMatchObject({
      code: 'DATABASE_VANISHED',
      message: `app.db does not exist, but ${at('app.db-backups')} holds backups of it: a database was here.`,
    });
    expect(existsSync(at('app.db'))).toBe(false);
    writeFileSync(at('app.db'), '');
    expect(refusal('app.db', { mode }).message).toMatch(/^app\.db is empty \(0 bytes\), but /);
    makeDatabase('app.db');
    void openDatabase('app.db', { folder, mode }).bridge.close?.();
  });

  it('a missing file whose write-ahead log is still there, which SQLite would delete', () => {
    writeFileSync(at('app.db-wal'), Buffer.alloc(100));
    expect(refusal('app.db')).toMatchObject({
      code: 'DATABASE_VANISHED',
      hint: expect.stringContaining(`move ${at('app.db-wal')} away`),
    });
    expect(readFileSync(at('app.db-wal')).length).toBe(100);
  });

  it('another database system', () => {
    expect(refusal('postgres://localhost/app').code).toBe('URL_NOT_SQLITE');
  });
});

describe.each(['better-sqlite3', '@photostructure/sqlite'] as const)('odd files with %s', (driver) => {
  const odd: readonly (readonly [name: string, content: (good: Buffer) => Buffer, code: string])[] = [
    ['a text', () => Buffer.from('Dear diary, this is no database.\n'.repeat(200)), 'DATABASE_NOT_SQLITE'],
    ['a short text', () => Buffer.from('Dear diary'), 'DATABASE_NOT_SQLITE'],
    ['random bytes, as an encrypted one', () => randomBytes(8192), 'DATABASE_NOT_SQLITE'],
    ['zeros', () => Buffer.alloc(8192), 'DATABASE_NOT_SQLITE'],
    ['the magic and zeros', (good) => Buffer.concat([good.subarray(0, 16), Buffer.alloc(8176)]), 'DATABASE_NOT_SQLITE'],
    ['one byte, which SQLite takes for an empty database', () => Buffer.from('x'), 'DATABASE_NOT_SQLITE'],
    ['the first 60 bytes', (good) => good.subarray(0, 60), 'DATABASE_NOT_SQLITE'],
    ['511 bytes', (good) => good.subarray(0, 511), 'DATABASE_NOT_SQLITE'],
    ['the first 600 bytes', (good) => good.subarray(0, 600), 'DATABASE_CORRUPT'],
    ['the first page', (good) => good.subarray(0, 4096), 'DATABASE_CORRUPT'],
    ['the first two pages', (good) => good.subarray(0, 8192), 'DATABASE_CORRUPT'],
    ['the first half', (good) => good.subarray(0, Math.floor(good.length / 2)), 'DATABASE_CORRUPT'],
  ];

  it.each(odd)('%s', (_, content, code) => {
    const bytes = content(readFileSync(makeDatabase('good.db', 500)));
    writeFileSync(at('odd.db'), bytes);
    for (const mode of ['read', 'write'] as const) {
      const error = refusal('odd.db', { driver, mode });
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/^odd\.db is /);
    }
    expect(readFileSync(at('odd.db')).equals(bytes)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['good.db', 'odd.db']);
  });

  it('says how small a file is that cannot be a database', () => {
    writeFileSync(at('odd.db'), 'x');
    expect(refusal('odd.db', { driver }).message).toBe('odd.db is not an SQLite database: it has only 1 byte.');
  });

  it('leaves an existing file alone when only looking at it', () => {
    const bytes = readFileSync(makeDatabase('good.db', 10));
    const { bridge } = openDatabase('good.db', { folder, driver, mode: 'read' });
    expect(bridge.query('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 10 }]);
    void bridge.close?.();
    expect(readFileSync(at('good.db')).equals(bytes)).toBe(true);
  });
});

// Permissions mean nothing to root, so these run in a process of another user where the tests run as root.
const canBeAnother = process.getuid?.() === 0;
const another = canBeAnother ? { uid: 65534, gid: 65534 } : {};

/** Opens a database in a process of its own and tells what happened. */
function openElsewhere(file: string, mode: 'read' | 'write', driver: DriverName): string {
  const root = join(import.meta.dirname, '../..');
  const source = join(import.meta.dirname, 'open-database.ts');
  const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${at('open.mjs')}`];
  execFileSync(join(root, 'node_modules/esbuild/bin/esbuild'), [source, ...options]);
  writeFileSync(
    at('helper.mjs'),
    `import { openDatabase } from './open.mjs';
     try {
       const { bridge } = openDatabase(${JSON.stringify(file)}, ${JSON.stringify({ driver, mode })});
       ${mode === 'write' ? "bridge.script('CREATE TABLE u (a)');" : ''}
       console.log(JSON.stringify(bridge.query('SELECT count(*) AS n FROM t', [])));
     } catch (error) {
       console.log(error.code + ' ' + error.message);
     }`,
  );
  return execFileSync(process.execPath, [at('helper.mjs')], { encoding: 'utf8', cwd: root, ...another }).trim();
}

describe.each(['better-sqlite3', '@photostructure/sqlite'] as const)('permissions with %s', (driver) => {
  it('a read-only file can be looked at', () => {
    chmodSync(folder, 0o755);
    const file = makeDatabase('app.db');
    chmodSync(file, 0o444);
    expect(openElsewhere(file, 'read', driver)).toBe('[{"n":0}]');
    expect(openElsewhere(file, 'write', driver)).toMatch(/readonly database/);
  });

  it('a file that may not be read is refused', () => {
    chmodSync(folder, 0o755);
    const file = makeDatabase('app.db');
    chmodSync(file, 0o000);
    expect(openElsewhere(file, 'read', driver)).toMatch(/^DATABASE_CANNOT_OPEN .*unable to open database file/);
  });

  it('a folder that may not be entered is refused', () => {
    chmodSync(folder, 0o755);
    mkdirSync(at('closed'));
    makeDatabase('closed/app.db');
    chmodSync(at('closed'), 0o000);
    expect(openElsewhere(at('closed/app.db'), 'read', driver)).toMatch(/^DATABASE_CANNOT_OPEN .*permission denied/);
    chmodSync(at('closed'), 0o755);
  });

  it.each([
    ['file', 0o444, 0o777],
    ['folder', 0o666, 0o555],
    ['file and folder', 0o444, 0o555],
  ])('a WAL database is read, and nothing is left beside it: read-only %s', (_, fileMode, folderMode) => {
    chmodSync(folder, 0o755);
    mkdirSync(at('fixed'));
    const file = makeDatabase('fixed/app.db');
    const database = new BetterSqlite3(file);
    database.pragma('journal_mode = WAL');
    database.close();
    chmodSync(file, fileMode);
    chmodSync(dirname(file), folderMode);
    expect(openElsewhere(file, 'read', driver)).toBe('[{"n":0}]');
    expect(openElsewhere(file, 'write', driver)).toMatch(/readonly database/);
    expect(readdirSync(dirname(file))).toEqual(['app.db']);
    chmodSync(dirname(file), 0o755);
  });
});
