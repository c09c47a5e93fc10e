import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSqlError, runAsync, type DatabaseBridge, type Op } from '../bridge/index.ts';
import {
  describeBackup,
  findBackup,
  listBackups,
  placeOf,
  verifyBackup,
  type BackupInfo,
  type BackupPlace,
} from '../backup/index.ts';
import { checkOptions, checkRunOptions, must, text, type Checks } from '../check-options.ts';
import { bridgeFor, type DatabaseHandle } from '../drivers/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { toDunlinError, type RunContext } from '../execute/index.ts';
import { listenerOf } from '../run-listener.ts';
import { createRegistry } from '../migration/index.ts';
import * as operations from '../operations/index.ts';
import type { RestoreOrder, RestorePlan, RestoreResult } from '../operations/index.ts';
import type { RunBackup, RunOptions } from '../options.ts';
import { createContext } from '../run-context.ts';
import { toSource } from '../source/index.ts';
import { backupOf } from './backup-module.ts';
import { findDatabaseFile } from './database-file.ts';
import { parseDatabase } from './database-url.ts';
import type { DriverName } from './driver.ts';
import { databaseCheck } from './given-checks.ts';
import { nodeHost } from './host.ts';
import { isOpen } from './open-files.ts';
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
  #live: DatabaseBridge | undefined;
  #aside: DatabaseBridge | undefined;
  /** @photostructure/sqlite keeps open what it has closed, for a while: what this manager opened must not count. */
  #users: 'all' | 'others' = 'all';
  #hasOpened = false;

  constructor(options: BackupManagerOptions) {
    checkRunOptions(options, managerChecks, ['database']);
    this.#options = options;
    const { database } = options;
    if (typeof database === 'string') this.#name = parseDatabase(database).name;
    else {
      this.#live = withFunctions(bridgeFor(database, backupOf(database), setupOf(options)), options);
      this.#name = `the ${this.#live.driver} connection`;
    }
  }

  /** Makes a backup now, under the write lock. Errors: `BACKUP_IMPOSSIBLE`, `BACKUP_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_UNPROVEN`. */
  async create(): Promise<RunBackup> {
    const { id, file, bytes, manifest } = await this.#perform(operations.backUpNow);
    const { flaws } = manifest.portrait;
    return flaws === undefined ? { id, file, bytes } : { id, file, bytes, flaws };
  }

  /** The backups that there are, the newest first. Reads their manifests only. */
  async list(): Promise<readonly BackupInfo[]> {
    return (await this.#beside((_, place) => listBackups(place))).map(describeBackup);
  }

  /**
   * Proves that a backup is what it was: by its hash, SQLite's check, and what its manifest says is in it. The measure is
   * the one by which it was proven when it was made; what was wrong with the database then is in `flaws`.
   * `id` is the identifier, a beginning of it, `latest`, or the path of the file. Errors: `BACKUP_NOT_FOUND`,
   * `BACKUP_AMBIGUOUS`, `BACKUP_CORRUPT`, `BACKUP_UNREADABLE`, `BACKUP_NO_SPACE`.
   */
  async verify(id: string): Promise<BackupInfo> {
    checkOptions({ id }, idCheck, ['id']);
    return await this.#beside(function* (context, place) {
      const backup = yield* findBackup(place, id);
      const { flaws = [] } = (yield* verifyBackup(context.database, backup, context.newRunId())).portrait;
      return { ...describeBackup(backup), flaws };
    });
  }

  /** What restoring a backup would take away and bring back. Writes nothing. Errors: those of `verify`. */
  async restorePlan(id: string): Promise<RestorePlan> {
    checkOptions({ id }, idCheck, ['id']);
    return await this.#unlessDamaged(
      (context) => operations.readRestorePlan(context, id),
      (context, place) => operations.readReplacementPlan(context, place, id),
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
    const order: RestoreOrder = { backup: id, confirm: confirm === undefined ? undefined : once };
    try {
      return await this.#unlessDamaged(
        (context) => {
          this.#refuseReadOnly();
          return operations.restore(context, order);
        },
        (context, place) => operations.replace(context, place, order, force ? 'none' : this.#users),
      );
    } catch (error) {
      const isPath = typeof this.#options.database === 'string';
      if (!isPath || !isDunlinError(error) || !isSqlError(error.cause)) throw error;
      if (error.code !== 'RESTORE_IMPOSSIBLE') throw error;
      // Encrypted: what SQLite cannot write over is replaced, when this manager has it open no more.
      const kept = await this.#perform((context) => operations.keepForExchange(context, order));
      await this.close();
      const users = force ? 'none' : this.#users;
      return await this.#beside((context, place) => operations.replace(context, place, order, users, kept));
    }
  }

  /** Removes the backups beyond the limits of `backups`, as the end of a run does. Returns what was removed. */
  async prune(): Promise<readonly BackupInfo[]> {
    return (await this.#perform(operations.pruneNow)).map(describeBackup);
  }

  /** Closes what was opened; a connection that was handed in stays open. */
  async close(): Promise<void> {
    const { database } = this.#options;
    const opened = [this.#aside, typeof database === 'string' ? this.#live : undefined];
    this.#aside = undefined;
    if (typeof database === 'string') this.#live = undefined;
    for (const bridge of opened) await bridge?.close?.();
  }

  async #perform<T>(operation: (context: RunContext) => Op<T>): Promise<T> {
    try {
      return await this.#run(operation, (this.#live ??= this.#open()));
    } catch (error) {
      throw told(error, this.#name);
    }
  }

  /** Works on the backups, not on the database, which may be missing or damaged. */
  async #beside<T>(operation: (context: RunContext, place: BackupPlace) => Op<T>): Promise<T> {
    const { database, backups } = this.#options;
    const directory = backups?.directory;
    if (typeof database !== 'string')
      return await this.#perform(function* (context) {
        return yield* operation(context, yield* operations.placeOfRun(context));
      });
    const { path } = parseDatabase(database);
    if (path === undefined)
      throw dunlinError('BACKUP_IMPOSSIBLE', { database: this.#name, reason: 'it is in memory only' });
    const place = placeOf(this.#name, realPath(path), directory);
    try {
      this.#aside ??= withFunctions(openBeside(openingOf(this.#options)), this.#options);
      return await this.#run((context) => operation(context, place), this.#aside);
    } catch (error) {
      throw told(error, this.#name);
    }
  }

  /** Works on the database; where there is none that can be read, beside it. */
  async #unlessDamaged<T>(
    operation: (context: RunContext) => Op<T>,
    otherwise: (context: RunContext, place: BackupPlace) => Op<T>,
  ): Promise<T> {
    try {
      return await this.#perform(operation);
    } catch (error) {
      // A connection that was handed in has the damaged file open: only its owner can change that.
      if (typeof this.#options.database !== 'string' || !isDunlinError(error) || !damage.has(error.code)) throw error;
      await this.close();
      return await this.#beside(otherwise);
    }
  }

  async #run<T>(operation: (context: RunContext) => Op<T>, bridge: DatabaseBridge): Promise<T> {
    const { database } = this.#options;
    // The connection beside the database is to no file.
    const path = typeof database === 'string' && bridge === this.#live ? parseDatabase(database).path : undefined;
    const parts = { host: nodeHost, database: this.#name, path };
    const context = createContext(parts, this.#options, bridge, createRegistry(toSource([]), nodeHost));
    return await runAsync(operation(context), bridge, nodeHost, listenerOf(this.#options, this.#name));
  }

  /** SQLite's backup API would open the file all the same, and make a log beside it, before it finds that out. */
  #refuseReadOnly(): void {
    const { database } = this.#options;
    const path = typeof database === 'string' ? parseDatabase(database).path : undefined;
    if (path !== undefined && !mayAccess(path, 'W_OK'))
      throw dunlinError('DATABASE_READONLY', { database: this.#name, code: 'SQLITE_READONLY' });
  }

  /** A database that is not there is none to be created here. */
  #open(): DatabaseBridge {
    const database = this.#options.database as string;
    const { path, name } = parseDatabase(database);
    if (path !== undefined && !findDatabaseFile(path, name).exists)
      throw dunlinError('DATABASE_NOT_FOUND', { database: name, suggestion: undefined });
    if (path !== undefined && !this.#hasOpened) this.#users = isOpen(path, 'self') === false ? 'others' : 'all';
    this.#hasOpened = true;
    return withFunctions(openDatabase(database, openingOf(this.#options)).bridge, this.#options);
  }
}

/** Of what a run is told, what its backups need to know. */
export function managerOptions(options: BackupManagerOptions & RunOptions): BackupManagerOptions {
  const { database, driver, backups, functions, layout, lockTimeoutMs, logger, onEvent, tables, tool } = options;
  const setup = setupOf(options);
  const chosen = { driver, backups, functions, layout, lockTimeoutMs, logger, onEvent, tables, tool, ...setup };
  const given = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return { database, ...Object.fromEntries(given) };
}

/** Besides SQLite, what refuses here is the operating system: to list, read, write, or rename a file. */
function told(error: unknown, database: string): unknown {
  const known = toDunlinError(error, database);
  return (known as { syscall?: unknown } | undefined)?.syscall === undefined
    ? known
    : dunlinError('FILE_REFUSED', { database, reason: thrownReason(known) }, { cause: known });
}

const idCheck: Checks = { id: text };

function withFunctions(bridge: DatabaseBridge, { functions = {} }: BackupManagerOptions): DatabaseBridge {
  for (const [name, fn] of Object.entries(functions)) bridge.registerFunction?.(name, fn);
  return bridge;
}

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
