import {
  clock,
  connect,
  disconnect,
  emit,
  file,
  isSqlError,
  queryOn,
  queryOne,
  type DatabaseBridge,
  type Op,
} from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import type { Manifest } from './manifest.ts';
import { backupId, fileNameOf, manifestNameOf, type BackupReason } from './name.ts';
import { differences, portray, pragma, type Portrait } from './portrait.ts';

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

/** What the disk should have left besides the backup itself. */
const spareBytes = 1 << 20;

/**
 * Makes a backup and proves it. The write lock must be held by the run's own connection, and nothing be written yet:
 * then a second connection reads exactly what the run starts from, and nobody changes it meanwhile. The file has its
 * name only after it is proven and on the disk; a half-made one ends in `.tmp`. Undefined: the driver has no second
 * connection.
 */
export function* createBackup(place: BackupPlace, order: BackupOrder): Op<Backup | undefined> {
  const started = yield* clock();
  const { folder } = place;
  const id = backupId(new Date(started), order.reason);
  const target = `${folder}/${fileNameOf(id)}`;
  const temporary = `${target}.tmp`;
  let source: DatabaseBridge | undefined;
  try {
    source = yield* connect();
    if (source === undefined) return undefined;
    yield* prepareFolder(place);
    yield* emit({ type: 'backup:start', file: target, bytes: yield* databaseBytes() });
    yield* file('create', temporary, place.file);
    yield* queryOn(source, 'VACUUM INTO ?', [temporary]);
    yield* disconnect(source);
    source = undefined;
    yield* file('sync', temporary);
    const copied = yield* clock();
    const portrait = yield* portray();
    const bytes = yield* prove(temporary, portrait);
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
    throw dunlinError(
      'BACKUP_FAILED',
      { database: place.database, folder, reason: thrownReason(error) },
      { cause: error },
    );
  }
}

/** Makes the folder, removes what dead runs left in it (the lock says that they are dead), and looks for room. */
function* prepareFolder(place: BackupPlace): Op<void> {
  const { database, folder } = place;
  yield* file('makeFolder', folder, place.file);
  for (const name of yield* file('list', folder)) if (name.endsWith('.tmp')) yield* file('remove', `${folder}/${name}`);
  const needed = (yield* databaseBytes()) + spareBytes;
  const free = yield* file('freeBytes', folder);
  if (free < needed) throw dunlinError('BACKUP_NO_SPACE', { database, folder, needed, free });
}

function* databaseBytes(): Op<number> {
  return Number(yield* pragma(undefined, 'page_count')) * Number(yield* pragma(undefined, 'page_size'));
}

/** Opens the copy as whoever restores it will, and holds it against the original. Returns its size. */
export function* prove(path: string, original: Portrait): Op<number> {
  const stat = yield* file('stat', path);
  const found: string[] = [];
  const copy = yield* connect(path);
  try {
    // A driver may report success without a file, and an empty file passes every check of SQLite's.
    const pages = Number(yield* pragma(copy, 'page_count'));
    const bytes = pages * Number(yield* pragma(copy, 'page_size'));
    if (stat === undefined || stat.bytes !== bytes || pages === 0)
      found.push(`the file has ${stat?.bytes ?? 0} bytes, its ${pages} pages ${bytes}`);
    const check = (yield* queryOn(copy, 'PRAGMA main.quick_check(5)')).map((row) => String(Object.values(row)[0]));
    if (check.join() !== 'ok') found.push(...check);
    found.push(...differences(original, yield* portray(copy)));
  } catch (error) {
    if (!isSqlError(error)) throw error;
    found.push(error.message);
  } finally {
    if (copy !== undefined) yield* disconnect(copy);
  }
  if (found.length > 0) throw dunlinError('BACKUP_UNPROVEN', { file: path, findings: found });
  return stat!.bytes;
}

/** The manifest first: a backup without one would be of no use. Both names are on the disk when this returns. */
function* publish(
  { folder, file: like }: BackupPlace,
  manifest: Manifest,
  temporary: string,
  target: string,
): Op<void> {
  const path = `${folder}/${manifestNameOf(manifest.id)}`;
  yield* file('write', `${path}.tmp`, `${JSON.stringify(manifest, undefined, 1)}\n`, like);
  yield* file('rename', `${path}.tmp`, path);
  yield* file('rename', temporary, target);
  yield* file('syncFolder', folder);
}

/** What went wrong matters more than what is left over: the next backup removes it. */
function* cleanUp(source: DatabaseBridge | undefined, temporary: string): Op<void> {
  try {
    if (source !== undefined) yield* disconnect(source);
    yield* file('remove', temporary);
  } catch (error) {
    if (error instanceof TypeError) throw error;
  }
}
