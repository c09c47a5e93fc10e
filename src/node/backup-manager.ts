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
import { checkOptions, must, text, dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { checkRunOptions, Session, emptyRegistry } from '../runner/index.ts';
import type { Checks } from '../errors/check-options.ts';
import { bridgeFor, type DatabaseHandle } from '../drivers/index.ts';
import { type RunContext, type Operation, requireBackupLocation } from '../lock/index.ts';
import * as operations from '../operations/index.ts';
import * as restoring from '../restore/index.ts';
import type { RestoreRequest, RestorePlan, RestoreResult } from '../restore/index.ts';
import type { RunBackup } from '../backup/options.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { backupOf, type DriverName } from './driver.ts';
import { findDatabaseFile } from './database-file.ts';
import { parseDatabase } from './database-url.ts';
import { databaseCheck } from './given-checks.ts';
import { nodeHost } from './node-host.ts';
import { isOpen } from './process-files.ts';
import { mayAccess } from './side-files.ts';
import { openBeside, openDatabase, setupOf, type OpenDatabaseOptions } from './open-database.ts';

/** What a backup manager is made from. */
export interface BackupManagerOptions extends Pick<
  RunOptions,
  | 'backups'
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

/** How a restore is made. */
export interface RestoreOptions {
  /** Asked before anything changes, with what would be lost. False ends it with `DECLINED`. */
  readonly confirm?: (plan: RestorePlan) => boolean | Promise<boolean>;
  /** Replaces a damaged database also where the system cannot tell whether a process has it open. */
  readonly force?: boolean;
}

const managerChecks: Checks = { database: databaseCheck, driver: () => undefined };
const restoreChecks: Checks = {
  confirm: must('a function', (value) => typeof value === 'function'),
  force: must('true or false', (value) => typeof value === 'boolean'),
};

/** Errors that say that there is no database to be read, so that its file has to be replaced. */
const damage: ReadonlySet<string> = new Set([
  'DATABASE_NOT_FOUND',
  'DATABASE_VANISHED',
  'DATABASE_NOT_SQLITE',
  'DATABASE_CORRUPT',
]);

/**
 * Makes, lists, proves and restores backups of one database. Runs make theirs themselves; this is for the rest. Close
 * it when done.
 *
 * Every failure is a `DunlinError`. Besides those named at the methods: what opening a database can throw, `LOCKED`
 * when others do not let go of it in time, `FILE_REFUSED`, and `OPTION_INVALID`.
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
  /** The path, absolute; undefined for a connection that is given, or for a database in memory. */
  readonly #path: string | undefined;
  /** On the database. */
  readonly #session: Session;
  /** On an empty one, for what concerns the backups alone: the database may be missing or damaged. */
  readonly #beside: Session;
  /** @photostructure/sqlite keeps open what it has closed, for a while: what this manager opened must not count. */
  #users: 'all' | 'others' = 'all';
  #hasOpened = false;

  constructor(options: BackupManagerOptions) {
    checkRunOptions(options, managerChecks, ['database']);
    this.#options = options;
    const { database } = options;
    const common = { host: nodeHost, registry: () => emptyRegistry(nodeHost) };
    if (typeof database === 'string') {
      const { name, path } = parseDatabase(database);
      this.#name = name;
      this.#path = path;
      this.#session = new Session(
        { ...common, database: name, path, owned: true, bridge: () => this.#open(database) },
        options,
      );
    } else {
      const bridge = bridgeFor(database, backupOf(database), setupOf(options));
      this.#name = `the ${bridge.driver} connection`;
      this.#session = new Session({ ...common, database: this.#name, owned: false, bridge: () => bridge }, options);
    }
    const beside = (): DatabaseBridge => openBeside(openingOf(options));
    this.#beside = new Session({ ...common, database: this.#name, owned: true, bridge: beside }, options);
  }

  /** Makes a backup now, under the write lock. Errors: `BACKUP_IMPOSSIBLE`, `BACKUP_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_UNPROVEN`. */
  async create(): Promise<RunBackup> {
    const { id, file, bytes, manifest } = await this.#perform(operations.backUpNow);
    const { flaws } = manifest.portrait;
    return flaws === undefined ? { id, file, bytes } : { id, file, bytes, flaws };
  }

  /** The backups that there are, the newest first. Reads their manifests only. */
  async list(): Promise<readonly BackupInfo[]> {
    return (await this.#besideIt((_, place) => listBackups(place))).map(describeBackup);
  }

  /**
   * Proves that a backup is what it was: by its hash, SQLite's check, and what its manifest says is in it. The measure is
   * the one by which it was proven when it was made; what was wrong with the database then is in `flaws`.
   * `id` is the identifier, a beginning of it, `latest`, or the path of the file. Errors: `BACKUP_NOT_FOUND`,
   * `BACKUP_AMBIGUOUS`, `BACKUP_CORRUPT`, `BACKUP_UNREADABLE`, `BACKUP_NO_SPACE`.
   */
  async verify(id: string): Promise<BackupInfo> {
    checkOptions({ id }, idCheck, ['id']);
    return await this.#besideIt(function* (context, place) {
      const backup = yield* findBackup(place, id);
      const { flaws = [] } = (yield* verifyBackup(context.database, backup, context.newRunId())).portrait;
      return { ...describeBackup(backup), flaws };
    });
  }

  /** What restoring a backup would take away and bring back. Writes nothing. Errors: those of `verify`. */
  async restorePlan(id: string): Promise<RestorePlan> {
    checkOptions({ id }, idCheck, ['id']);
    return await this.#unlessDamaged(
      (context) => restoring.readRestorePlan(context, id),
      (context, place) => restoring.readReplacementPlan(context, place, id),
    );
  }

  /**
   * Makes the database what it was at a backup, after the backup was proven wholly and the present state backed up:
   * `before` in the result undoes it. It happens in place and in one step, so that other connections may stay open, and
   * a death at any moment leaves the database as it was or as it is in the backup. The history is kept.
   *
   * A database that is missing or cannot be read is put aside (`damaged`) and the backup takes its place; for that
   * nobody may have it open. Errors: those of `verify`; `DECLINED`, `RESTORE_IN_USE`, `RESTORE_IMPOSSIBLE`,
   * `RESTORE_UNPROVEN`; those of `create`, if the present state cannot be kept.
   */
  async restore(id: string, options: RestoreOptions = {}): Promise<RestoreResult> {
    checkOptions({ id }, idCheck, ['id']);
    checkOptions(options, restoreChecks);
    const { confirm, force = false } = options;
    let confirmed = false;
    const once = async (plan: RestorePlan): Promise<boolean> => (confirmed ||= (await confirm?.(plan)) !== false);
    const order: RestoreRequest = { backup: id, confirm: confirm === undefined ? undefined : once };
    try {
      return await this.#unlessDamaged(
        (context) => {
          this.#refuseReadOnly();
          return restoring.restore(context, order);
        },
        (context, place) => restoring.replaceDatabase(context, place, order, force ? 'none' : this.#users),
      );
    } catch (error) {
      const isPath = typeof this.#options.database === 'string';
      if (!isPath || !isDunlinError(error) || !isSqlError(error.cause)) throw error;
      if (error.code !== 'RESTORE_IMPOSSIBLE') throw error;
      // Encrypted: what SQLite cannot write over is replaced, when this manager has it open no more.
      const kept = await this.#perform((context) => restoring.prepareReplacement(context, order));
      await this.close();
      const users = force ? 'none' : this.#users;
      return await this.#besideIt((context, place) => restoring.replaceDatabase(context, place, order, users, kept));
    }
  }

  /** Removes the backups beyond the limits of `backups`, as the end of a run does. Returns what was removed. */
  async prune(): Promise<readonly BackupInfo[]> {
    return (await this.#perform(operations.pruneNow)).map(describeBackup);
  }

  /** Closes what was opened; an existing connection stays open. */
  async close(): Promise<void> {
    await this.#beside.close();
    await this.#session.close();
  }

  async #perform<T>(operation: Operation<T>): Promise<T> {
    return await this.#on(this.#session, operation);
  }

  /** Works on the backups, not on the database. */
  async #besideIt<T>(operation: (context: RunContext, place: BackupLocation) => Op<T>): Promise<T> {
    if (typeof this.#options.database !== 'string')
      return await this.#perform(function* (context) {
        return yield* operation(context, yield* requireBackupLocation(context));
      });
    if (this.#path === undefined)
      throw dunlinError('BACKUP_IMPOSSIBLE', { database: this.#name, reason: 'it is in memory only' });
    const place = backupLocation(this.#name, realPath(this.#path), this.#options.backups?.directory);
    return await this.#on(this.#beside, (context) => operation(context, place));
  }

  async #on<T>(session: Session, operation: Operation<T>): Promise<T> {
    try {
      return await session.write(operation);
    } catch (error) {
      throw refusedFile(error, this.#name);
    }
  }

  /** Works on the database; where there is none that can be read, beside it. */
  async #unlessDamaged<T>(
    operation: (context: RunContext) => Op<T>,
    otherwise: (context: RunContext, place: BackupLocation) => Op<T>,
  ): Promise<T> {
    try {
      return await this.#perform(operation);
    } catch (error) {
      // A connection that was handed in has the damaged file open: only its owner can change that.
      if (typeof this.#options.database !== 'string' || !isDunlinError(error) || !damage.has(error.code)) throw error;
      await this.close();
      return await this.#besideIt(otherwise);
    }
  }

  /** SQLite's backup API would open the file all the same, and make a log beside it, before it finds that out. */
  #refuseReadOnly(): void {
    if (this.#path !== undefined && !mayAccess(this.#path, 'W_OK'))
      throw dunlinError('DATABASE_READONLY', { database: this.#name, code: 'SQLITE_READONLY' });
  }

  /** Opens the database. One that is missing isn't created. */
  #open(database: string): DatabaseBridge {
    const path = this.#path;
    if (path !== undefined && !findDatabaseFile(path, this.#name).exists)
      throw dunlinError('DATABASE_NOT_FOUND', { database: this.#name, suggestion: undefined });
    if (path !== undefined && !this.#hasOpened) this.#users = isOpen(path, 'self') === false ? 'others' : 'all';
    this.#hasOpened = true;
    return openDatabase(database, openingOf(this.#options)).bridge;
  }
}

/** The options of a run that its backups need. */
export function managerOptions(options: BackupManagerOptions & RunOptions): BackupManagerOptions {
  const { database, driver, backups, functions, layout, lockTimeoutMs, logger, onEvent, tables, tool } = options;
  const setup = setupOf(options);
  const chosen = { driver, backups, functions, layout, lockTimeoutMs, logger, onEvent, tables, tool, ...setup };
  const given = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return { database, ...Object.fromEntries(given) };
}

/** Besides SQLite, the operating system may refuse: to list, read, write or rename a file. */
function refusedFile(error: unknown, database: string): unknown {
  return (error as { syscall?: unknown } | undefined)?.syscall === undefined
    ? error
    : dunlinError('FILE_REFUSED', { database, reason: thrownReason(error) }, { cause: error });
}

const idCheck: Checks = { id: text };

/** How a path is opened. */
function openingOf(options: BackupManagerOptions): OpenDatabaseOptions {
  return { ...(options.driver === undefined ? {} : { driver: options.driver }), ...setupOf(options) };
}

/** What SQLite calls the file: symbolic links are resolved, those of its folder also where it is missing itself. */
function realPath(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync.native(path);
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return path;
  return join(realpathSync.native(folder), basename(path));
}
