import { file, isSqlError, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, isSystemError, thrownReason } from '../errors/index.ts';
import { spareBytes } from './create-backup.ts';
import { inspect } from './inspect.ts';
import type { Manifest } from './manifest.ts';
import { folderOf } from './backup-location.ts';
import type { StoredBackup } from './stored-backups.ts';

/**
 * Extracts a backup into a new file and verifies all of it: its bytes by their hash, the database in it by SQLite's check
 * and the manifest's summary. Flaws in its rows are no damage: the hash proves that they were there before. Returns the
 * manifest with these flaws. If it fails, it removes the file. Errors: `BACKUP_CORRUPT`, `BACKUP_NO_SPACE`,
 * `BACKUP_UNREADABLE`.
 */
export function* extractVerified(database: string, backup: StoredBackup, target: string): Op<Manifest> {
  const { id, file: stored } = backup;
  const manifest = manifestOf(backup);
  const folder = folderOf(target);
  const needed = manifest.bytes + spareBytes;
  const free = yield* file('freeBytes', folder);
  if (free < needed) throw dunlinError('BACKUP_NO_SPACE', { database, folder, needed, free });
  try {
    if (manifest.packed === null) yield* file('copy', stored, target, stored);
    else yield* file('unpack', stored, target, stored, manifest.packed);
    if ((yield* file('sha256', target)) !== manifest.sha256)
      throw corrupt(backup, ['its bytes are not those of before']);
    const { findings, flaws, isOpaque } = yield* inspect(target, manifest.portrait);
    // Its bytes are those of the backup, so that only a key is missing.
    if (isOpaque === true)
      throw dunlinError('BACKUP_UNREADABLE', {
        id,
        reason: 'it is encrypted, and the connection does not have the key that the database had then',
      });
    if (findings.length > 0) throw corrupt(backup, findings);
    if (flaws.length === 0) return manifest;
    return { ...manifest, portrait: { ...manifest.portrait, flaws } };
  } catch (error) {
    yield* cleanUp(target);
    if (isDunlinError(error) || isSqlError(error) || error instanceof TypeError) throw error;
    // An error of the file system says nothing about the backup. One of unpacking does.
    const reason = thrownReason(error);
    if (!isSystemError(error)) throw corrupt(backup, [reason], error);
    throw dunlinError('BACKUP_UNREADABLE', { id, reason }, { cause: error });
  }
}

/** The manifest, if there is one that can be read. Errors: `BACKUP_CORRUPT`. */
export function manifestOf(backup: StoredBackup): Manifest {
  if (typeof backup.manifest === 'string') throw corrupt(backup, [backup.manifest]);
  return backup.manifest;
}

/**
 * Verifies a backup in a copy beside it, because SQLite may write into a damaged file that it opens. Returns its manifest
 * with the flaws found now.
 */
export function* verifyBackup(database: string, backup: StoredBackup, mark: string): Op<Manifest> {
  const copy = `${backup.file}.restoring-${mark}`;
  const manifest = yield* extractVerified(database, backup, copy);
  yield* deleteFiles(copy);
  return manifest;
}

/** Removes an extracted file, and what SQLite may have left beside it. */
export function* deleteFiles(target: string): Op<void> {
  for (const ending of ['', '-journal', '-wal', '-shm']) yield* file('remove', `${target}${ending}`);
}

/** The same without an error, for the end of other work. Returns a note on a file that stays. */
export function* cleanUp(target: string): Op<string | undefined> {
  try {
    yield* deleteFiles(target);
    return undefined;
  } catch (error) {
    return `${target} could not be removed: ${thrownReason(error)}`;
  }
}

function corrupt({ id, file: path }: StoredBackup, findings: readonly string[], cause?: unknown): Error {
  return dunlinError('BACKUP_CORRUPT', { id, file: path, findings, before: undefined }, { cause });
}
