import { basename, dirname, extname, join } from 'node:path';
import { closest, dunlinError } from '../errors/index.ts';
import { findDatabaseFile } from '../node/database-file.ts';
import type { DatabaseLocation } from '../node/database-url.ts';
import type { Context } from './context.ts';
import { databaseFiles } from './database-files.ts';

/** What a command does about a database whose file is not there: treats it as empty, creates it, refuses, or does without. */
export type Missing = 'empty' | 'create' | 'refuse' | 'ignore';

/**
 * Whether the database is there; one in memory is. Says so where it is not, with the neighbour that may have been
 * meant. Throws DATABASE_NOT_FOUND where that is refused, and what `findDatabaseFile` throws.
 */
export function databaseExists(context: Context, { path, name }: DatabaseLocation, missing: Missing): boolean {
  if (missing === 'ignore') return false;
  if (path === undefined || findDatabaseFile(path, name).exists) return true;
  const meant = neighbour(path);
  const suggestion = meant === undefined ? undefined : join(dirname(name), meant);
  if (missing === 'refuse') throw dunlinError('DATABASE_NOT_FOUND', { database: name, suggestion });
  if (suggestion !== undefined) context.note(`${name} does not exist yet; did you mean ${suggestion}?`);
  else if (missing === 'empty') context.note(`${name} does not exist yet; \`dunlin up\` creates it`);
  return false;
}

/** The database beside it whose name is nearly the same. tenant2.db is no slip for tenant3.db. */
function neighbour(path: string): string | undefined {
  const wanted = stem(path);
  if (wanted.length < 3) return undefined;
  const apart = (name: string): string => name.replaceAll(/\d/g, '');
  const others = databaseFiles(dirname(path)).filter((name) => apart(name) !== apart(basename(path)));
  const meant = closest(wanted, others.map(stem));
  return others.find((name) => stem(name) === meant);
}

function stem(path: string): string {
  return basename(path, extname(path));
}
