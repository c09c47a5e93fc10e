import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { dunlinError, thrownReason } from '../errors/index.ts';

/** Where a database is. A path or URL is parsed once, where it comes in; everything else gets this. */
export class DatabaseLocation {
  /** The path or URL as given. */
  readonly given: string;
  /** Absolute; undefined for a database in memory. */
  readonly path: string | undefined;
  /** For messages: as given, without a scheme. */
  readonly name: string;
  /** A URL's `mode=ro`: the database must not be written. */
  readonly readOnly: boolean;

  constructor(given: string, path: string | undefined, name: string, readOnly: boolean = false) {
    this.given = given;
    this.path = path;
    this.name = name;
    this.readOnly = readOnly;
  }
}

const inMemory = (given: string): DatabaseLocation => new DatabaseLocation(given, undefined, ':memory:');

/** At least two letters: `C:` is a drive. */
const SCHEME = /^([a-z][a-z\d+.-]+):/i;

const OWN_SCHEMES = new Set(['file', 'sqlite', 'sqlite3']);

/** Systems whose URLs are also written without `//`. */
const OTHER_SYSTEMS =
  /^(?:jdbc|postgres|postgresql|mysql|mariadb|mongodb|redis|mssql|sqlserver|libsql|d1|wss?|https?)$/i;

/**
 * Parses a path or URL. Accepted: a path; `:memory:`; `sqlite:rel.db`, `sqlite:/abs.db`, `sqlite:///abs.db`,
 * `sqlite://rel.db`; `file:./rel.db`, `file:///abs.db`. In a URL, percent escapes are decoded; of the parameters only
 * `mode=memory` and `mode=ro` count, others are for other tools.
 *
 * Errors: `DATABASE_URL_INVALID`, `URL_NOT_SQLITE`.
 */
export function parseDatabase(given: string, folder: string = process.cwd()): DatabaseLocation {
  if (given === ':memory:') return inMemory(given);
  if (given.trim() === '') throw invalid(given, 'it is empty');
  if (given.includes('\0')) throw invalid(given, 'it contains a NUL character');
  const foreign = foreignScheme(given);
  if (foreign !== undefined) throw dunlinError('URL_NOT_SQLITE', { scheme: foreign });
  const scheme = schemeOf(given);
  return scheme !== undefined && OWN_SCHEMES.has(scheme)
    ? parseUrl(given, scheme, folder)
    : new DatabaseLocation(given, resolve(folder, given), given);
}

/** The scheme of another database system's URL, such as `postgres`; undefined for a path or an SQLite URL. */
export function foreignScheme(given: string): string | undefined {
  const scheme = schemeOf(given);
  if (scheme === undefined || OWN_SCHEMES.has(scheme)) return undefined;
  return given.startsWith('//', scheme.length + 1) || OTHER_SYSTEMS.test(scheme) ? scheme : undefined;
}

function schemeOf(given: string): string | undefined {
  return SCHEME.exec(given)?.[1]?.toLowerCase();
}

function parseUrl(given: string, scheme: string, folder: string): DatabaseLocation {
  const [location = '', parameters = ''] = given.slice(scheme.length + 1).split(/[?#]/, 2);
  const mode = new URLSearchParams(parameters).get('mode');
  if (mode === 'memory' || /^(?:\/\/)?:memory:$/.test(location)) return inMemory(given);
  const path = location.startsWith('//') ? authorityPath(given, scheme, location) : decoded(given, location);
  if (path === '' || path.endsWith('/')) throw invalid(given, 'it names no file');
  if (path.includes('\0')) throw invalid(given, 'it contains a NUL character');
  return new DatabaseLocation(given, resolve(folder, path), path, mode === 'ro');
}

/** `///abs.db`; with `sqlite://` also `//rel.db`, as in other tools. */
function authorityPath(given: string, scheme: string, location: string): string {
  if (location.startsWith('///') || location.startsWith('//localhost/')) {
    try {
      return fileURLToPath(`file:${location}`);
    } catch (error) {
      throw invalid(given, thrownReason(error));
    }
  }
  if (scheme === 'file')
    throw invalid(
      given,
      `a file on another machine (${location.slice(2)}) is out of reach; for a relative path leave out the //`,
    );
  return decoded(given, location.slice(2));
}

function decoded(given: string, location: string): string {
  try {
    return decodeURIComponent(location);
  } catch {
    throw invalid(given, 'a % in it begins no valid escape (write %25 for a % itself)');
  }
}

function invalid(given: string, reason: string): Error {
  return dunlinError('DATABASE_URL_INVALID', { given, reason });
}

/** Parses a path or URL; returns a location, or an open connection, as it is. */
export function locateDatabase<Handle extends object>(
  database: string | DatabaseLocation | Handle,
): DatabaseLocation | Handle {
  return typeof database === 'string' ? parseDatabase(database) : database;
}
