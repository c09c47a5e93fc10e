import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeName, primaryCode } from './result-codes.ts';

// SQLite's own list, as better-sqlite3 ships it.
const header = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json')), 'deps/sqlite3/sqlite3.h'),
  'utf8',
);

describe('codeName', () => {
  const primary = [...header.matchAll(/^#define (SQLITE_[A-Z]+) +(\d+) +\/\*/gm)]
    .filter(([, , number]) => Number(number) >= 1 && Number(number) <= 28)
    .slice(0, 28);
  const extended = [...header.matchAll(/^#define (SQLITE_\w+) +\(SQLITE_(\w+) *\| *\((\d+)<<8\)\)/gm)].filter(
    ([, , parent]) => parent !== 'OK',
  );
  const numbers = new Map(primary.map(([, name, number]) => [name!, Number(number)]));

  it('knows every primary code of sqlite3.h', () => {
    expect(numbers.size).toBe(28);
    for (const [name, number] of numbers) expect(codeName(number)).toBe(name);
  });

  it('knows every extended code of sqlite3.h', () => {
    expect(extended.length).toBeGreaterThan(70);
    for (const [, name, parent, extension] of extended) {
      expect(codeName(numbers.get(`SQLITE_${parent}`)! + Number(extension) * 256)).toBe(name);
      expect(primaryCode(name!)).toBe(`SQLITE_${parent}`);
    }
  });

  it('falls back to the primary code for an extension that it does not know', () => {
    expect(codeName(5 + 99 * 256)).toBe('SQLITE_BUSY');
    expect(codeName(4 + 1 * 256)).toBe('SQLITE_ABORT');
    expect(codeName(7 + 1 * 256)).toBe('SQLITE_NOMEM');
  });

  it('has no name for what is no error code', () => {
    expect(codeName(0)).toBeUndefined();
    expect(codeName(100)).toBeUndefined();
  });
});

describe('primaryCode', () => {
  it('is SQLITE_ERROR for what is no code of SQLite', () => {
    expect(primaryCode('ERR_INVALID_STATE')).toBe('SQLITE_ERROR');
  });
});
