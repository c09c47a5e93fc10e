import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.ts';

const code = (message: string, fields: object = {}): string =>
  describeError(Object.assign(new Error(message), fields)).code;

describe('describeError', () => {
  it('takes the symbolic code of better-sqlite3 and bun:sqlite', () => {
    expect(
      describeError(Object.assign(new Error('UNIQUE constraint failed: t.a'), { code: 'SQLITE_CONSTRAINT_UNIQUE' })),
    ).toEqual({
      code: 'SQLITE_CONSTRAINT_UNIQUE',
      message: 'UNIQUE constraint failed: t.a',
    });
  });

  it('names the extended number of node:sqlite', () => {
    expect(code('UNIQUE constraint failed: t.a', { code: 'ERR_SQLITE_ERROR', errcode: 2067 })).toBe(
      'SQLITE_CONSTRAINT_UNIQUE',
    );
    expect(code('x', { code: 'ERR_SQLITE_ERROR', errcode: 1032 })).toBe('SQLITE_READONLY_DBMOVED');
  });

  it('refines a primary name by the number beside it, and only then', () => {
    expect(code('x', { code: 'SQLITE_CONSTRAINT', errno: 2067 })).toBe('SQLITE_CONSTRAINT_UNIQUE');
    expect(code('x', { code: 'SQLITE_BUSY', rawCode: 261 })).toBe('SQLITE_BUSY_RECOVERY');
    expect(code('x', { code: 'SQLITE_BUSY', errno: 2067 })).toBe('SQLITE_BUSY');
    expect(code('x', { code: 'SQLITE_IOERR_WRITE', errno: 10 })).toBe('SQLITE_IOERR_WRITE');
    expect(code('x', { code: 'SQLITE_CONSTRAINT', extendedCode: 'SQLITE_CONSTRAINT_CHECK' })).toBe(
      'SQLITE_CONSTRAINT_CHECK',
    );
  });

  it('does not believe the number 0, which is "not an error"', () => {
    expect(code('not an error', { errcode: 0 })).toBe('SQLITE_ERROR');
    expect(code('database is locked', { errcode: 0 })).toBe('SQLITE_BUSY');
  });

  it.each([
    [
      'D1_ERROR: UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)',
      'SQLITE_CONSTRAINT_UNIQUE',
    ],
    ['something: SQLITE_FULL', 'SQLITE_FULL'],
    ['UNIQUE constraint failed: t.a', 'SQLITE_CONSTRAINT_UNIQUE'],
    ['NOT NULL constraint failed: t.a', 'SQLITE_CONSTRAINT_NOTNULL'],
    ['CHECK constraint failed: a > 0', 'SQLITE_CONSTRAINT_CHECK'],
    ['FOREIGN KEY constraint failed', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
    ['cannot store TEXT value in INTEGER column t.a', 'SQLITE_CONSTRAINT_DATATYPE'],
    ['constraint failed', 'SQLITE_CONSTRAINT'],
    ['database is locked', 'SQLITE_BUSY'],
    ['database table is locked: t', 'SQLITE_LOCKED'],
    ['database schema is locked: main', 'SQLITE_LOCKED'],
    ['attempt to write a readonly database', 'SQLITE_READONLY'],
    ['database or disk is full', 'SQLITE_FULL'],
    ['disk I/O error', 'SQLITE_IOERR'],
    ['Failed to open database: unable to open database file', 'SQLITE_CANTOPEN'],
    ['file is not a database', 'SQLITE_NOTADB'],
    ['database disk image is malformed', 'SQLITE_CORRUPT'],
    ['malformed database schema (t) - near "x": syntax error', 'SQLITE_CORRUPT'],
    ['string or blob too big', 'SQLITE_TOOBIG'],
    ['out of memory', 'SQLITE_NOMEM'],
    ['interrupted', 'SQLITE_INTERRUPT'],
    ['datatype mismatch', 'SQLITE_MISMATCH'],
    ['not authorized', 'SQLITE_AUTH'],
    ['locking protocol', 'SQLITE_PROTOCOL'],
    ['database schema has changed', 'SQLITE_SCHEMA'],
    ['near "SELEC": syntax error', 'SQLITE_ERROR'],
  ])('reads the message where there is nothing else: %s', (message, expected) => {
    expect(code(message)).toBe(expected);
  });

  it('takes whatever was thrown', () => {
    expect(describeError('database is locked')).toEqual({ code: 'SQLITE_BUSY', message: 'database is locked' });
    expect(describeError({ message: 'disk I/O error' })).toMatchObject({ code: 'SQLITE_IOERR' });
    expect(describeError(null)).toEqual({ code: 'SQLITE_ERROR', message: 'it threw null' });
    expect(describeError(undefined).code).toBe('SQLITE_ERROR');
    expect(describeError(Object.create(null)).code).toBe('SQLITE_ERROR');
  });
});
