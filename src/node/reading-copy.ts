import { chmodSync, closeSync, copyFileSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { dunlinError, thrownReason } from '../errors/index.ts';
import { isOpen } from './process-files.ts';
import { mayAccess } from './side-files.ts';
import { makeTemporaryFolder, temporaryFull } from './temporary-folder.ts';

/** A copy of a database in a folder of its own, to be read instead of it. */
export interface ReadingCopy {
  readonly path: string;
  /** Removes it, once it is closed. */
  remove(): void;
}

/** What is copied: the database and its log. The index of the log, `-shm`, is made anew from it. */
const copied = ['', '-wal'] as const;
/** An application that begins to write meanwhile makes both files; one that goes on without does not let us read. */
const attempts = 3;

/**
 * A copy of a database that is in WAL mode and lacks its `-wal` or `-shm`, made without leaving anything beside it.
 * Without a `-shm` nobody is connected, so the file and its log hold all that was committed; if either changes while it
 * is copied, it is copied again. Undefined if SQLite would make no file: in another journal mode, or with both files
 * there. Errors: `COPY_FAILED`, `TEMPORARY_FOLDER_FULL`. `copy` is for tests.
 */
export function copyToRead(path: string, name: string, copy: typeof copyFiles = copyFiles): ReadingCopy | undefined {
  const isUnused = isOpen(path, 'self') === false;
  // Copying closes the file, which drops this process's locks on it (sqlite.org/howtocorrupt.html, 2.2). A process that
  // cannot write it has none that matter while there is no `-shm`.
  if (!isUnused && mayAccess(path, 'W_OK')) return undefined;
  for (let left = attempts; left > 0; left--) {
    const before = stateOf(path);
    if (before.isComplete || !isInWalMode(path, isUnused)) return undefined;
    const made = copy(path, name);
    if (stateOf(path).facts === before.facts) return made;
    made.remove();
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

/** The header says so at 18 and 19 (sqlite.org/fileformat.html, section 1.3.3). */
function isInWalMode(path: string, isUnused: boolean): boolean {
  const header = new Uint8Array(20);
  const descriptor = openSync(path, 'r');
  readSync(descriptor, header, 0, header.length, 0);
  // Closing it would drop the locks of a connection that the process may have: then it stays open.
  if (isUnused) closeSync(descriptor);
  return header[18] === 2 && header[19] === 2;
}

function copyFiles(path: string, name: string): ReadingCopy {
  let folder: string | undefined;
  const remove = (): void => {
    process.off('exit', remove);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // Not every application closes its connections before it ends.
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
    throw (
      temporaryFull(error) ??
      dunlinError('COPY_FAILED', { database: name, reason: thrownReason(error) }, { cause: error })
    );
  }
}
