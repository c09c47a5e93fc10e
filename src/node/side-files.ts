import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

/** Whether this user may read (`R_OK`) or write (`W_OK`) a file. False on a read-only file system too. */
export function mayAccess(path: string, how: 'R_OK' | 'W_OK'): boolean {
  try {
    accessSync(path, constants[how]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a database in WAL mode must be read from a copy. SQLite creates a `-wal` and a `-shm` file beside it even for
 * readers, with the database's mode but the owner and group of the process (for root, those of the database).
 *
 * - Without write permission on the folder, they cannot be created.
 * - Only a connection that may write the database deletes them (sqlite.org/wal.html, section 5). If other users leave them
 *   behind, the application cannot write.
 * - With the wrong group, the application cannot write while they exist.
 */
export function needsReadingCopy(path: string, mode: 'read' | 'write'): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return false;
  const folder = dirname(path);
  if (!mayAccess(path, 'W_OK') || !mayAccess(folder, 'W_OK')) return mayAccess(path, 'R_OK');
  if (mode === 'write' || user === 0 || process.platform !== 'linux') return false;
  const database = statSync(path);
  if ((database.mode & 0o002) !== 0) return false;
  return (database.mode & 0o020) === 0 ? database.uid !== user : database.gid !== groupOfNewFiles(folder);
}

/** In a folder with the setgid bit, new files get the folder's group. */
function groupOfNewFiles(folder: string): number | undefined {
  const { mode, gid } = statSync(folder);
  return (mode & 0o2000) === 0 ? process.getegid?.() : gid;
}
