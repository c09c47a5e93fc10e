import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDatabase } from './database-url.ts';

describe('parseDatabase', () => {
  it.each([
    ['app.db', '/home/app.db', 'app.db'],
    ['data/app.db', '/home/data/app.db', 'data/app.db'],
    ['./app.db', '/home/app.db', './app.db'],
    ['../app.db', '/app.db', '../app.db'],
    ['/srv/app.db', '/srv/app.db', '/srv/app.db'],
    ['100%25 mine?.db', '/home/100%25 mine?.db', '100%25 mine?.db'],
    ['a:b.db', '/home/a:b.db', 'a:b.db'],
    ['backup:old.db', '/home/backup:old.db', 'backup:old.db'],
    ['sqlite:app.db', '/home/app.db', 'app.db'],
    ['sqlite:./data/app.db', '/home/data/app.db', './data/app.db'],
    ['sqlite3:app.db', '/home/app.db', 'app.db'],
    ['SQLite:app.db', '/home/app.db', 'app.db'],
    ['sqlite:/srv/app.db', '/srv/app.db', '/srv/app.db'],
    ['sqlite:///srv/app.db', '/srv/app.db', '/srv/app.db'],
    ['sqlite://data/app.db', '/home/data/app.db', 'data/app.db'],
    ['sqlite://app.db?mode=rwc&cache=private', '/home/app.db', 'app.db'],
    ['file:app.db', '/home/app.db', 'app.db'],
    ['file:./app.db?connection_limit=1', '/home/app.db', './app.db'],
    ['file:/srv/app.db', '/srv/app.db', '/srv/app.db'],
    ['file:///srv/app.db', '/srv/app.db', '/srv/app.db'],
    ['file://localhost/srv/app.db', '/srv/app.db', '/srv/app.db'],
    ['file:///srv/my%20app%3F.db#x', '/srv/my app?.db', '/srv/my app?.db'],
    ['file:my%20app.db', '/home/my app.db', 'my app.db'],
    ['sqlite://my%20app.db', '/home/my app.db', 'my app.db'],
  ])('%s', (given, path, name) => {
    expect(parseDatabase(given, '/home')).toEqual({ given, path, name, readOnly: false });
  });

  it.each([':memory:', 'sqlite::memory:', 'sqlite://:memory:', 'file::memory:', 'file:x?mode=memory&cache=shared'])(
    '%s is in memory',
    (given) => {
      expect(parseDatabase(given)).toEqual({ given, path: undefined, name: ':memory:', readOnly: false });
    },
  );

  it('starts from the current folder', () => {
    expect(parseDatabase('app.db').path).toBe(join(process.cwd(), 'app.db'));
  });

  it.each([
    ['postgres://user:secret@host/db', 'postgres'],
    ['postgresql:db', 'postgresql'],
    ['mysql://host/db', 'mysql'],
    ['mongodb+srv://host/db', 'mongodb+srv'],
    ['libsql://host', 'libsql'],
    ['https://host/app.db', 'https'],
    ['jdbc:sqlite:app.db', 'jdbc'],
    ['whatever://x', 'whatever'],
  ])('%s is refused without telling what is in it', (given, scheme) => {
    expect(() => parseDatabase(given)).toThrow(
      expect.objectContaining({
        code: 'URL_NOT_SQLITE',
        message: `The database URL begins with ${scheme}:, which is not SQLite; Dunlin migrates SQLite databases only.`,
      }),
    );
  });

  it.each([
    ['', 'it is empty'],
    ['  ', 'it is empty'],
    ['sqlite:', 'it names no file'],
    ['sqlite://', 'it names no file'],
    ['file:///', 'it names no file'],
    ['file:data/', 'it names no file'],
    ['file:?mode=rw', 'it names no file'],
    ['a\0b', 'NUL'],
    ['file:a%00b', 'NUL'],
    ['file:100%.db', 'a % in it begins no valid escape'],
    ['file:///srv/100%.db', 'URI malformed'],
    ['file:///srv/a%2Fb.db', 'must not include encoded / characters'],
    ['file://server/share/app.db', 'a file on another machine (server/share/app.db) is out of reach'],
  ])('%j names no database', (given, reason) => {
    expect(() => parseDatabase(given)).toThrow(
      expect.objectContaining({ code: 'DATABASE_URL_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});
