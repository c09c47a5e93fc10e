import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { SqlError } from './sql-error.ts';

/**
 * The DunlinError for an SQLite error about the whole database: the file is not a database, is damaged, cannot be
 * written, or the disk is full. Undefined for errors of one statement.
 *
 * @param databaseName the name in the message.
 */
export function databaseError(error: SqlError, databaseName: string): DunlinError | undefined {
  const details = { cause: error };
  const facts = { database: databaseName, code: error.code, reason: error.message };
  switch (error.primary) {
    case 'SQLITE_NOTADB':
      return dunlinError('DATABASE_NOT_SQLITE', { database: databaseName, bytes: undefined }, details);
    case 'SQLITE_CORRUPT':
      // FTS and R-Tree report damage of their own tables this way; the file is not damaged. Nor is it if the schema uses a
      // function that this connection defines differently.
      if (error.code === 'SQLITE_CORRUPT_VTAB') return undefined;
      return dunlinError(otherFunction.test(error.message) ? 'DATABASE_FAILED' : 'DATABASE_CORRUPT', facts, details);
    case 'SQLITE_READONLY':
      return dunlinError('DATABASE_READONLY', { database: databaseName, code: error.code }, details);
    case 'SQLITE_CANTOPEN':
      return dunlinError('DATABASE_CANNOT_OPEN', { database: databaseName, reason: error.message }, details);
    case 'SQLITE_FULL':
      return fullError(error, databaseName);
    case 'SQLITE_IOERR':
      if (error.code === 'SQLITE_IOERR_GETTEMPPATH')
        return dunlinError('TEMPORARY_FOLDER_MISSING', { database: databaseName }, details);
      return dunlinError('DISK_ERROR', { database: databaseName, code: error.code }, details);
    case 'SQLITE_BUSY':
      return dunlinError('DATABASE_LOCKED', { database: databaseName }, details);
    default:
      return undefined;
  }
}

/** SQLite has one code for a full disk, page limit or temporary folder. */
function fullError(error: SqlError, database: string): DunlinError {
  const { full } = error;
  const details = { cause: error };
  if (full === undefined) return dunlinError('DISK_FULL', { database }, details);
  return full.kind === 'pages'
    ? dunlinError('DATABASE_PAGE_LIMIT', { database, ...full }, details)
    : dunlinError('TEMPORARY_FOLDER_FULL', full, details);
}

const otherFunction = /^malformed database schema .* - (?:non-deterministic|wrong number of arguments)/;
