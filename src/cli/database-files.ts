import { basename, dirname, extname, join } from 'node:path';
import { closest, dunlinError } from '../errors/index.ts';
import { findDatabaseFile } from '../node/database-file.ts';
import type { DatabaseLocation } from '../node/database-url.ts';
import type { Context } from './context.ts';
import { readdirSync } from 'node:fs';

/** What a command does if the file of a database does not exist. */
export type Missing = 'empty' | 'create' | 'refuse' | 'ignore';

/**
 * Whether the database exists; one in memory does. Otherwise prints a note, with a file of a similar name if there is one.
 * Throws DATABASE_NOT_FOUND for `refuse`, and what `findDatabaseFile` throws.
 */
export function databaseExists(context: Context, { path, name }: DatabaseLocation, missing: Missing): boolean {
  if (missing === 'ignore') return false;
  if (path === undefined || findDatabaseFile(path, name).exists) return true;
  const similar = similarFile(path);
  const suggestion = similar === undefined ? undefined : join(dirname(name), similar);
  if (missing === 'refuse') throw dunlinError('DATABASE_NOT_FOUND', { database: name, suggestion });
  if (suggestion !== undefined) context.note(`${name} does not exist yet; did you mean ${suggestion}?`);
  else if (missing === 'empty') context.note(`${name} does not exist yet; \`dunlin up\` creates it`);
  return false;
}

/** The database in the same folder with nearly the same name. tenant2.db is not a typo of tenant3.db. */
function similarFile(path: string): string | undefined {
  const wanted = stem(path);
  if (wanted.length < 3) return undefined;
  const withoutDigits = (name: string): string => name.replaceAll(/\d/g, '');
  const others = databaseFiles(dirname(path)).filter((name) => withoutDigits(name) !== withoutDigits(basename(path)));
  const near = closest(wanted, others.map(stem));
  return others.find((name) => stem(name) === near);
}

/** The name without the folders and the ending. */
export function stem(path: string): string {
  return basename(path, extname(path));
}

export function isDatabaseName(name: string): boolean {
  return /\.(db|sqlite3?|db3)$/i.test(name);
}

/** The database files of a folder. They are only used for suggestions, so a folder that cannot be listed has none. */
export function databaseFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isDatabaseName).sort();
  } catch {
    return [];
  }
}
