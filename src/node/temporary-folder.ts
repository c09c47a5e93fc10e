import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import process from 'node:process';

/** Where SQLite puts its temporary files: the first of these that is a folder this user may write (unixTempFileDir). */
export function sqliteTemporaryFolder(): string | undefined {
  if (process.platform === 'win32') return tmpdir();
  const { SQLITE_TMPDIR, TMPDIR } = process.env;
  return [SQLITE_TMPDIR, TMPDIR, '/var/tmp', '/usr/tmp', '/tmp', '.'].find(
    (folder) => folder !== undefined && isUsable(folder),
  );
}

/**
 * What to add to an error of the disk if it may have been that of the temporary files: there is no folder for them, which
 * not every driver tells, or they are on another disk, which has less room. The files themselves are gone by then.
 */
export function roomLeft(database: string | undefined, code: string): string | undefined {
  const temporary = sqliteTemporaryFolder();
  if (temporary === undefined)
    return 'SQLite finds no folder for temporary files that this user may write: name one with the variable SQLITE_TMPDIR before the process starts.';
  if (code !== 'DISK_FULL') return undefined;
  const room = freeBytes(temporary);
  let beside = '';
  if (database !== undefined) {
    const folder = dirname(database);
    const own = freeBytes(folder);
    if (statSync(folder).dev === statSync(temporary).dev || room >= own) return undefined;
    beside = `, and ${megabytes(own)} beside the database`;
  }
  return `SQLite keeps temporary files in ${resolve(temporary)}, where ${megabytes(room)} are free${beside}: if they have filled it, name another folder with the variable SQLITE_TMPDIR before the process starts.`;
}

function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
}
