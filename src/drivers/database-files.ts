import type { Row } from '../bridge/index.ts';

/** The main database's file, from `PRAGMA database_list`: absolute, as SQLite opened it; undefined in memory. */
export function mainFile(databases: readonly Row[]): string | undefined {
  const file = databases.find((row) => row['name'] === 'main')?.['file'];
  return typeof file === 'string' && file !== '' ? file : undefined;
}

/** More pages than any database has, so a backup takes one step and no other writer comes between. */
export const ALL_PAGES = 0x7fffffff;

/** SQLite's error for a target that another connection has locked; some drivers do not report it. */
export function targetBusy(): Error {
  return Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
}
