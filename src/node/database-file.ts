import { lstatSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { latestOf, parseBackupName } from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import { brokenLinkReason } from './special-files.ts';

/** No SQLite database is smaller: 512 is the smallest page. */
const SMALLEST = 512;

export interface DatabaseFile {
  /** With symbolic links resolved: SQLite names the journal after the path it is given. */
  readonly path: string;
  readonly exists: boolean;
}

/**
 * Checks a database's file before SQLite opens it, and refuses files that SQLite would damage or misread.
 *
 * It never opens the file: closing a file drops every lock that the process has on it
 * (https://sqlite.org/howtocorrupt.html, 2.2), including those of the application's connections.
 *
 * Errors: `DATABASE_IS_DIRECTORY`, `DATABASE_FOLDER_MISSING`, `DATABASE_VANISHED`, `DATABASE_HARD_LINKED`,
 * `DATABASE_NOT_SQLITE`, `DATABASE_CANNOT_OPEN`.
 */
export function findDatabaseFile(path: string, name: string): DatabaseFile {
  try {
    refuseSideFile(path, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? missing(path, name) : present(realpathSync.native(path), name, stats);
  } catch (error) {
    throw accessError(error, name);
  }
}

/** SQLite would treat a database of that name as the other one's journal, roll it back, and delete it. */
function refuseSideFile(path: string, name: string): void {
  const main = path.replace(/-(?:journal|wal|shm)$/, '');
  if (main === path || statSync(main, { throwIfNoEntry: false }) === undefined) return;
  const reason = `that is the name of a file that SQLite keeps beside ${basename(main)}`;
  throw dunlinError('DATABASE_CANNOT_OPEN', { database: name, reason });
}

function present(path: string, name: string, stats: Stats): DatabaseFile {
  if (stats.isDirectory())
    throw dunlinError('DATABASE_IS_DIRECTORY', { database: name, example: join(name, 'app.db') });
  if (!stats.isFile())
    throw dunlinError('DATABASE_CANNOT_OPEN', { database: name, reason: 'it is not a regular file' });
  if (stats.nlink > 1) throw dunlinError('DATABASE_HARD_LINKED', { database: name, links: stats.nlink });
  if (stats.size === 0) refuseIfVanished(path, name, false);
  // SQLite treats a file of one byte as an empty database, and overwrites it.
  else if (stats.size < SMALLEST) throw dunlinError('DATABASE_NOT_SQLITE', { database: name, bytes: stats.size });
  return { path, exists: true };
}

function missing(path: string, name: string): DatabaseFile {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  // Another process has just created it.
  if (entry?.isSymbolicLink() === false) return findDatabaseFile(path, name);
  // SQLite would create a new database there.
  const reason = brokenLinkReason(path);
  if (reason !== undefined) throw dunlinError('DATABASE_CANNOT_OPEN', { database: name, reason });
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) {
    throw dunlinError('DATABASE_FOLDER_MISSING', { database: name, folder });
  }
  const real = join(realpathSync.native(folder), basename(path));
  refuseIfVanished(real, name, true);
  return { path: real, exists: false };
}

function refuseIfVanished(path: string, name: string, isMissing: boolean): void {
  const backups = `${path}-backups`;
  const wal = `${path}-wal`;
  const names = filesIn(backups);
  const isKept = names.length > 0;
  // SQLite deletes the WAL of an empty database, with all commits in it.
  if (!isKept && (statSync(wal, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw dunlinError('DATABASE_VANISHED', {
    database: name,
    missing: isMissing,
    evidence: isKept ? `${backups} holds backups of it` : `${wal} holds changes of it`,
    move: isKept ? backups : wal,
    backup: latestOf(names.flatMap((file) => parseBackupName(file)?.id ?? [])),
  });
}

function filesIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? entry.name : []));
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its path is too long',
};

function accessError(error: unknown, name: string): unknown {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) return error;
  return dunlinError('DATABASE_CANNOT_OPEN', { database: name, reason: reasons[code] ?? message }, { cause: error });
}
