import { file, isSqlError, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { spareBytes } from './create-backup.ts';
import { inspect } from './inspect.ts';
import type { Manifest } from './manifest.ts';
import { folderOf } from './backup-location.ts';
import type { StoredBackup } from './stored-backups.ts';

/**
 * Copies what a backup holds into a new file, and proves that file wholly: its bytes by their hash, the database in it
 * by SQLite's check and the manifest's portrait. What was wrong with the rows when it was made is no damage: those are
 * the bytes that were proven, whatever a newer SQLite finds in them. Returns the manifest, with these flaws. What was
 * begun is removed again when it fails. Errors: `BACKUP_CORRUPT`, `BACKUP_NO_SPACE`, `BACKUP_UNREADABLE`.
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
    // These are the bytes that were proven.
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
    // What the file system refuses says nothing about the backup; what cannot be unpacked does.
    const reason = thrownReason(error);
    if ((error as { syscall?: unknown }).syscall === undefined) throw corrupt(backup, [reason], error);
    throw dunlinError('BACKUP_UNREADABLE', { id, reason }, { cause: error });
  }
}

/** The manifest, if there is one that can be read. Errors: `BACKUP_CORRUPT`. */
export function manifestOf(backup: StoredBackup): Manifest {
  if (typeof backup.manifest === 'string') throw corrupt(backup, [backup.manifest]);
  return backup.manifest;
}

/**
 * Proves a backup in a copy beside it, because SQLite would write into a file that is not sound. Returns its manifest,
 * with the flaws that are found in it now.
 */
export function* verifyBackup(database: string, backup: StoredBackup, mark: string): Op<Manifest> {
  const copy = `${backup.file}.restoring-${mark}`;
  const manifest = yield* extractVerified(database, backup, copy);
  yield* deleteFiles(copy);
  return manifest;
}

/** Removes a file that was made from a backup, and what SQLite may have left beside it. */
export function* deleteFiles(target: string): Op<void> {
  for (const ending of ['', '-journal', '-wal', '-shm']) yield* file('remove', `${target}${ending}`);
}

/** The same at the end, when how the work went matters more. Returns what to tell of a file that stays. */
export function* cleanUp(target: string): Op<string | undefined> {
  try {
    yield* deleteFiles(target);
    return undefined;
  } catch (error) {
    return `${target} could not be removed: ${thrownReason(error)}`;
  }
}

function corrupt({ id, file: path }: StoredBackup, findings: readonly string[], cause?: unknown): Error {
  return dunlinError(
    'BACKUP_CORRUPT',
    { id, file: path, findings, before: undefined },
    cause === undefined ? {} : { cause },
  );
}
