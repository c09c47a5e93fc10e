import {
  closeSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { DatabaseBridge } from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import type { RehearsalDatabase, RehearsalPlace } from '../runner/index.ts';
import { nodeFiles } from './files.ts';
import { copyFailure } from './temporary-folder.ts';

/** How the folders of rehearsals begin; host and process follow, so that the next one knows which are left behind. */
const prefix = 'dunlin-rehearsal';
const host = hostname().replaceAll(/[^A-Za-z0-9.]/g, '_');

/** What the copies are made by. */
export interface RehearsalMeans {
  /** What messages call the database. */
  readonly database: string;
  readonly source: DatabaseBridge;
  /** Writes a copy of the source. */
  readonly write: (path: string) => Promise<void>;
  readonly open: (path: string) => DatabaseBridge | Promise<DatabaseBridge>;
  readonly functions: RunOptions['functions'];
}

/**
 * Makes two copies of a database in a folder of its own, and opens one of them: the second is a copy of the first, so that
 * both are of one moment and the database is read once. The folder is removed by `dispose`, or when the process exits. If
 * the process is killed, the next rehearsal in the same folder removes it. Errors: `REHEARSAL_NO_ROOM`,
 * `REHEARSAL_KEEP_EXISTS`, `REHEARSAL_KEEP_UNUSABLE`, `COPY_FAILED`, `TEMPORARY_FOLDER_FULL`.
 */
export async function makeRehearsalCopies(
  { database, source, write, open, functions = {} }: RehearsalMeans,
  { folder: parent = tmpdir(), keep }: RehearsalPlace,
): Promise<RehearsalDatabase> {
  if (keep !== undefined) claim(keep);
  let folder: string | undefined;
  const remove = (): void => {
    process.off('exit', remove);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    if (keep !== undefined) release(keep);
  };
  // The second Ctrl-C ends the process at once.
  process.once('exit', remove);
  try {
    removeLeftBehind(parent);
    const needed = 2 * (await bytesOf(source));
    const free = nodeFiles.freeBytes(parent);
    if (free < needed) throw dunlinError('REHEARSAL_NO_ROOM', { database, folder: resolve(parent), needed, free });
    folder = mkdtempSync(join(realpathSync(parent), `${prefix}-${host}-${process.pid}-`));
    const [before, copy] = [join(folder, 'before.db'), join(folder, 'copy.db')];
    const [mode] = await source.query('PRAGMA journal_mode', []);
    const started = performance.now();
    await write(before);
    const copyMs = Math.round(performance.now() - started);
    copyFileSync(before, copy, constants.COPYFILE_FICLONE);
    const bridge = await open(copy);
    for (const [name, body] of Object.entries(functions)) bridge.registerFunction?.(name, body);
    return {
      bridge,
      copy,
      before,
      copyMs,
      journalMode: String(mode?.['journal_mode']),
      keep: () => keepCopy(bridge, copy, keep),
      dispose: async () => {
        await bridge.close?.();
        remove();
      },
    };
  } catch (error) {
    remove();
    const own = ['LOCKED', 'TRANSACTION_OPEN', 'REHEARSAL_NO_ROOM'];
    if (isDunlinError(error) && own.includes(error.code)) throw error;
    throw copyFailure(error, database);
  }
}

async function bytesOf(source: DatabaseBridge): Promise<number> {
  const [row] = await source.query(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    [],
  );
  return Number(row!['bytes']);
}

async function keepCopy(bridge: DatabaseBridge, copy: string, keep: string | undefined): Promise<void> {
  if (keep === undefined) return;
  // In WAL mode its last pages are in the file beside it.
  await bridge.query('PRAGMA journal_mode = DELETE', []);
  await bridge.close?.();
  if ((bytesIn(keep) ?? 0) > 0) throw dunlinError('REHEARSAL_KEEP_EXISTS', { file: keep });
  try {
    renameSync(copy, keep);
  } catch {
    // To another file system.
    copyFileSync(copy, keep);
  }
}

/** Makes the file at the start, empty, so that a name which cannot be used is known before the rehearsal. */
function claim(file: string): void {
  if (/-(?:wal|shm|journal)$/.test(file)) {
    const reason = 'SQLite takes a file of that name for a part of another database';
    throw dunlinError('REHEARSAL_KEEP_UNUSABLE', { file, reason });
  }
  try {
    closeSync(openSync(file, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw dunlinError('REHEARSAL_KEEP_EXISTS', { file });
    throw dunlinError('REHEARSAL_KEEP_UNUSABLE', { file, reason: thrownReason(error) }, { cause: error });
  }
}

/** Removes the file if it is still as it was claimed. */
function release(file: string): void {
  if (bytesIn(file) === 0) rmSync(file, { force: true });
}

function bytesIn(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

/** Removes the folders of processes of this machine that are gone. */
function removeLeftBehind(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(`${prefix}-${host}-`)) continue;
    const pid = Number(/^(\d+)-/.exec(name.slice(`${prefix}-${host}-`.length))?.[1]);
    if (!Number.isInteger(pid) || isRunning(pid)) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // It is another user's.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled.
    return (error as { readonly code?: unknown }).code !== 'ESRCH';
  }
}
