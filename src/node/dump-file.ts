import {
  accessSync,
  constants,
  fchmodSync,
  fsyncSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { giveTo, nodeFiles, withFile } from './files.ts';
import { nodeHost } from './node-host.ts';
import { shownPath } from './messages.ts';
import { brokenLinkReason } from './special-files.ts';

/** What is at the path of a dump: nothing that matters, an earlier dump, or another file. */
export type DumpFileState = 'free' | 'dump' | 'foreign';

/** In the first line of every format. */
const mark = 'dunlin dump';

/**
 * Checks the file that a dump would overwrite. `database` is the dumped database; it is never opened, because closing it
 * would drop this process's locks on it. Errors: `DUMP_MISPLACED` for a file that must not be overwritten,
 * `DUMP_NOT_WRITTEN` if the folder is missing.
 */
export function inspectDumpFile(
  file: string,
  database: string | undefined,
  migrations: string,
  asMigration: boolean,
): DumpFileState {
  const path = resolve(file);
  const refuse = (what: string): Error => dunlinError('DUMP_MISPLACED', { file: shownPath(path), what });
  const stats = statSync(path, { throwIfNoEntry: false });
  if (database !== undefined && isOf(path, stats, resolve(database))) throw refuse('the database itself');
  // A first migration may be a dump, but not with Dunlin's own tables: every run would refuse it.
  const isMigration = /^\d/.test(basename(path)) && dirname(path) === resolve(migrations);
  if (isMigration && (stats !== undefined || !asMigration)) throw refuse('a migration, by its name and place');
  if (stats === undefined) {
    const link = brokenLinkReason(path);
    if (link !== undefined) throw dunlinError('DUMP_NOT_WRITTEN', { file: shownPath(path), reason: link, done: false });
    const folder = dirname(path);
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return 'free';
    const reason = `there is no folder ${shownPath(folder)}`;
    throw dunlinError('DUMP_NOT_WRITTEN', { file: shownPath(path), reason, done: false });
  }
  if (!stats.isFile()) throw refuse(stats.isDirectory() ? 'a folder' : 'not a regular file');
  const beginning = headOf(path);
  if (beginning.startsWith('SQLite format 3\0')) throw refuse('a database');
  return beginning === '' ? 'free' : beginning.includes(mark) ? 'dump' : 'foreign';
}

/**
 * Writes a dump; returns false if the file is up to date. A concurrent reader sees the old or the new file, and a crash
 * leaves one of them. Errors of the system are thrown unchanged.
 */
export function writeDumpFile(file: string, text: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  // A link stays; its target is written.
  const path = stats === undefined ? resolve(file) : realpathSync(file);
  if (stats !== undefined) {
    if (stats.size === new TextEncoder().encode(text).length && readFileSync(path, 'utf8') === text) return false;
    // Do not replace a read-only file, although that would be possible.
    accessSync(path, constants.W_OK);
  }
  const temporary = join(dirname(path), `.${basename(path)}.${nodeHost.randomId()}`);
  const write = (descriptor: number): void => {
    if (stats !== undefined) {
      giveTo(descriptor, path);
      fchmodSync(descriptor, stats.mode);
    }
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  };
  try {
    withFile(temporary, 'wx', write);
    replaceFile(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** A file that is a mount point cannot be replaced, so overwrite it. */
function replaceFile(from: string, to: string): void {
  try {
    nodeFiles.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    nodeFiles.overwrite(from, to);
  }
}

/** Whether a path is a database or one of SQLite's files beside it, also by another name. */
function isOf(path: string, stats: Stats | undefined, database: string): boolean {
  const base = statSync(database, { throwIfNoEntry: false });
  if (stats !== undefined && base !== undefined && stats.ino === base.ino && stats.dev === base.dev) return true;
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  const real = folder === undefined ? path : join(realpathSync(dirname(path)), basename(path));
  const own = base === undefined ? database : realpathSync(database);
  return ['', '-wal', '-shm', '-journal'].some((ending) => real === `${own}${ending}`);
}

function headOf(path: string): string {
  const bytes = new Uint8Array(200);
  return withFile(path, 'r', (file) => new TextDecoder().decode(bytes.subarray(0, readSync(file, bytes))));
}
