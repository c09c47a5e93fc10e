import { describe, expect, it } from 'vitest';
import { databaseError } from './database-error.ts';
import { SqlError } from './sql-error.ts';

const mapped = (code: string): string | undefined =>
  databaseError(new SqlError({ code, message: 'm' }, undefined, undefined), 'app.db')?.code;

describe('databaseError', () => {
  it.each([
    ['SQLITE_NOTADB', 'DATABASE_NOT_SQLITE'],
    ['SQLITE_CORRUPT', 'DATABASE_CORRUPT'],
    ['SQLITE_CORRUPT_INDEX', 'DATABASE_CORRUPT'],
    ['SQLITE_READONLY', 'DATABASE_READONLY'],
    ['SQLITE_READONLY_DIRECTORY', 'DATABASE_READONLY'],
    ['SQLITE_CANTOPEN', 'DATABASE_CANNOT_OPEN'],
    ['SQLITE_FULL', 'DISK_FULL'],
    ['SQLITE_IOERR_FSYNC', 'DISK_ERROR'],
    ['SQLITE_IOERR_GETTEMPPATH', 'TEMPORARY_FOLDER_MISSING'],
    ['SQLITE_BUSY_SNAPSHOT', 'DATABASE_LOCKED'],
  ])('%s is %s', (code, expected) => {
    expect(mapped(code)).toBe(expected);
  });

  it('leaves errors of single statements alone', () => {
    expect(mapped('SQLITE_ERROR')).toBeUndefined();
    expect(mapped('SQLITE_CONSTRAINT_UNIQUE')).toBeUndefined();
    expect(mapped('SQLITE_CORRUPT_VTAB')).toBeUndefined();
  });

  it.each(['non-deterministic functions prohibited in index expressions', 'wrong number of arguments to function f()'])(
    'does not take a function in another form for damage: %s',
    (reason) => {
      const message = `malformed database schema (i) - ${reason}`;
      const error = databaseError(new SqlError({ code: 'SQLITE_CORRUPT', message }, '', undefined), 'app.db');
      expect(error).toMatchObject({ code: 'DATABASE_FAILED' });
      expect(error?.hint).toContain('has to be deterministic');
      expect(error?.hint).not.toContain('restore');
    },
  );

  it('keeps the error of SQLite as the cause and names the database', () => {
    const cause = new SqlError({ code: 'SQLITE_IOERR_WRITE', message: 'disk I/O error' }, 'COMMIT', undefined);
    const error = databaseError(cause, 'data/app.db');
    expect(error?.cause).toBe(cause);
    expect(error?.message).toBe('Reading or writing data/app.db failed with a disk error (SQLITE_IOERR_WRITE).');
  });
});
