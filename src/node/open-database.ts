import {
  databaseError,
  isBusy,
  isSqlError,
  toSqlError,
  type ConnectionSetup,
  type DatabaseBridge,
} from '../bridge/index.ts';
import process from 'node:process';
import { checkOptions, must, oneOf, text, dunlinError } from '../errors/index.ts';
import { sharedChecks } from '../runner/index.ts';
import type { Checks } from '../errors/check-options.ts';
import { findDatabaseFile } from './database-file.ts';
import { DatabaseLocation, parseDatabase } from './database-url.ts';
import { locateExtension, loadDriver, type DriverName } from './driver.ts';
import { copyToRead } from './reading-copy.ts';
import { needsReadingCopy } from './side-files.ts';

export interface OpenDatabaseOptions extends ConnectionSetup {
  /** `read` never creates the file: a missing one is shown as an empty database in memory. Default `write`. */
  readonly mode?: 'read' | 'write';
  /**
   * Default: the first that works of `node:sqlite`, `better-sqlite3`, `@photostructure/sqlite`; with `doubleQuotedStrings`
   * the first that has it, so not `better-sqlite3`.
   */
  readonly driver?: DriverName;
  /** What relative paths start from. Default: the current folder. */
  readonly folder?: string;
}

export interface OpenedDatabase {
  readonly bridge: DatabaseBridge;
  /** As messages name it. */
  readonly name: string;
  /** Absolute, symbolic links resolved; undefined for a database in memory. */
  readonly path: string | undefined;
  /** Whether there was a file. */
  readonly exists: boolean;
}

const databaseCheck: Checks = { database: must('a path or an `sqlite:` URL', (value) => typeof value === 'string') };
const openChecks: Checks = {
  mode: oneOf('read', 'write'),
  // `loadDriver` has its own error, which lists the drivers.
  driver: () => undefined,
  folder: text,
  extensions: sharedChecks.extensions,
  doubleQuotedStrings: sharedChecks.doubleQuotedStrings,
  prepare: sharedChecks.prepare,
};

/**
 * Opens the database at a path or URL on a new connection, and reads from it once, so that a file that is not a
 * database is refused here. The lock timeout is zero: the caller of the bridge waits.
 *
 * Use it only if no other driver in the process has the file open; otherwise pass that connection instead
 * (`bridgeFor`). Two SQLite libraries in one process release each other's locks.
 *
 * Errors: `OPTION_INVALID`; those of `parseDatabase`, `findDatabaseFile` and `loadDriver`; `DATABASE_NOT_SQLITE`, `DATABASE_CORRUPT`,
 * `DATABASE_READONLY`, `DATABASE_CANNOT_OPEN`, `EXTENSION_FAILED`, `DOUBLE_QUOTES_UNSUPPORTED`, `PREPARE_FAILED`, `DISK_FULL`,
 * `DISK_ERROR`.
 *
 * ```ts
 * const { bridge } = openDatabase('data/app.db');
 * ```
 */
export function openDatabase(given: string, options: OpenDatabaseOptions = {}): OpenedDatabase {
  checkOptions({ database: given }, databaseCheck, ['database']);
  checkOptions(options, openChecks);
  return openLocation(parseDatabase(given, options.folder), options);
}

/** `openDatabase` for a parsed location and checked options. */
export function openLocation(
  { given, path, name, readOnly }: DatabaseLocation,
  options: Omit<OpenDatabaseOptions, 'folder'> = {},
): OpenedDatabase {
  if (readOnly && options.mode !== 'read') throw dunlinError('DATABASE_URL_READONLY', { given });
  if (path === undefined) return opened(':memory:', name, undefined, false, options);
  const file = findDatabaseFile(path, name);
  if (!file.exists && options.mode === 'read') return opened(':memory:', name, file.path, false, options);
  const copy =
    file.exists && needsReadingCopy(file.path, options.mode ?? 'write') ? copyToRead(file.path, name) : undefined;
  if (copy === undefined) return opened(file.path, name, file.path, file.exists, options);
  try {
    const { bridge, ...rest } = opened(copy.path, name, file.path, true, options, true);
    const close = (): void => {
      void bridge.close?.();
      copy.remove();
    };
    return { ...rest, bridge: { ...bridge, file: () => file.path, close } };
  } catch (error) {
    copy.remove();
    throw error;
  }
}

function opened(
  target: string,
  name: string,
  path: string | undefined,
  exists: boolean,
  { driver, mode, ...options }: OpenDatabaseOptions,
  readOnly: boolean = false,
): OpenedDatabase {
  const setup = connectionSetup(options);
  const open = loadDriver(driver, setup);
  let bridge: DatabaseBridge | undefined;
  try {
    // A missing database is empty, so it needs no key and no extension.
    bridge = open(target, { create: !exists, readOnly, setup, bare: mode === 'read' && path !== undefined && !exists });
    firstRead(bridge);
    return { bridge, name, path, exists };
  } catch (error) {
    void bridge?.close?.();
    const sqlError = toSqlError(error);
    throw (isSqlError(sqlError) ? databaseError(sqlError, name) : undefined) ?? error;
  }
}

/** SQLite reads a file only when it first needs the schema. A lock is not a failure here: the caller can wait for it. */
function firstRead(bridge: DatabaseBridge): void {
  try {
    void bridge.query('SELECT 1 FROM sqlite_schema LIMIT 1', []);
  } catch (error) {
    if (!isBusy(toSqlError(error))) throw error;
  }
}

/** The options that prepare each connection. */
export function connectionSetup({ extensions, doubleQuotedStrings, prepare }: ConnectionSetup): ConnectionSetup {
  const here = process.cwd();
  return { extensions: extensions?.map((one) => locateExtension(here, one)), doubleQuotedStrings, prepare };
}

/** A connection to no file. It isn't prepared itself; the connections that it opens to files are. */
export function openWithoutFile({ driver, ...setup }: OpenDatabaseOptions): DatabaseBridge {
  return loadDriver(driver, setup)(':memory:', { create: true, setup, bare: true });
}
