import { describe, expect, it } from 'vitest';
import { dunlinError } from '../errors/index.ts';
import { isBusy, isSqlError, SqlError, toSqlError } from './sql-error.ts';

const sqlError = (code: string): SqlError => new SqlError({ code, message: 'message' }, 'SELECT 1', undefined);

describe('SqlError', () => {
  it('has the code, its primary code, the message, the SQL and the cause', () => {
    const cause = new Error('the driver’s');
    const error = new SqlError({ code: 'SQLITE_IOERR_WRITE', message: 'disk I/O error' }, 'COMMIT', cause);
    expect(error).toMatchObject({
      code: 'SQLITE_IOERR_WRITE',
      primary: 'SQLITE_IOERR',
      message: 'disk I/O error',
      sql: 'COMMIT',
      cause,
    });
    expect(String(error)).toBe('SqlError SQLITE_IOERR_WRITE: disk I/O error');
  });

  it('is recognised by a brand, not by its class', () => {
    expect(isSqlError(sqlError('SQLITE_BUSY'))).toBe(true);
    expect(isSqlError({ [Symbol.for('dunlin.sql-error')]: true })).toBe(true);
    expect(isSqlError(new Error('SQLITE_BUSY'))).toBe(false);
    expect(isSqlError(null)).toBe(false);
    expect(isSqlError('SQLITE_BUSY')).toBe(false);
  });
});

describe('toSqlError', () => {
  it('asks the bridge first, then the known shapes', () => {
    const error = new Error('odd');
    const bridge = {
      describeError: (given: unknown) => (given === error ? { code: 'SQLITE_FULL', message: 'full up' } : undefined),
    };
    expect(toSqlError(error, 'COMMIT', bridge)).toMatchObject({
      code: 'SQLITE_FULL',
      message: 'full up',
      sql: 'COMMIT',
      cause: error,
    });
    expect(toSqlError(new Error('database is locked'), 'COMMIT', bridge)).toMatchObject({ code: 'SQLITE_BUSY' });
    expect(toSqlError(new Error('database is locked'))).toMatchObject({ code: 'SQLITE_BUSY', sql: undefined });
  });

  it('leaves Dunlin’s own errors as they are', () => {
    const own = dunlinError('HANDLE_CLOSED', { driver: 'mine' });
    expect(toSqlError(own)).toBe(own);
    const again = sqlError('SQLITE_BUSY');
    expect(toSqlError(again)).toBe(again);
  });
});

describe('predicates', () => {
  it('isBusy: another connection is in the way', () => {
    expect(
      ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED_SHAREDCACHE'].map((code) => isBusy(sqlError(code))),
    ).toEqual([true, true, true]);
    expect(isBusy(sqlError('SQLITE_LOCKED'))).toBe(false);
    expect(isBusy(new Error('database is locked'))).toBe(false);
  });
});
