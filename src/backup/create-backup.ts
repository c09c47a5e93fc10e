import {
  clock,
  connect,
  databaseError,
  disconnect,
  emit,
  engineFacts,
  file,
  isBusy,
  isSqlError,
  queryOne,
  script,
  scriptOn,
  SqlError,
  type DatabaseBridge,
  type Op,
} from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { readIntegrityErrors, newIntegrityErrors } from '../schema/index.ts';
import { literal } from '../sql/index.ts';
import { copyDatabase } from './copy.ts';
import { inspect } from './inspect.ts';
import type { Manifest } from './manifest.ts';
import {
  backupId,
  fileNameOf,
  isUnfinished,
  manifestNameOf,
  parseBackupName,
  unfinished,
  type BackupReason,
} from './name.ts';
import type { RunBackup } from './options.ts';
import { ifPermitted } from './permitted.ts';
import { readSummary, readPragma, type DatabaseSummary } from './summary.ts';
import { whyUnreadable } from './read-database.ts';
import type { BackupLocation } from './backup-location.ts';

/** Why a backup is created, and what its manifest says. */
export interface BackupRequest {
  readonly reason: BackupReason;
  readonly applied: readonly number[];
  readonly runId: string | null;
  readonly tool: string;
  /** As of `CopyRequest`. */
  readonly sync: boolean;
  readonly flaws?: readonly string[] | undefined;
  /** Takes the write lock again. */
  readonly relock?: () => Op<void>;
}

export interface Backup {
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  readonly manifest: Manifest;
}

/** What a run or a restore reports of a backup that it made. */
export function toRunBackup(backup: Backup): RunBackup;
export function toRunBackup(backup: Backup | undefined): RunBackup | undefined;
export function toRunBackup(backup: Backup | undefined): RunBackup | undefined {
  return backup === undefined ? undefined : { id: backup.id, file: backup.file, bytes: backup.bytes };
}

/** Names of backups have four digits for the year. */
const lastTime = Date.UTC(9999, 11, 31);

/** The space that must stay free besides the backup. */
export const spareBytes: number = 1 << 20;

/**
 * Creates a backup and verifies it. The run's own connection must hold the write lock and must not have written: then a
 * second connection reads exactly the state that the run starts from, and nobody changes it meanwhile. The file gets its
 * name when it is verified and on the disk; until then it ends in `.tmp`. Undefined: the driver opens no second
 * connection.
 *
 * If a second connection lacks the database's key, the run's own makes the copy. That needs the transaction to end;
 * afterwards `relock` takes the lock again. Errors, besides BACKUP_...: one that `isOutdated` knows, if somebody has
 * committed meanwhile: read again what was read under the lock before.
 */
export function* createBackup(location: BackupLocation, request: BackupRequest): Op<Backup | undefined> {
  const started = yield* clock();
  const { folder } = location;
  const id = backupId(yield* nextBackupTime(folder, started), request.reason);
  const target = `${folder}/${fileNameOf(id)}`;
  const temporary = unfinished(target);
  if ((yield* engineFacts()).snapshot !== 'file') {
    const reason = 'the connection can attach no file, which VACUUM INTO needs';
    throw dunlinError('BACKUP_FAILED', { database: location.database, folder, reason });
  }
  let source: DatabaseBridge | undefined;
  try {
    source = yield* connect();
    if (source === undefined) return undefined;
    const refusal = yield* whyUnreadable(source);
    yield* prepareFolder(location);
    yield* emit({ type: 'backup:start', file: target, bytes: yield* databaseBytes() });
    yield* file('create', temporary, location.file);
    if (refusal === undefined) {
      // We sync the whole file ourselves before it gets its name.
      // As scripts: a prepared statement would keep this connection open in a driver that closes late.
      yield* scriptOn(source, 'PRAGMA synchronous = OFF');
      // VACUUM INTO reads each page once, so that a large cache only costs memory.
      yield* scriptOn(source, 'PRAGMA cache_size = 200');
      yield* copyDatabase({ source, target: temporary, like: location.file, sync: request.sync });
    }
    yield* disconnect(source);
    source = undefined;
    const verify = (): Op<VerifiedCopy> => verifyCopy(temporary, target, request, started);
    const copyAndVerify = function* (): Op<VerifiedCopy> {
      yield* script(`VACUUM INTO ${literal(temporary)}`);
      return yield* verify();
    };
    const copy = yield* refusal === undefined ? verify() : withoutLock(request.relock, refusal, copyAndVerify);
    const manifest: Manifest = {
      format: 1,
      id,
      createdAt: new Date(started).toISOString(),
      database: location.file,
      applied: request.applied,
      runId: request.runId,
      tool: request.tool,
      sqlite: String((yield* queryOne<{ v: string }>('SELECT sqlite_version() AS v'))!.v),
      journalMode: String(yield* readPragma('journal_mode')),
      bytes: copy.bytes,
      sha256: yield* file('sha256', temporary),
      packed: null,
      portrait: copy.summary,
    };
    yield* publish(location, manifest, temporary, target);
    const ended = yield* clock();
    const { bytes, copied } = copy;
    yield* emit({ type: 'backup:done', file: target, bytes, copyMs: copied - started, proofMs: ended - copied });
    return { id, file: target, bytes, manifest };
  } catch (error) {
    yield* removeUnfinished(source, temporary);
    if (isDunlinError(error) || isOutdated(error)) throw error;
    // The database itself is damaged: another folder or option would not help.
    if (isSqlError(error) && error.primary === 'SQLITE_CORRUPT') throw databaseError(error, location.database) ?? error;
    const reason = (yield* isExclusive(error))
      ? `the connection keeps the database to itself (PRAGMA locking_mode = EXCLUSIVE${(yield* readPragma('journal_mode')) === 'wal' ? ', in WAL mode' : ''}), so that no second one can read it`
      : thrownReason(error);
    throw dunlinError('BACKUP_FAILED', { database: location.database, folder, reason }, { cause: error });
  }
}

/**
 * Runs an operation that needs the run's connection outside a transaction, and takes the lock again. If nobody has
 * committed meanwhile, by `PRAGMA data_version`, the run continues as if it had held the lock: it has written nothing.
 */
function* withoutLock<T>(relock: BackupRequest['relock'], refusal: SqlError, operation: () => Op<T>): Op<T> {
  if (relock === undefined) throw refusal;
  const version = yield* readPragma('data_version');
  yield* script('ROLLBACK');
  let result: T | undefined;
  let failure: { readonly error: unknown } | undefined;
  try {
    result = yield* operation();
  } catch (error) {
    failure = { error };
  }
  yield* relock();
  if ((yield* readPragma('data_version')) !== version) {
    // SQLite's code for a transaction that has read a state which is no longer the last one.
    const message = 'another connection has committed while the database was copied';
    throw new SqlError({ code: 'SQLITE_BUSY_SNAPSHOT', message }, undefined, undefined);
  }
  if (failure !== undefined) throw failure.error;
  return result as T;
}

/** Whether somebody has committed since the state was read: read it again, and create the backup again. */
export function isOutdated(error: unknown): boolean {
  return isSqlError(error) && error.code === 'SQLITE_BUSY_SNAPSHOT';
}

/**
 * The time in the name of a new backup: now, or if the clock was ahead once, just after the newest backup. Which one is
 * the newest, and which old ones retention removes, must not change when a clock is corrected.
 */
function* nextBackupTime(folder: string, now: number): Op<Date> {
  let names: readonly string[] = [];
  try {
    names = yield* file('list', folder);
  } catch {
    // The first write reports what is wrong with the folder.
  }
  const others = names
    .map((name) => Date.parse(parseBackupName(name)?.createdAt ?? ''))
    .filter((time) => time >= now && time < lastTime);
  return new Date(Math.max(now, ...others.map((time) => time + 1)));
}

/** Creates the folder, removes what dead runs left in it (no run is alive: we hold the lock), and checks free space. */
function* prepareFolder(location: BackupLocation): Op<void> {
  const { database, folder } = location;
  yield* file('makeFolder', folder, location.file);
  for (const name of yield* file('list', folder))
    if (isUnfinished(name)) yield* ifPermitted(file('remove', `${folder}/${name}`));
  const needed = (yield* databaseBytes()) + spareBytes;
  const free = yield* file('freeBytes', folder);
  if (free < needed) throw dunlinError('BACKUP_NO_SPACE', { database, folder, needed, free });
}

/** The size of the run's database. */
export function* databaseBytes(): Op<number> {
  return Number(yield* readPragma('page_count')) * Number(yield* readPragma('page_size'));
}

/** A copy that is equal to the database. */
interface VerifiedCopy {
  readonly summary: DatabaseSummary;
  readonly bytes: number;
  readonly copied: number;
}

/** Verifies the copy before it gets its name. Damage that is in the source as well is not a defect of the copy. */
function* verifyCopy(temporary: string, target: string, request: BackupRequest, started: number): Op<VerifiedCopy> {
  yield* file('sync', temporary);
  const copied = yield* clock();
  yield* emit({ type: 'backup:copied', file: target, copyMs: copied - started });
  const summary = yield* readSummary();
  const { findings, flaws } = yield* inspect(temporary, summary);
  const own = flaws.length === 0 ? [] : yield* readIntegrityErrors('quick_check');
  const wrong = [...findings, ...(yield* newIntegrityErrors(own, flaws))];
  if (wrong.length > 0) throw dunlinError('BACKUP_UNPROVEN', { file: temporary, findings: wrong });
  const known = [...new Set([...(request.flaws ?? []), ...own])];
  return {
    summary: known.length === 0 ? summary : { ...summary, flaws: known },
    bytes: (yield* file('stat', temporary))!.bytes,
    copied,
  };
}

/** Renames the manifest first: a backup without one cannot be restored. Both names are on the disk when this returns. */
function* publish(
  { folder, file: like }: BackupLocation,
  manifest: Manifest,
  temporary: string,
  target: string,
): Op<void> {
  const path = `${folder}/${manifestNameOf(manifest.id)}`;
  yield* file('write', unfinished(path), `${JSON.stringify(manifest, undefined, 1)}\n`, like);
  yield* file('rename', unfinished(path), path);
  yield* file('rename', temporary, target);
  yield* file('syncFolder', folder);
}

/** Ignores errors: the first one is reported, and the next backup removes what is left. */
function* removeUnfinished(source: DatabaseBridge | undefined, temporary: string): Op<void> {
  if (source !== undefined) yield* ignoreErrors(disconnect(source));
  yield* ignoreErrors(file('remove', temporary));
  yield* ignoreErrors(file('remove', `${temporary}-journal`));
}

function* ignoreErrors(op: Op<void>): Op<void> {
  try {
    yield* op;
  } catch {
    // See `removeUnfinished`.
  }
}

/** Whether the run's own connection locks the second one out. */
function* isExclusive(error: unknown): Op<boolean> {
  return isBusy(error) && String(yield* readPragma('locking_mode')) === 'exclusive';
}
