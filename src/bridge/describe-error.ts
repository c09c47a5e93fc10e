import { thrownReason } from '../errors/index.ts';
import { codeName, primaryCode } from './result-codes.ts';
import type { DriverErrorInfo } from './types.ts';

/** SQLite's messages by code, for drivers that pass on only the message. More specific messages come first. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/^UNIQUE constraint failed/, 'SQLITE_CONSTRAINT_UNIQUE'],
  [/^NOT NULL constraint failed/, 'SQLITE_CONSTRAINT_NOTNULL'],
  [/^CHECK constraint failed/, 'SQLITE_CONSTRAINT_CHECK'],
  [/^FOREIGN KEY constraint failed/, 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  [/^cannot store \w+ value in \w+ column/, 'SQLITE_CONSTRAINT_DATATYPE'],
  [/constraint failed/, 'SQLITE_CONSTRAINT'],
  [/database (?:schema |table )is locked/, 'SQLITE_LOCKED'],
  [/database is locked/, 'SQLITE_BUSY'],
  [/attempt to write a readonly database/, 'SQLITE_READONLY'],
  [/database or disk is full/, 'SQLITE_FULL'],
  [/disk I\/O error/, 'SQLITE_IOERR'],
  [/unable to open database file/, 'SQLITE_CANTOPEN'],
  [/file is (?:not a database|encrypted)/, 'SQLITE_NOTADB'],
  [/database disk image is malformed|^malformed database schema/, 'SQLITE_CORRUPT'],
  [/string or blob too big/, 'SQLITE_TOOBIG'],
  [/out of memory/, 'SQLITE_NOMEM'],
  [/^interrupted$/, 'SQLITE_INTERRUPT'],
  [/datatype mismatch/, 'SQLITE_MISMATCH'],
  [/not authorized|access to .* is prohibited/, 'SQLITE_AUTH'],
  [/locking protocol/, 'SQLITE_PROTOCOL'],
  [/database schema has changed/, 'SQLITE_SCHEMA'],
];

/** Where drivers put the numeric code: node:sqlite; libsql; sqlite-wasm; bun:sqlite and sqlite3. */
const numberFields = ['errcode', 'rawCode', 'resultCode', 'errno'];

/**
 * SQLite's code for an error of any known driver: by number, by name, else by message. Otherwise `SQLITE_ERROR`, which
 * is also SQLite's generic code.
 */
export function describeError(error: unknown): DriverErrorInfo {
  const message = thrownReason(error);
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>;
  const named = nameIn(fields['extendedCode']) ?? nameIn(fields['code']);
  const numbered = numberIn(fields, numberFields);
  if (named !== undefined) {
    // sqlite3 and libsql name the primary code and give the extended one as a number.
    const refines = numbered !== undefined && named === primaryCode(named) && primaryCode(numbered) === named;
    return { code: refines ? numbered : named, message };
  }
  return {
    code:
      numbered ??
      nameInText(message) ??
      phrases.find(([phrase]) => phrase.test(message))?.[1] ??
      // wa-sqlite has the primary code there, and messages often say more.
      numberIn(fields, ['code']) ??
      'SQLITE_ERROR',
    message,
  };
}

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^SQLITE_[A-Z]/.test(value) ? value : undefined;
}

function numberIn(fields: Readonly<Record<string, unknown>>, places: readonly string[]): string | undefined {
  for (const field of places) {
    const value = fields[field];
    // 0 means that the driver failed, not SQLite.
    if (typeof value === 'number' && value > 0) return codeName(value);
  }
  return undefined;
}

/** `D1_ERROR: ...: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)`. */
function nameInText(message: string): string | undefined {
  const match = /(SQLITE_[A-Z_]+)(?: \(extended: (SQLITE_[A-Z_]+)\))?/.exec(message);
  return match?.[2] ?? match?.[1];
}
