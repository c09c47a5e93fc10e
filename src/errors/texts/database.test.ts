import { describe, expect, it } from 'vitest';
import { dunlinError, type ErrorCode } from '../index.ts';
import { databaseTexts } from './database.ts';

const database = 'data/app.db';

/** Facts for every code, more than once where the text depends on them. */
const samples: { readonly [C in keyof typeof databaseTexts]: readonly Parameters<typeof dunlinError<C>>[1][] } = {
  DATABASE_IS_DIRECTORY: [{ database: 'data', example: 'data/app.db' }],
  DATABASE_FOLDER_MISSING: [
    { database, folder: '/srv/data' },
    { database, folder: "/srv/it's here" },
  ],
  DATABASE_VANISHED: [
    { database, missing: true, evidence: '/srv/app.db-backups holds backups of it', move: '/srv/app.db-backups' },
    { database, missing: false, evidence: '/srv/app.db-wal holds changes of it', move: '/srv/app.db-wal' },
  ],
  DATABASE_HARD_LINKED: [{ database, links: 2 }],
  DATABASE_NOT_SQLITE: [
    { database, bytes: undefined },
    { database, bytes: 60 },
  ],
  DATABASE_CORRUPT: [{ database, code: 'SQLITE_CORRUPT', reason: 'database disk image is malformed' }],
  DATABASE_READONLY: ['', '_DIRECTORY', '_DBMOVED', '_ROLLBACK', '_RECOVERY', '_CANTLOCK', '_CANTINIT'].map(
    (extension) => ({
      database,
      code: `SQLITE_READONLY${extension}`,
    }),
  ),
  DATABASE_CANNOT_OPEN: [{ database, reason: 'permission denied' }],
  DISK_FULL: [{ database }],
  DISK_ERROR: [{ database, code: 'SQLITE_IOERR_FSYNC' }],
  DATABASE_LOCKED: [{ database }],
  DATABASE_URL_INVALID: [{ given: 'sqlite:', reason: 'it names no file' }],
  URL_NOT_SQLITE: [{ scheme: 'postgres' }],
  NO_DRIVER: [
    {
      runtime: 'Node 20.20.2',
      tried: ['node:sqlite is unusable (not a part of Node 20.20.2)'],
      install: '@photostructure/sqlite@1',
    },
  ],
  DRIVER_UNKNOWN: [{ driver: 'oracle', known: ['node:sqlite', 'better-sqlite3'] }],
  DRIVER_UNUSABLE: [{ driver: 'better-sqlite3', reason: 'not installed', remedy: 'Type `npm install better-sqlite3`' }],
  HANDLE_UNKNOWN: [
    { given: 'null', advice: undefined },
    { given: 'A promise', advice: 'Await it first.' },
  ],
  HANDLE_CLOSED: [{ driver: 'better-sqlite3' }],
  BRIDGE_NOT_SYNC: [
    { driver: 'mine', method: undefined },
    { driver: 'mine', method: 'query' },
  ],
  ASYNC_IN_SYNC: [{ what: 'up() of 002_orders' }],
  VALUE_NOT_BINDABLE: [
    { given: 'undefined', advice: 'give null for NULL' },
    { given: 'a symbol', advice: undefined },
  ],
  PARAMETER_COUNT: [
    { sql: 'INSERT INTO t VALUES (?, ?)', expected: 2, given: 1, positional: true },
    { sql: 'SELECT ?', expected: 1, given: 0, positional: true },
    { sql: `SELECT :a,\n ${'b, '.repeat(50)} c`, expected: 1, given: 0, positional: false },
  ],
  STATEMENT_NOT_SINGLE: [
    { sql: 'SELECT 1; SELECT 2', statements: 2 },
    { sql: '-- nothing', statements: 0 },
  ],
  LISTENER_FAILED: [{ event: 'migration:done', reason: 'x is not a function' }],
};

describe('databaseTexts', () => {
  it.each(Object.keys(samples) as (keyof typeof samples)[])('%s', (code) => {
    expect(samples[code].length).toBeGreaterThan(0);
    const texts = samples[code].map((facts) => {
      const { message, hint } = dunlinError(code as ErrorCode, facts as never);
      return `${message}\n  ${hint}`;
    });
    expect(`\n${texts.join('\n')}\n`).toMatchSnapshot();
  });

  it('explain every code', () => {
    expect(Object.keys(samples).sort()).toEqual(Object.keys(databaseTexts).sort());
    for (const text of Object.values(databaseTexts)) expect(text.meaning).toMatch(/^[A-Z`].{40,}\.$/s);
  });
});
