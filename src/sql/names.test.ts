import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canBeName, KEYWORDS, nameKey, quote, sameName, unquote } from './names.ts';

describe('nameKey', () => {
  it('folds A to Z', () => {
    expect(nameKey('Users_2')).toBe('users_2');
  });

  it('folds nothing beyond ASCII, as SQLite does', () => {
    expect(nameKey('GRÖSSE')).toBe('grÖsse');
    expect(nameKey('\u212A')).toBe('\u212A'); // the Kelvin sign, whose lower case is `k`
    expect(nameKey('\u0130')).toBe('\u0130'); // the Turkish dotted I, whose lower case is two characters
  });
});

describe('sameName', () => {
  it('compares without regard to ASCII case', () => {
    expect(sameName('Users', 'uSERS')).toBe(true);
    expect(sameName('users', 'users')).toBe(true);
  });

  it('keeps different names apart', () => {
    expect(sameName('users', 'user')).toBe(false);
    expect(sameName('users', 'userz')).toBe(false);
    expect(sameName('Ä', 'ä')).toBe(false);
    expect(sameName('k', '\u212A')).toBe(false);
  });
});

describe('quote and unquote', () => {
  it.each(['users', 'a b', 'a"b', '"', '', "it's", 'x]y', 'größe'])('%j comes back', (name) => {
    expect(unquote(quote(name))).toBe(name);
  });

  it('doubles the quote', () => {
    expect(quote('a"b')).toBe('"a""b"');
  });

  it.each([
    ['[a"b]', 'a"b'],
    ['[a[b]', 'a[b'],
    ['`a``b`', 'a`b'],
    ["'it''s'", "it's"],
    ['"a""""b"', 'a""b'],
    ['plain', 'plain'],
    ['', ''],
  ])('reads %s as %s', (text, name) => {
    expect(unquote(text)).toBe(name);
  });
});

it('knows which keywords SQLite takes as names of columns', () => {
  const db = new BetterSqlite3(':memory:');
  onTestFinished(() => void db.close());
  const isColumn = (word: string): boolean => {
    try {
      db.exec(`CREATE TABLE t (${word}); DROP TABLE t`);
      return true;
    } catch {
      return false;
    }
  };
  const wrong = KEYWORDS.filter((word) => !word.startsWith('current_') && isColumn(word) !== canBeName(word));
  expect(wrong).toEqual([]);
});
