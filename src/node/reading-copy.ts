import { chmodSync, closeSync, copyFileSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { isOpen } from './process-files.ts';
import { mayAccess } from './side-files.ts';
import { copyFailure, makeTemporaryFolder } from './temporary-folder.ts';

/** A copy of a database in a folder of its own, to read instead of the database. */
export interface ReadingCopy {
  readonly path: string;
  remove(): void;
}

/** The copied files: the database and its WAL. SQLite rebuilds the WAL index, `-shm`, from it. */
const copied = ['', '-wal'] as const;
/** An application that starts writing during the copy creates both files, and then no copy is needed. */
const attempts = 3;

/**
 * Copies a database in WAL mode whose `-wal` or `-shm` is missing, without creating files beside it. Without a `-shm` there
 * is no connection, so the database and its WAL hold all commits; if either changes during the copy, it copies again.
 * Undefined if SQLite would create no file: in another journal mode, or if both files exist. Errors: `COPY_FAILED`,
 * `TEMPORARY_FOLDER_FULL`. `copy` is for tests.
 */
export function copyToRead(path: string, name: string, copy: typeof copyFiles = copyFiles): ReadingCopy | undefined {
  const isUnused = isOpen(path, 'self') === false;
  // Copying closes the file, which drops this process's locks on it (sqlite.org/howtocorrupt.html, 2.2). Without write
  // permission and without a `-shm`, the process has no locks that matter.
  if (!isUnused && mayAccess(path, 'W_OK')) return undefined;
  for (let left = attempts; left > 0; left--) {
    const before = stateOf(path);
    if (before.isComplete || !isInWalMode(path, isUnused)) return undefined;
    const reading = copy(path, name);
    if (stateOf(path).facts === before.facts) return reading;
    reading.remove();
  }
  return undefined;
}

function stateOf(path: string): { readonly isComplete: boolean; readonly facts: string } {
  const [, wal, shm, journal] = ['', '-wal', '-shm', '-journal'].map((ending) => factsOf(`${path}${ending}`));
  const isComplete = (wal !== '' && shm !== '') || journal !== '';
  return { isComplete, facts: [factsOf(path), wal, shm, journal].join() };
}

function factsOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

/** Bytes 18 and 19 of the header (sqlite.org/fileformat.html, section 1.3.3). */
function isInWalMode(path: string, isUnused: boolean): boolean {
  const header = new Uint8Array(20);
  const descriptor = openSync(path, 'r');
  readSync(descriptor, header, 0, header.length, 0);
  // Closing it would drop the locks of a connection that this process may have; then leave it open.
  if (isUnused) closeSync(descriptor);
  return header[18] === 2 && header[19] === 2;
}

function copyFiles(path: string, name: string): ReadingCopy {
  let folder: string | undefined;
  const remove = (): void => {
    process.off('exit', remove);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // An application may exit without closing its connections.
  process.once('exit', remove);
  try {
    folder = makeTemporaryFolder('read');
    const copy = join(folder, 'copy.db');
    for (const ending of copied) {
      if (ending !== '' && statSync(`${path}${ending}`, { throwIfNoEntry: false }) === undefined) continue;
      copyFileSync(`${path}${ending}`, `${copy}${ending}`);
      chmodSync(`${copy}${ending}`, 0o600);
    }
    return { path: copy, remove };
  } catch (error) {
    remove();
    throw copyFailure(error, name);
  }
}
