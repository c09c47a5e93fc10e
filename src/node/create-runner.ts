import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { DatabaseBridge } from '../bridge/index.ts';
import { checkRunOptions, defaultLockTimeoutMs, MigrationRunner as CoreRunner } from '../runner/index.ts';
import { upChecks } from '../operations/index.ts';
import type { Checks } from '../errors/check-options.ts';
import { bridgeFor, type DatabaseHandle } from '../drivers/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { createRegistry, type MigrationSource } from '../migration/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import type { RunnerParts } from '../runner/session.ts';
import { toSource, type MigrationsGiven } from '../source/index.ts';
import { BackupManager, managerOptions } from './backup-manager.ts';
import { backupOf } from './backup-module.ts';
import { parseDatabase } from './database-url.ts';
import { directorySource } from './directory-source.ts';
import type { DriverName } from './driver.ts';
import { copyDatabase } from './copy-database.ts';
import { databaseCheck, migrationsCheck } from './given-checks.ts';
import { nodeHost } from './host.ts';
import { openDatabase, setupOf, type OpenDatabaseOptions } from './open-database.ts';
import { openWhenWritten } from './open-when-written.ts';

/** What a runner is made from: where the database is, where its migrations are, and how to run them. */
export interface MigrateOptions extends RunOptions {
  /**
   * A path, a `sqlite:` or `file:` URL, an open better-sqlite3 or node:sqlite connection, or a `DatabaseBridge`.
   * A path is opened on a connection of its own: give the application's connection instead if it has the file open.
   */
  readonly database: string | DatabaseHandle;
  /** A directory (a path, or a `file:` URL object), a record of file name to text or module (what a bundler's glob import gives), or a list of definitions. */
  readonly migrations: string | URL | MigrationsGiven;
  /** Which driver opens a path. Default: the first that works of node:sqlite, better-sqlite3, @photostructure/sqlite. */
  readonly driver?: DriverName;
}

/**
 * Migrates one database; opens a path on first use. Close it when done: `await runner.close()`. What only reads
 * (`status`, `plan`, `check`, `history`, `dump`, `try`) creates no file: a missing one counts as an empty database.
 *
 * ```ts
 * const runner = new MigrationRunner({ database: 'app.db', migrations: 'migrations' });
 * const { applied } = await runner.up();
 * await runner.close();
 * ```
 */
export class MigrationRunner extends CoreRunner {
  /** Its name for logs: bundlers rename one of two classes with the same name, and it extends one. */
  static override readonly name: string = 'MigrationRunner';

  constructor(options: MigrateOptions) {
    checkRunOptions(options, migrateChecks, ['database', 'migrations']);
    const { database: _database, migrations: _migrations, driver: _driver, ...run } = options;
    super(partsOf(options), run);
  }
}

/** What `migrate` may be given: the runner's options and those of `up`. Errors: `OPTION_INVALID`. */
export function checkMigrateOptions(options: unknown): void {
  checkRunOptions(options, { ...migrateChecks, ...upChecks }, ['database', 'migrations']);
}

const migrateChecks: Checks = {
  database: databaseCheck,
  migrations: migrationsCheck,
  // Drivers have an error of their own, which lists those that there are.
  driver: () => undefined,
};

function partsOf(options: MigrateOptions): RunnerParts {
  const { database, migrations } = options;
  const source =
    typeof migrations === 'string' || migrations instanceof URL ? directorySource(migrations) : toSource(migrations);
  const common = {
    registry: () => createRegistry(source, nodeHost),
    host: nodeHost,
    copy: (bridge: DatabaseBridge) => copyOf(bridge, options),
  };
  if (typeof database !== 'string') {
    const bridge = bridgeFor(database, backupOf(database), setupOf(options));
    const scratch = (): Promise<Passing> => scratchDatabase(options, bridge);
    return { ...common, scratch, bridge: () => bridge, database: nameOf(bridge), owned: false };
  }
  const open = (mode: 'read' | 'write'): DatabaseBridge =>
    mode === 'read'
      ? openDatabase(database, { mode, ...openingOf(options) }).bridge
      : openWhenWritten(database, openingOf(options));
  const scratch = (): Promise<Passing> => scratchDatabase(options);
  const { name, path } = parseDatabase(database);
  return { ...common, scratch, bridge: open, database: name, path, owned: true };
}

/** How messages call a connection that was handed in: by its file, where the driver can tell. */
function nameOf(bridge: DatabaseBridge): string {
  if (bridge.file === undefined) return `the ${bridge.driver} connection`;
  return basename(bridge.file() ?? ':memory:');
}

/** How a path is opened. */
function openingOf(options: MigrateOptions): OpenDatabaseOptions {
  return { ...(options.driver === undefined ? {} : { driver: options.driver }), ...setupOf(options) };
}

type Passing = Awaited<ReturnType<NonNullable<RunnerParts['scratch']>>>;

/** A copy in a folder of its own. */
function copyOf(bridge: DatabaseBridge, options: MigrateOptions): Promise<Passing> {
  const database = typeof options.database === 'string' ? options.database : nameOf(bridge);
  const timeoutMs = options.lockTimeoutMs ?? defaultLockTimeoutMs;
  return passing(database, options, (path) => copyDatabase(bridge, path, { database, timeoutMs }), bridge);
}

/** An empty database in a folder of its own. */
function scratchDatabase(options: MigrateOptions, bridge?: DatabaseBridge): Promise<Passing> {
  return passing('an empty database', options, (path) => Promise.resolve(writeFileSync(path, '')), bridge);
}

/** Opens a database that is removed together with its folder. */
async function passing(
  name: string,
  options: MigrateOptions,
  make: (path: string) => Promise<void>,
  given: DatabaseBridge | undefined,
): Promise<Passing> {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    folder = mkdtempSync(join(tmpdir(), 'dunlin-try-'));
    const path = join(folder, 'copy.db');
    await make(path);
    const bridge = await openPassing(path, options, given);
    for (const [fn, body] of Object.entries(options.functions ?? {})) bridge.registerFunction?.(fn, body);
    return {
      bridge,
      dispose: async () => {
        await bridge.close?.();
        remove();
      },
    };
  } catch (error) {
    remove();
    if (isDunlinError(error) && error.code === 'LOCKED') throw error;
    throw dunlinError('COPY_FAILED', { database: name, reason: thrownReason(error) }, { cause: error });
  }
}

/** By the SQLite library of the connection that was given: another one may not be able to read what that one wrote. */
async function openPassing(
  path: string,
  options: MigrateOptions,
  given: DatabaseBridge | undefined,
): Promise<DatabaseBridge> {
  const second = typeof options.database === 'string' ? undefined : await given?.openSecond?.(path);
  if (second === undefined) return openDatabase(path, openingOf(options)).bridge;
  try {
    await second.query('SELECT 1 FROM sqlite_schema LIMIT 1', []);
    return second;
  } catch (error) {
    await second.close?.();
    throw error;
  }
}

/** What the command line asks for. */
export interface RunnerRequest extends RunOptions {
  readonly database: string;
  readonly migrations: string | MigrationSource;
  readonly driver?: string;
}

/** A runner for a path, and the name that messages call the database by. */
export function createRunner(
  request: RunnerRequest,
): MigrationRunner & { readonly databaseName: string; backups(): BackupManager } {
  const { driver, ...rest } = request;
  const options = { ...rest, ...(driver === undefined ? {} : { driver: driver as DriverName }) };
  const runner = new MigrationRunner(options);
  const backups = (): BackupManager => new BackupManager(managerOptions(options));
  return Object.assign(runner, { databaseName: runner.database, backups });
}
