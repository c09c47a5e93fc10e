import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DatabaseBridge, Host } from '../bridge/index.ts';
import type { TemporaryDatabase } from '../check/index.ts';
import { bridgeFor, type DatabaseHandle } from '../drivers/index.ts';
import type { Check, Checks } from '../errors/check-options.ts';
import { isDunlinError, must } from '../errors/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { createRegistry, type MigrationSource } from '../migration/index.ts';
import { checkRunOptions, Session, type RunnerParts } from '../runner/index.ts';
import { toSource, type MigrationsGiven } from '../source/index.ts';
import { DatabaseLocation, locateDatabase } from './database-url.ts';
import { formatChecks, type FolderOptions } from './format-options.ts';
import { directorySource } from './directory-source.ts';
import { nativeBackup, type DriverName } from './driver.ts';
import { seedsAt, seedsCheck } from './seed-files.ts';
import { nodeHost } from './node-host.ts';
import { openLocation, connectionSetup, type OpenDatabaseOptions } from './open-database.ts';
import { openWhenWritten } from './open-when-written.ts';
import { makeRehearsalCopies } from './rehearsal-copies.ts';
import { copyFailure, makeTemporaryFolder } from './temporary-folder.ts';

/** What a runner is made from: where the database is, where its migrations are, and how to run them. */
export interface MigrateOptions extends RunOptions, FolderOptions {
  /**
   * A path, a `sqlite:` or `file:` URL, an open better-sqlite3 or node:sqlite connection, or a `DatabaseBridge`.
   * A path is opened on a connection of its own: give the application's connection instead if it has the file open.
   */
  readonly database: string | DatabaseHandle;
  /** A directory (a path, or a `file:` URL object), a record of file name to text or module (what a bundler's glob import gives), or a list of definitions. */
  readonly migrations: string | URL | MigrationsGiven;
  /** Directories of SQL files, or files, that `seed` runs. */
  readonly seeds?: string | readonly string[];
  /** Which driver opens a path. Default: the first that works of node:sqlite, better-sqlite3, @photostructure/sqlite. */
  readonly driver?: DriverName;
}

/** The options of a runner, with a path or URL perhaps parsed already. */
export type SessionOptions = Omit<MigrateOptions, 'database' | 'driver'> & {
  readonly database: string | DatabaseLocation | DatabaseHandle;
  readonly driver?: string;
};

/** Checks the options and opens a session with them. `others` are the checks of options that the caller also accepts. */
export function openSession(options: SessionOptions, others: Checks = {}, host: Host = nodeHost): Session {
  checkRunOptions(options, { ...migrateChecks, ...others }, ['database', 'migrations']);
  const { database, migrations, seeds, driver, format, placeholders, ...run } = options;
  const opening = { driver: driver as DriverName | undefined, ...connectionSetup(run) };
  const source = sourceOf(migrations, { format, placeholders });
  const location = locateDatabase(database);
  return new Session(
    {
      registry: () => createRegistry(source, host),
      ...(seeds !== undefined && { seeds: () => seedsAt(typeof seeds === 'string' ? [seeds] : seeds) }),
      host,
      ...(location instanceof DatabaseLocation
        ? partsAt(location, opening, run.functions)
        : partsOn(bridgeFor(location, nativeBackup(location), connectionSetup(run)), opening, run.functions)),
    },
    run,
  );
}

export function sourceOf(migrations: MigrateOptions['migrations'], folder: FolderOptions): MigrationSource {
  return typeof migrations === 'string' || migrations instanceof URL
    ? directorySource(migrations, undefined, folder)
    : toSource(migrations, folder);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Accepts any text and any object: parsing, or `bridgeFor`, rejects the wrong ones. */
export const databaseCheck: Check = must(
  'a path, an open connection or a `DatabaseBridge`',
  (value) => isObject(value) || ['string', 'function'].includes(typeof value),
);

/** Accepts any object: `toSource` rejects the wrong ones. An empty path would be the current directory. */
export const migrationsCheck: Check = must(
  'the path of a directory, a record of file name to text or module, or a list of definitions',
  (value) => isObject(value) || (typeof value === 'string' && value !== ''),
);

const migrateChecks: Checks = {
  database: databaseCheck,
  migrations: migrationsCheck,
  seeds: seedsCheck,
  // `loadDriver` has its own error, which lists the drivers.
  driver: () => undefined,
  ...formatChecks,
};

type Parts = Omit<RunnerParts, 'registry' | 'host'>;
type Opening = Omit<OpenDatabaseOptions, 'mode' | 'folder'>;

/** The session opens the database itself. */
function partsAt(location: DatabaseLocation, opening: Opening, functions: RunOptions['functions']): Parts {
  const open = (path: string): DatabaseBridge => openTemporary(path, opening);
  return {
    bridge: (mode) =>
      mode === 'read' ? openLocation(location, { ...opening, mode }).bridge : openWhenWritten(location, opening),
    database: location.name,
    path: location.path,
    owned: true,
    copy: (_, write) => temporaryDatabase(location.given, write, open, functions),
    rehearsalCopies: (source, write, place) =>
      makeRehearsalCopies({ database: location.name, source, write, open, functions }, place),
    scratch: () => temporaryDatabase('an empty database', writeEmpty, open, functions),
  };
}

/** The session uses an existing connection. */
function partsOn(bridge: DatabaseBridge, opening: Opening, functions: RunOptions['functions']): Parts {
  const name = bridge.file === undefined ? `the ${bridge.driver} connection` : basename(bridge.file() ?? ':memory:');
  const open = (path: string): Promise<DatabaseBridge> => openSecond(bridge, path, opening);
  return {
    bridge: () => bridge,
    database: name,
    owned: false,
    copy: (_, write) => temporaryDatabase(name, write, open, functions),
    rehearsalCopies: (source, write, place) =>
      makeRehearsalCopies({ database: name, source, write, open, functions }, place),
    scratch: () => temporaryDatabase('an empty database', writeEmpty, open, functions),
  };
}

async function writeEmpty(path: string): Promise<void> {
  writeFileSync(path, '');
}

/** Makes and opens a database in a folder of its own; both are deleted together. */
async function temporaryDatabase(
  name: string,
  make: (path: string) => Promise<void>,
  open: (path: string) => DatabaseBridge | Promise<DatabaseBridge>,
  functions: RunOptions['functions'] = {},
): Promise<TemporaryDatabase> {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    folder = makeTemporaryFolder('try');
    const path = join(folder, 'copy.db');
    await make(path);
    const bridge = await open(path);
    for (const [fn, body] of Object.entries(functions)) bridge.registerFunction?.(fn, body);
    return {
      bridge,
      dispose: async () => {
        await bridge.close?.();
        remove();
      },
    };
  } catch (error) {
    remove();
    if (isDunlinError(error) && ['LOCKED', 'TRANSACTION_OPEN'].includes(error.code)) throw error;
    throw copyFailure(error, name);
  }
}

function openTemporary(path: string, opening: Opening): DatabaseBridge {
  return openLocation(new DatabaseLocation(path, path, path), opening).bridge;
}

/** Prefers the connection's own SQLite library: another one may be unable to read what it wrote. */
async function openSecond(bridge: DatabaseBridge, path: string, opening: Opening): Promise<DatabaseBridge> {
  const second = await bridge.openSecond?.(path);
  if (second === undefined) return openTemporary(path, opening);
  try {
    await second.query('SELECT 1 FROM sqlite_schema LIMIT 1', []);
    return second;
  } catch (error) {
    await second.close?.();
    throw error;
  }
}
