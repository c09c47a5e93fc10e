import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { dunlinError } from '../errors/index.ts';
import { foreignScheme, parseDatabase } from './database-url.ts';
import { unreadableReason } from './special-files.ts';

/** The settings from the environment, including `.env` files. */
export interface Environment {
  /** The process's variables, and those of `.env` that it does not set. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** DATABASE_PATH, else DATABASE_URL if it can be SQLite's. */
  readonly database: string | undefined;
  /** MIGRATIONS_DIR. */
  readonly migrations: string | undefined;
  /** Which variables were ignored, and why. */
  readonly notes: readonly string[];
}

/**
 * Reads the environment, the `.env` file in `cwd`, and the one in the folder `above`, where the configuration is. The real
 * environment wins, then the nearer file. An empty variable counts as not set. A DATABASE_URL of another database system
 * belongs to the application, and is ignored with a note.
 * Errors: `CONFIG_UNREADABLE` for a `.env` that is a named pipe or a broken link.
 */
export function readEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  cwd: string,
  above?: string,
): Environment {
  const variables = { ...(above === undefined ? {} : pathsFrom(above, readDotEnv(above))), ...readDotEnv(cwd) };
  for (const [name, value] of Object.entries(own)) if (value !== undefined) variables[name] = value;

  const notes: string[] = [];
  const path = given(variables['DATABASE_PATH']);
  let url = path === undefined ? given(variables['DATABASE_URL']) : undefined;
  const foreign = url === undefined ? undefined : foreignScheme(url);
  if (foreign !== undefined) {
    notes.push(`DATABASE_URL is ignored: ${foreign}: is not SQLite`);
    url = undefined;
  }
  return {
    variables,
    database: path ?? url,
    migrations: given(variables['MIGRATIONS_DIR']),
    notes,
  };
}

/** Makes the paths in a folder's `.env` absolute. */
function pathsFrom(folder: string, variables: Record<string, string | undefined>): Record<string, string | undefined> {
  const found = { ...variables };
  for (const name of ['DATABASE_PATH', 'DATABASE_URL']) {
    const value = given(found[name]);
    if (value !== undefined && foreignScheme(value) === undefined) found[name] = located(value, folder);
  }
  const migrations = given(found['MIGRATIONS_DIR']);
  if (migrations !== undefined) found['MIGRATIONS_DIR'] = resolve(folder, migrations);
  return found;
}

/** Makes a database's path absolute. A malformed URL is reported when it is opened. */
function located(value: string, folder: string): string {
  try {
    const { path, readOnly } = parseDatabase(value, folder);
    if (path === undefined) return value;
    return readOnly === true ? `${pathToFileURL(path).href}?mode=ro` : path;
  } catch {
    return value;
  }
}

function given(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}

function readDotEnv(cwd: string): Record<string, string | undefined> {
  const path = join(cwd, '.env');
  const reason = unreadableReason(path);
  // A folder of that name belongs to another tool; a link to /dev/null means no file.
  if (reason === 'it is a folder' || reason === 'it is a device') return {};
  // The unreadable file may name the database, so don't continue without it.
  if (reason !== undefined) throw dunlinError('CONFIG_UNREADABLE', { file: '.env', reason });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // A `.env` is optional.
    return {};
  }
  return parseEnv(text);
}
