import {
  clock,
  connect,
  databaseError,
  disconnect,
  emit,
  file,
  isBusy,
  isSqlError,
  scriptOn,
  queryOne,
  type DatabaseBridge,
  type Op,
} from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { literal } from '../sql/index.ts';
import { inspect } from './inspect.ts';
import type { Manifest } from './manifest.ts';
import { backupId, fileNameOf, manifestNameOf, parseBackupName, unfinished, type BackupReason } from './name.ts';
import { portray, pragma, quickCheck, type Portrait } from './portrait.ts';

/** Of what backups are made, and where they go. */
export interface BackupPlace {
  /** The database's name for messages. */
  readonly database: string;
  /** Its file, absolute, symbolic links resolved. */
  readonly file: string;
  readonly folder: string;
}

/** What a backup is made for. */
export interface BackupOrder {
  readonly reason: BackupReason;
  readonly applied: readonly number[];
  readonly runId: string | null;
  readonly tool: string;
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
 */
export function* createBackup(place: BackupPlace, order: BackupOrder): Op<Backup | undefined> {
  const started = yield* clock();
  const { folder } = place;
  const id = backupId(yield* timeAfterOthers(folder, started), order.reason);
  const target = `${folder}/${fileNameOf(id)}`;
  const temporary = unfinished(target);
  let source: DatabaseBridge | undefined;
  try {
    source = yield* connect();
    if (source === undefined) return undefined;
    yield* prepareFolder(place);
    yield* emit({ type: 'backup:start', file: target, bytes: yield* databaseBytes() });
    yield* file('create', temporary, place.file);
    // What counts is our own sync of the whole file, and the name that it gets only then.
    // As scripts: a prepared statement would keep this connection open in a driver that closes late.
    yield* scriptOn(source, 'PRAGMA synchronous = OFF');
    // VACUUM INTO goes through the file once: pages that stay in a cache are in the way of those that come.
    yield* scriptOn(source, 'PRAGMA cache_size = 200');
    yield* scriptOn(source, `VACUUM INTO ${literal(temporary)}`);
    yield* disconnect(source);
    source = undefined;
    yield* file('sync', temporary);
    const copied = yield* clock();
    yield* emit({ type: 'backup:copied', file: target, copyMs: copied - started });
    const { portrait, bytes } = yield* proveCopy(temporary);
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
      bytes,
      sha256: yield* file('sha256', temporary),
      packed: null,
      portrait,
    };
    yield* publish(place, manifest, temporary, target);
    const ended = yield* clock();
    yield* emit({ type: 'backup:done', file: target, bytes, copyMs: copied - started, proofMs: ended - copied });
    return { id, file: target, bytes, manifest };
  } catch (error) {
    yield* cleanUp(source, temporary);
    if (isDunlinError(error)) throw error;
    // The database itself is damaged: no folder and no option would help.
    if (isSqlError(error) && error.primary === 'SQLITE_CORRUPT') throw databaseError(error, place.database) ?? error;
    const reason = (yield* isExclusive(error))
      ? 'the connection keeps the database to itself (PRAGMA locking_mode = EXCLUSIVE), so that no second one can read it'
      : thrownReason(error);
    throw dunlinError('BACKUP_FAILED', { database: place.database, folder, reason }, { cause: error });
  }
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
function* prepareFolder(place: BackupPlace): Op<void> {
  const { database, folder } = place;
  yield* file('makeFolder', folder, place.file);
  for (const name of yield* file('list', folder)) if (isLeftOver(name)) yield* file('remove', `${folder}/${name}`);
  const needed = (yield* databaseBytes()) + spareBytes;
  const free = yield* file('freeBytes', folder);
  if (free < needed) throw dunlinError('BACKUP_NO_SPACE', { database, folder, needed, free });
}

/** SQLite's own journal of a half-made copy is one more. */
function isLeftOver(name: string): boolean {
  return /\.tmp(?:-journal|-wal|-shm)?$/.test(name);
}

function* databaseBytes(): Op<number> {
  return Number(yield* pragma(undefined, 'page_count')) * Number(yield* pragma(undefined, 'page_size'));
}

/** Proves the copy of the run's own database. A flaw that the database has as well is none of the copy. */
function* proveCopy(temporary: string): Op<{ readonly portrait: Portrait; readonly bytes: number }> {
  const portrait = yield* portray();
  try {
    return { portrait, bytes: yield* prove(temporary, portrait) };
  } catch (error) {
    if (!isDunlinError(error) || error.code !== 'BACKUP_UNPROVEN') throw error;
    const flaws = yield* quickCheck();
    if (flaws.length === 0) throw error;
    const flawed = { ...portrait, flaws };
    return { portrait: flawed, bytes: yield* prove(temporary, flawed) };
  }
}

/** Looks into the copy before it gets its name. Returns its size. */
function* prove(path: string, original: Portrait): Op<number> {
  const findings = yield* inspect(path, original, 'quick_check');
  if (findings.length > 0) throw dunlinError('BACKUP_UNPROVEN', { file: path, findings });
  return (yield* file('stat', path))!.bytes;
}

/** The manifest first: a backup without one would be of no use. Both names are on the disk when this returns. */
function* publish(
  { folder, file: like }: BackupPlace,
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

/** Whether it is the run's own connection that keeps the second one out. */
function* isExclusive(error: unknown): Op<boolean> {
  return isBusy(error) && String(yield* pragma(undefined, 'locking_mode')) === 'exclusive';
}
