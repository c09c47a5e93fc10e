import {
  clock,
  connect,
  databaseError,
  disconnect,
  emit,
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
import { ifPermitted } from './permitted.ts';
import { takeSnapshot, pragma, type Snapshot } from './snapshot.ts';
import { whyUnreadable } from './reading.ts';

/** Of what backups are made, and where they go. */
export interface BackupLocation {
  /** The database's name for messages. */
  readonly database: string;
  /** Its file, absolute, symbolic links resolved. */
  readonly file: string;
  readonly folder: string;
}

/** What a backup is made for. */
export interface BackupRequest {
  readonly reason: BackupReason;
  readonly applied: readonly number[];
  readonly runId: string | null;
  readonly tool: string;
  /** As of `CopyRequest`. */
  readonly sync: boolean;
  /** What is known to be wrong with the database. */
  readonly flaws?: readonly string[] | undefined;
  /** Takes the write lock again. */
  readonly relock?: () => Op<void>;
}

/** A backup that is in its place. */
export interface Backup {
  readonly id: string;
  /** Where it is. */
  readonly file: string;
  readonly bytes: number;
  readonly manifest: Manifest;
}

/** The names have four digits for the year. */
const lastTime = Date.UTC(9999, 11, 31);

/** What the disk should have left besides the backup itself. */
export const spareBytes: number = 1 << 20;

/**
 * Makes a backup and proves it. The write lock must be held by the run's own connection, and nothing be written yet:
 * then a second connection reads exactly what the run starts from, and nobody changes it meanwhile. The file has its
 * name only after it is proven and on the disk; a half-made one ends in `.tmp`. Undefined: the driver has no second
 * connection.
 *
 * Where a second connection cannot read the database, for want of its key, the run's own makes the copy, which no
 * transaction can be open for; then it takes the lock again. Errors, besides BACKUP_...: one that `isOutdated` knows, if
 * somebody has committed meanwhile: what was read under the lock before is to be read again.
 */
export function* createBackup(place: BackupLocation, order: BackupRequest): Op<Backup | undefined> {
  const started = yield* clock();
  const { folder } = place;
  const id = backupId(yield* timeAfterOthers(folder, started), order.reason);
  const target = `${folder}/${fileNameOf(id)}`;
  const temporary = unfinished(target);
  let source: DatabaseBridge | undefined;
  try {
    source = yield* connect();
    if (source === undefined) return undefined;
    const refusal = yield* whyUnreadable(source);
    yield* prepareFolder(place);
    yield* emit({ type: 'backup:start', file: target, bytes: yield* databaseBytes() });
    yield* file('create', temporary, place.file);
    let made: Proven;
    if (refusal === undefined) {
      yield* copyPrepared({ source, place, temporary, order });
      yield* disconnect(source);
      source = undefined;
      made = yield* finishCopy(temporary, target, order, started);
    } else {
      yield* disconnect(source);
      source = undefined;
      made = yield* unlocked(order.relock, refusal, function* () {
        yield* script(`VACUUM INTO ${literal(temporary)}`);
        return yield* finishCopy(temporary, target, order, started);
      });
    }
    const manifest: Manifest = {
      format: 1,
      id,
      createdAt: new Date(started).toISOString(),
      database: place.file,
      applied: order.applied,
      runId: order.runId,
      tool: order.tool,
      sqlite: String((yield* queryOne<{ v: string }>('SELECT sqlite_version() AS v'))!.v),
      journalMode: String(yield* pragma(undefined, 'journal_mode')),
      bytes: made.bytes,
      sha256: yield* file('sha256', temporary),
      packed: null,
      portrait: made.portrait,
    };
    yield* publish(place, manifest, temporary, target);
    const ended = yield* clock();
    const { bytes, copied } = made;
    yield* emit({ type: 'backup:done', file: target, bytes, copyMs: copied - started, proofMs: ended - copied });
    return { id, file: target, bytes, manifest };
  } catch (error) {
    yield* cleanUp(source, temporary);
    if (isDunlinError(error) || isOutdated(error)) throw error;
    // The database itself is damaged: no folder and no option would help.
    if (isSqlError(error) && error.primary === 'SQLITE_CORRUPT') throw databaseError(error, place.database) ?? error;
    const reason = (yield* isExclusive(error))
      ? `the connection keeps the database to itself (PRAGMA locking_mode = EXCLUSIVE${(yield* isWal()) ? ', in WAL mode' : ''}), so that no second one can read it`
      : thrownReason(error);
    throw dunlinError('BACKUP_FAILED', { database: place.database, folder, reason }, { cause: error });
  }
}

interface Copying {
  readonly source: DatabaseBridge;
  readonly place: BackupLocation;
  readonly temporary: string;
  readonly order: BackupRequest;
}

function* copyPrepared({ source, place, temporary, order }: Copying): Op<void> {
  // What counts is our own sync of the whole file, and the name that it gets only then.
  // As scripts: a prepared statement would keep this connection open in a driver that closes late.
  yield* scriptOn(source, 'PRAGMA synchronous = OFF');
  // VACUUM INTO goes through the file once: pages that stay in a cache are in the way of those that come.
  yield* scriptOn(source, 'PRAGMA cache_size = 200');
  yield* copyDatabase({ source, target: temporary, like: place.file, sync: order.sync });
}

/**
 * Does what needs the run's connection to be outside a transaction, and takes the lock again. The run has written
 * nothing, and goes on as if the lock had been held, if nobody has committed: `PRAGMA data_version` tells.
 */
function* unlocked<T>(relock: BackupRequest['relock'], refusal: SqlError, operation: () => Op<T>): Op<T> {
  if (relock === undefined) throw refusal;
  const version = yield* pragma(undefined, 'data_version');
  yield* script('ROLLBACK');
  let result: T | undefined;
  let failure: { readonly error: unknown } | undefined;
  try {
    result = yield* operation();
  } catch (error) {
    failure = { error };
  }
  yield* relock();
  if ((yield* pragma(undefined, 'data_version')) !== version) throw outdated();
  if (failure !== undefined) throw failure.error;
  return result as T;
}

/** SQLite's own code for what is based on a state that is no longer the last one. */
function outdated(): SqlError {
  const message = 'another connection has committed while the database was copied';
  return new SqlError({ code: 'SQLITE_BUSY_SNAPSHOT', message }, undefined, undefined);
}

/** Whether a backup has to be made again, and what was read before with it. See `createBackup`. */
export function isOutdated(error: unknown): boolean {
  return isSqlError(error) && error.code === 'SQLITE_BUSY_SNAPSHOT';
}

/**
 * The time that a new backup is called by: now, or where the clock was ahead once, just after the newest there is. What
 * is the newest, and so which are the oldest to go, must not depend on clocks that are put right.
 */
function* timeAfterOthers(folder: string, now: number): Op<Date> {
  let names: readonly string[] = [];
  try {
    names = yield* file('list', folder);
  } catch {
    // That it cannot be read is told when it is to be written.
  }
  const others = names
    .map((name) => Date.parse(parseBackupName(name)?.createdAt ?? ''))
    .filter((time) => time >= now && time < lastTime);
  return new Date(Math.max(now, ...others.map((time) => time + 1)));
}

/** Makes the folder, removes what dead runs left in it (the lock says that they are dead), and looks for room. */
function* prepareFolder(place: BackupLocation): Op<void> {
  const { database, folder } = place;
  yield* file('makeFolder', folder, place.file);
  for (const name of yield* file('list', folder))
    if (isUnfinished(name)) yield* ifPermitted(file('remove', `${folder}/${name}`));
  const needed = (yield* databaseBytes()) + spareBytes;
  const free = yield* file('freeBytes', folder);
  if (free < needed) throw dunlinError('BACKUP_NO_SPACE', { database, folder, needed, free });
}

function* databaseBytes(): Op<number> {
  return Number(yield* pragma(undefined, 'page_count')) * Number(yield* pragma(undefined, 'page_size'));
}

/** A copy that was looked into. */
interface Proven {
  readonly portrait: Snapshot;
  readonly bytes: number;
  readonly copied: number;
}

/** Looks into the copy before it gets its name. What is wrong in the database as well is no fault of the copy. */
function* finishCopy(temporary: string, target: string, order: BackupRequest, started: number): Op<Proven> {
  yield* file('sync', temporary);
  const copied = yield* clock();
  yield* emit({ type: 'backup:copied', file: target, copyMs: copied - started });
  const portrait = yield* takeSnapshot();
  const { findings, flaws } = yield* inspect(temporary, portrait);
  const own = flaws.length === 0 ? [] : yield* readIntegrityErrors('quick_check');
  const wrong = [...findings, ...(yield* newIntegrityErrors(own, flaws))];
  if (wrong.length > 0) throw dunlinError('BACKUP_UNPROVEN', { file: temporary, findings: wrong });
  const known = [...new Set([...(order.flaws ?? []), ...own])];
  return {
    portrait: known.length === 0 ? portrait : { ...portrait, flaws: known },
    bytes: (yield* file('stat', temporary))!.bytes,
    copied,
  };
}

/** The manifest first: a backup without one would be of no use. Both names are on the disk when this returns. */
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

/** What went wrong matters more than what is left over: the next backup removes it. */
function* cleanUp(source: DatabaseBridge | undefined, temporary: string): Op<void> {
  if (source !== undefined) yield* leniently(disconnect(source));
  yield* leniently(file('remove', temporary));
  yield* leniently(file('remove', `${temporary}-journal`));
}

function* leniently(op: Op<void>): Op<void> {
  try {
    yield* op;
  } catch {
    // See cleanUp.
  }
}

function* isWal(): Op<boolean> {
  return String(yield* pragma(undefined, 'journal_mode')) === 'wal';
}

/** Whether it is the run's own connection that keeps the second one out. */
function* isExclusive(error: unknown): Op<boolean> {
  return isBusy(error) && String(yield* pragma(undefined, 'locking_mode')) === 'exclusive';
}
