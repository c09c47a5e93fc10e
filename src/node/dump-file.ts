import { realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { shownPath } from './messages.ts';
import { readHead } from './read-head.ts';
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
  withoutTracking: boolean,
): DumpFileState {
  const path = resolve(file);
  const refuse = (what: string): Error => dunlinError('DUMP_MISPLACED', { file: shownPath(path), what });
  const stats = statSync(path, { throwIfNoEntry: false });
  if (database !== undefined && isDatabaseFile(path, stats, resolve(database))) throw refuse('the database itself');
  // A dump may become the first migration (`withoutTracking`), but only without Dunlin's own tables: every run would refuse it.
  const isMigration = /^\d/.test(basename(path)) && dirname(path) === resolve(migrations);
  if (isMigration && (stats !== undefined || !withoutTracking)) throw refuse('a migration, by its name and place');
  if (stats === undefined) {
    const link = brokenLinkReason(path);
    if (link !== undefined) throw dunlinError('DUMP_NOT_WRITTEN', { file: shownPath(path), reason: link, done: false });
    const folder = dirname(path);
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return 'free';
    const reason = `there is no folder ${shownPath(folder)}`;
    throw dunlinError('DUMP_NOT_WRITTEN', { file: shownPath(path), reason, done: false });
  }
  const beginning = readHead(path, stats, refuse);
  return beginning === '' ? 'free' : beginning.includes(mark) ? 'dump' : 'foreign';
}

/** Whether a path is a database or one of SQLite's files beside it, also by another name. */
function isDatabaseFile(path: string, stats: Stats | undefined, database: string): boolean {
  const base = statSync(database, { throwIfNoEntry: false });
  if (stats !== undefined && base !== undefined && stats.ino === base.ino && stats.dev === base.dev) return true;
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  const real = folder === undefined ? path : join(realpathSync(dirname(path)), basename(path));
  const own = base === undefined ? database : realpathSync(database);
  return ['', '-wal', '-shm', '-journal'].some((ending) => real === `${own}${ending}`);
}
