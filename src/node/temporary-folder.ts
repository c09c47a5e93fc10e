import { accessSync, constants, mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { isSqlError, toSqlError, type Room, type TemporaryRoom } from '../bridge/index.ts';
import { dunlinError, isDunlinError, size, thrownReason } from '../errors/index.ts';
import { nodeFiles } from './files.ts';

/** The folders that this process has created for copies. */
const temporaryFolders = new Set<string>();

/** Creates a temporary folder for a copy of a database or a scratch database. */
export function makeTemporaryFolder(purpose: string): string {
  const folder = mkdtempSync(join(tmpdir(), `dunlin-${purpose}-`));
  temporaryFolders.add(realpathSync(folder));
  return folder;
}

export function roomFor(database: string | undefined): Room | undefined {
  try {
    return {
      beside: database === undefined ? undefined : nodeFiles.freeBytes(dirname(database)),
      temporary: temporaryRoom(),
      isTemporary: database !== undefined && temporaryFolders.has(dirname(database)),
    };
  } catch {
    return undefined;
  }
}

/** The error for a copy that failed. Errors: `TEMPORARY_FOLDER_FULL`, `COPY_FAILED`. */
export function copyFailure(error: unknown, database: string): Error {
  const { code } = error as { readonly code?: unknown };
  const sqlError = toSqlError(error);
  const isFull =
    ['ENOSPC', 'EDQUOT'].includes(String(code)) ||
    (isDunlinError(error) ? code === 'DISK_FULL' : isSqlError(sqlError) && sqlError.primary === 'SQLITE_FULL');
  return isFull
    ? dunlinError('TEMPORARY_FOLDER_FULL', temporaryRoom(), { cause: error })
    : dunlinError('COPY_FAILED', { database, reason: thrownReason(error) }, { cause: error });
}

/** The folder for copies or the one for SQLite's temporary files, whichever has less space. */
function temporaryRoom(): TemporaryRoom {
  const folders = [tmpdir(), sqliteTemporaryFolder()].filter((folder) => folder !== undefined && isUsable(folder));
  const [fullest] = byRoom(folders as string[]);
  const { folder, free } = fullest ?? { folder: tmpdir(), free: 0 };
  const others = process.platform === 'win32' ? [] : byRoom(['/var/tmp', '/tmp'].filter(isUsable));
  const roomiest = others.at(-1);
  return { folder, free, other: roomiest !== undefined && roomiest.free > free ? roomiest.folder : undefined };
}

function byRoom(folders: readonly string[]): readonly { readonly folder: string; readonly free: number }[] {
  return folders
    .map((folder) => ({ folder: resolve(folder), free: nodeFiles.freeBytes(folder) }))
    .toSorted((a, b) => a.free - b.free);
}

/** SQLite's folder for temporary files: the first of these that this user may write (unixTempFileDir). */
export function sqliteTemporaryFolder(): string | undefined {
  if (process.platform === 'win32') return tmpdir();
  const { SQLITE_TMPDIR, TMPDIR } = process.env;
  return [SQLITE_TMPDIR, TMPDIR, '/var/tmp', '/usr/tmp', '/tmp', '.'].find(
    (folder) => folder !== undefined && isUsable(folder),
  );
}

/**
 * The hint for a disk error that temporary files may have caused: there is no folder for them, which some drivers do not
 * report, or they are on another disk with less space. The files themselves are deleted by then.
 */
export function roomLeft(database: string | undefined, code: string): string | undefined {
  const temporary = sqliteTemporaryFolder();
  if (temporary === undefined)
    return 'SQLite finds no folder for temporary files that this user may write: name one with the variable SQLITE_TMPDIR before the process starts.';
  if (code !== 'DISK_FULL') return undefined;
  const room = nodeFiles.freeBytes(temporary);
  let beside = '';
  if (database !== undefined) {
    const folder = dirname(database);
    const own = nodeFiles.freeBytes(folder);
    if (statSync(folder).dev === statSync(temporary).dev || room >= own) return undefined;
    beside = `, and ${size(own)} beside the database`;
  }
  return `SQLite keeps temporary files in ${resolve(temporary)}, where ${size(room)} are free${beside}: if they have filled it, name another folder with the variable SQLITE_TMPDIR before the process starts.`;
}

function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
