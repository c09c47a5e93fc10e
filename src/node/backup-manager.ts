import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSqlError, type DatabaseBridge, type Op } from '../bridge/index.ts';
import {
  describeBackup,
  findBackup,
  listBackups,
  backupLocation,
  verifyBackup,
  type BackupInfo,
  type BackupLocation,
} from '../backup/index.ts';
import {
  checkOptions,
  isBoolean,
  isFunction,
  must,
  text,
  dunlinError,
  isDunlinError,
  isSystemError,
  thrownReason,
} from '../errors/index.ts';
import { checkRunOptions, Session, emptyRegistry } from '../runner/index.ts';
import type { Checks } from '../errors/check-options.ts';
import { bridgeFor, type DatabaseHandle } from '../drivers/index.ts';
import { type RunContext, type Operation, requireBackupLocation } from '../lock/index.ts';
import * as operations from '../operations/index.ts';
import * as restoring from '../restore/index.ts';
import type { RestoreRequest, RestorePlan, RestoreResult } from '../restore/index.ts';
import type { RunBackup } from '../backup/options.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { nativeBackup, type DriverName } from './driver.ts';
import { findDatabaseFile } from './database-file.ts';
import { DatabaseLocation, locateDatabase } from './database-url.ts';
import { nodeHost } from './node-host.ts';
import { databaseCheck } from './open-session.ts';
import { isOpen } from './process-files.ts';
import { mayAccess } from './side-files.ts';
import { openWithoutFile, openLocation, connectionSetup, type OpenDatabaseOptions } from './open-database.ts';

/** Options of `BackupManager`. */
export interface BackupManagerOptions extends Pick<
  RunOptions,
  | 'backups'
  | 'doubleQuotedStrings'
  | 'extensions'
  | 'functions'
  | 'layout'
  | 'lockTimeoutMs'
  | 'logger'
  | 'onEvent'
  | 'prepare'
  | 'tables'
  | 'tool'
> {
  /** As for `migrate`: a path, a URL, an open connection, or a `DatabaseBridge`. */
  readonly database: string | DatabaseHandle;
  /** Which driver opens a path. */
  readonly driver?: DriverName;
}

/** Options of `BackupManager.restore`. */
export interface RestoreOptions {
  /** Called before anything changes, with the losses. If it returns false, the restore ends with `DECLINED`. */
  readonly confirm?: (plan: RestorePlan) => boolean | Promise<boolean>;
  /** Replaces a damaged database even if the system cannot show whether a process has it open. */
  readonly force?: boolean;
}

const managerChecks: Checks = { database: databaseCheck, driver: () => undefined };
const restoreChecks: Checks = {
  confirm: must('a function', isFunction),
  force: isBoolean,
};

/** Errors of a missing or unreadable database: a restore replaces its file. */
const replaceableCodes: ReadonlySet<string> = new Set([
  'DATABASE_NOT_FOUND',
  'DATABASE_VANISHED',
  'DATABASE_NOT_SQLITE',
  'DATABASE_CORRUPT',
]);

/**
 * Creates, lists, verifies and restores backups of one database. Runs make their own backups without it. Close it when
 * done.
 *
 * Every failure is a `DunlinError`. Besides the errors named at the methods: those of opening a database, `LOCKED` if
 * another process holds the lock too long, `FILE_REFUSED`, and `OPTION_INVALID`.
 *
 * ```ts
 * const manager = new BackupManager({ database: 'data/app.db' });
 * const { id } = await manager.create();
 * // ... later
 * const { before } = await manager.restore(id, { confirm: (plan) => plan.undone.length === 0 });
 * // restoring `before.id` would undo that
 * await manager.close();
 * ```
 */
export class BackupManager {
  readonly #options: BackupManagerOptions;
  readonly #name: string;
  /** Undefined for an existing connection. */
  readonly #location: DatabaseLocation | undefined;
  /** The path, absolute; undefined for an existing connection, or for a database in memory. */
  readonly #path: string | undefined;
  readonly #session: Session;
  /** Works on the backups only, because the database may be missing or damaged. */
  readonly #backupSession: Session;
  /** @photostructure/sqlite closes files late, so a file that this manager has opened may still be open in this process. */
  #processesToCheck: 'all' | 'others' = 'all';
  #hasOpened = false;

  constructor(options: BackupManagerOptions) {
    checkRunOptions(options, managerChecks, ['database']);
    this.#options = options;
    const database = locateDatabase(options.database);
    const common = { host: nodeHost, registry: () => emptyRegistry(nodeHost) };
    if (database instanceof DatabaseLocation) {
      const { name, path } = database;
      this.#location = database;
      this.#name = name;
      this.#path = path;
      this.#session = new Session(
        { ...common, database: name, path, owned: true, bridge: () => this.#open(database) },
        options,
      );
    } else {
      const bridge = bridgeFor(database, nativeBackup(database), connectionSetup(options));
      this.#name = `the ${bridge.driver} connection`;
      this.#session = new Session({ ...common, database: this.#name, owned: false, bridge: () => bridge }, options);
    }
    const openInMemory = (): DatabaseBridge => openWithoutFile(openOptions(options));
    this.#backupSession = new Session({ ...common, database: this.#name, owned: true, bridge: openInMemory }, options);
  }

  /** Makes a backup now, under the write lock. Errors: `BACKUP_IMPOSSIBLE`, `BACKUP_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_UNPROVEN`. */
  async create(): Promise<RunBackup> {
    const { id, file, bytes, manifest } = await this.#onDatabase(operations.backUpNow);
    const { flaws } = manifest.portrait;
    return flaws === undefined ? { id, file, bytes } : { id, file, bytes, flaws };
  }

  /** The backups, newest first. Reads only their manifests. */
  async list(): Promise<readonly BackupInfo[]> {
    return (await this.#onBackups((_, location) => listBackups(location))).map(describeBackup);
  }

  /**
   * Verifies a backup: its hash, SQLite's integrity check, and its content against the manifest. These are the checks that
   * it passed when it was made; defects that the database had then are in `flaws`.
   * `id` is the identifier, its beginning, `latest`, or the path of the file. Errors: `BACKUP_NOT_FOUND`,
   * `BACKUP_AMBIGUOUS`, `BACKUP_CORRUPT`, `BACKUP_UNREADABLE`, `BACKUP_NO_SPACE`.
   */
  async verify(id: string): Promise<BackupInfo> {
    checkOptions({ id }, idCheck, ['id']);
    return await this.#onBackups(function* (context, location) {
      const backup = yield* findBackup(location, id);
      const { flaws = [] } = (yield* verifyBackup(context.database, backup, context.newRunId())).portrait;
      return { ...describeBackup(backup), flaws };
    });
  }

  /** What a restore would remove and bring back. Writes nothing. Errors: those of `verify`. */
  async restorePlan(id: string): Promise<RestorePlan> {
    checkOptions({ id }, idCheck, ['id']);
    return await this.#unlessDamaged(
      (context) => restoring.readRestorePlan(context, id),
      (context, location) => restoring.readReplacementPlan(context, location, id),
    );
  }

  /**
   * Restores a backup, after verifying it and backing up the present state: restoring `before` of the result undoes it. It
   * works in place and in one step: other connections may stay open, and a crash leaves either the old state or the
   * restored one. The history is kept.
   *
   * A missing or unreadable database is moved aside (`damaged`) and the backup replaces it; for that no process may have it
   * open. Errors: those of `verify`; `DECLINED`, `RESTORE_IN_USE`, `RESTORE_IMPOSSIBLE`,
   * `RESTORE_UNPROVEN`; those of `create`, if the present state cannot be kept.
   */
  async restore(id: string, options: RestoreOptions = {}): Promise<RestoreResult> {
    checkOptions({ id }, idCheck, ['id']);
    checkOptions(options, restoreChecks);
    const { confirm, force = false } = options;
    let confirmed = false;
    const confirmOnce = async (plan: RestorePlan): Promise<boolean> =>
      (confirmed ||= (await confirm?.(plan)) !== false);
    const request: RestoreRequest = { backup: id, confirm: confirm === undefined ? undefined : confirmOnce };
    const processes = (): restoring.ProcessesToCheck => (force ? 'none' : this.#processesToCheck);
    try {
      return await this.#unlessDamaged(
        (context) => {
          this.#refuseReadOnly();
          return restoring.restore(context, request);
        },
        (context, location) => restoring.replaceDatabase(context, location, request, processes()),
      );
    } catch (error) {
      if (this.#location === undefined || !isDunlinError(error) || !isSqlError(error.cause)) throw error;
      if (error.code !== 'RESTORE_IMPOSSIBLE') throw error;
      // SQLite cannot overwrite an encrypted database, so close it and replace the file; its session opens it when used again.
      const prepared = await this.#onDatabase((context) => restoring.prepareReplacement(context, request));
      await this.close();
      return await this.#onBackups((context, location) =>
        restoring.replaceDatabase(context, location, request, processes(), prepared),
      );
    }
  }

  /** Removes the backups beyond the limits of `backups`, as the end of a run does. Returns what was removed. */
  async prune(): Promise<readonly BackupInfo[]> {
    return (await this.#onDatabase(operations.pruneNow)).map(describeBackup);
  }

  /** Closes what was opened; an existing connection stays open. */
  async close(): Promise<void> {
    await this.#backupSession.close();
    await this.#session.close();
  }

  async #onDatabase<T>(operation: Operation<T>): Promise<T> {
    return await this.#on(this.#session, operation);
  }

  /** Works on the backups, without opening the database. */
  async #onBackups<T>(operation: (context: RunContext, location: BackupLocation) => Op<T>): Promise<T> {
    if (this.#location === undefined)
      return await this.#onDatabase(function* (context) {
        return yield* operation(context, yield* requireBackupLocation(context));
      });
    if (this.#path === undefined)
      throw dunlinError('BACKUP_IMPOSSIBLE', { database: this.#name, reason: 'it is in memory only' });
    const location = backupLocation(this.#name, realPath(this.#path), this.#options.backups?.directory);
    return await this.#on(this.#backupSession, (context) => operation(context, location));
  }

  async #on<T>(session: Session, operation: Operation<T>): Promise<T> {
    try {
      return await session.write(operation);
    } catch (error) {
      throw refusedFile(error, this.#name);
    }
  }

  /** Works on the database; if it is missing or damaged, runs `otherwise` without opening it. */
  async #unlessDamaged<T>(
    operation: (context: RunContext) => Op<T>,
    otherwise: (context: RunContext, location: BackupLocation) => Op<T>,
  ): Promise<T> {
    try {
      return await this.#onDatabase(operation);
    } catch (error) {
      // An existing connection has the damaged file open, and only its owner can close it.
      if (this.#location === undefined || !isDunlinError(error) || !replaceableCodes.has(error.code)) throw error;
      await this.close();
      return await this.#onBackups(otherwise);
    }
  }

  /** Refuse it early: SQLite's backup API would first open the file and create a WAL beside it. */
  #refuseReadOnly(): void {
    if (this.#path !== undefined && !mayAccess(this.#path, 'W_OK'))
      throw dunlinError('DATABASE_READONLY', { database: this.#name, code: 'SQLITE_READONLY' });
  }

  /** Opens the database. One that is missing isn't created. */
  #open(location: DatabaseLocation): DatabaseBridge {
    const path = this.#path;
    if (path !== undefined && !findDatabaseFile(path, this.#name).exists)
      throw dunlinError('DATABASE_NOT_FOUND', { database: this.#name, suggestion: undefined });
    if (path !== undefined && !this.#hasOpened)
      this.#processesToCheck = isOpen(path, 'self') === false ? 'others' : 'all';
    this.#hasOpened = true;
    return openLocation(location, openOptions(this.#options)).bridge;
  }
}

/** The options of a run, for the manager of its backups. The public type lacks the located database, hence the cast. */
export function managerOptions(
  options: RunOptions & { readonly database: DatabaseLocation; readonly driver?: string },
): BackupManagerOptions {
  const { database, driver, backups, functions, layout, lockTimeoutMs, logger, onEvent, tables, tool } = options;
  const chosen = { driver, backups, functions, layout, lockTimeoutMs, logger, onEvent, tables, tool };
  return { database, ...chosen, ...connectionSetup(options) } as unknown as BackupManagerOptions;
}

/** Converts an error of the operating system, which may refuse to list, read, write or rename a file. */
function refusedFile(error: unknown, database: string): unknown {
  return isSystemError(error)
    ? dunlinError('FILE_REFUSED', { database, reason: thrownReason(error) }, { cause: error })
    : error;
}

const idCheck: Checks = { id: text };

function openOptions(options: BackupManagerOptions): OpenDatabaseOptions {
  return { driver: options.driver, ...connectionSetup(options) };
}

/** SQLite's path of the file: symbolic links are resolved; for a missing file, those of its folder. */
function realPath(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync.native(path);
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return path;
  return join(realpathSync.native(folder), basename(path));
}
