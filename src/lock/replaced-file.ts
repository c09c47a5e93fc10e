import { folderOf } from '../backup/index.ts';
import { file, isSqlError, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, isSystemError, type DunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';

/** `begin`: the transaction has done nothing yet; `before` its COMMIT, so that it is rolled back; or `after` it. */
export type Moment = 'begin' | 'before' | 'after';

/** What is at a path: nothing, or a file with its identity, if the system reports that. */
type FileAtPath = { readonly identity: string | undefined } | undefined;

/**
 * Remembers which file the connection has open. If that file is renamed or removed, SQLite still writes to it, so that
 * what it commits is in a file with another name or none (sqlite.org/howtocorrupt.html, section 2.4). `refuseReplaced`
 * notices that. Call this before the first question to a user: earlier calls notice more.
 */
export function* rememberFile(context: RunContext): Op<void> {
  const { opened, canBackUp } = context;
  const path = canBackUp && opened.database === undefined ? context.path() : undefined;
  if (path !== undefined) opened.database = (yield* readIdentity(path))?.identity;
}

/**
 * `refuseReplaced` at the beginning of a transaction. From here on the write-ahead log must stay the same too: the
 * connection keeps it open until it leaves WAL mode, so it has to exist. Errors: `DATABASE_REPLACED`.
 */
export function* refuseReplacedBefore(context: RunContext, isWal: boolean): Op<void> {
  const { opened, canBackUp } = context;
  opened.log = undefined;
  yield* rememberFile(context);
  yield* refuseReplaced(context, 'begin');
  const log = isWal && canBackUp ? logOf(context) : undefined;
  if (log === undefined) return;
  const found = yield* readIdentity(log);
  if (found === undefined && (yield* isReadInCopy(context))) return;
  if (found === undefined) throw replacedError(context, log, 'log', 'begin');
  opened.log = found.identity;
}

/**
 * Compares the files at the paths of the database and of its log with those that the connection has open. Call it under
 * the write lock: no program that uses SQLite removes either then. Errors: `DATABASE_REPLACED`.
 */
export function* refuseReplaced(context: RunContext, moment: Moment): Op<void> {
  const error = yield* findReplaced(context, moment);
  if (error !== undefined) throw error;
}

/** Errors about files, which a replaced file may cause. */
const ofFiles = /^(?:DATABASE|DISK|LOCK_FILE|BACKUP)_(?!REPLACED)/;

/** `DATABASE_REPLACED`, with how far a run came, if that may have caused the error; else the error. */
export function* preferReplacedError(context: RunContext, error: unknown): Op<unknown> {
  if (!isSqlError(error) && !(isDunlinError(error) && ofFiles.test(error.code))) return error;
  const found = yield* findReplaced(context, 'before');
  if (found === undefined || !isDunlinError(error)) return found ?? error;
  const { migration, applied, failed, pending, backup } = error;
  return found.with({ cause: error, migration, applied, failed, pending, backup });
}

function* findReplaced(context: RunContext, moment: Moment): Op<DunlinError | undefined> {
  const { opened, canBackUp } = context;
  const path = canBackUp && opened.database !== undefined ? context.path() : undefined;
  if (path === undefined) return undefined;
  const database = yield* readIdentity(path);
  if (database === undefined) return replacedError(context, path, 'nothing', moment);
  if (differs(database, opened.database)) return replacedError(context, path, 'another', moment);
  const log = opened.log === undefined ? undefined : logOf(context);
  if (log === undefined) return undefined;
  return differs(yield* readIdentity(log), opened.log) ? replacedError(context, log, 'log', moment) : undefined;
}

function replacedError(
  { database }: RunContext,
  path: string,
  found: 'nothing' | 'another' | 'log',
  moment: Moment,
): DunlinError {
  return dunlinError('DATABASE_REPLACED', { database, path, found, moment });
}

function differs(found: FileAtPath, identity: string | undefined): boolean {
  return found === undefined || (found.identity !== undefined && found.identity !== identity);
}

/** Whether this user may not write the database or its folder, and so reads a copy: then there is no log beside it. */
function* isReadInCopy(context: RunContext): Op<boolean> {
  const path = context.file();
  if (path === undefined) return false;
  return !(yield* file('mayWrite', path)) || !(yield* file('mayWrite', folderOf(path)));
}

function logOf(context: RunContext): string | undefined {
  const path = context.file();
  return path === undefined ? undefined : `${path}-wal`;
}

/** A file that the system does not let this user read has no identity, so that it is not compared. */
function* readIdentity(path: string): Op<FileAtPath> {
  try {
    const facts = yield* file('stat', path);
    return facts === undefined ? undefined : { identity: facts.identity };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { identity: undefined };
  }
}
