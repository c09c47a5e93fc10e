import { folderOf } from '../backup/index.ts';
import { file, isSqlError, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';

/** `begin`: the transaction has done nothing yet; `before` its COMMIT, so that it is rolled back; or `after` it. */
export type Moment = 'begin' | 'before' | 'after';

/** What lies at a path: nothing, or a file with its identity where that can be told. */
type FileAtPath = { readonly identity: string | undefined } | undefined;

/**
 * Remembers which file the connection has open. SQLite goes on working on that file whatever becomes of its name: what
 * it commits then is in a file that has another name, or none (sqlite.org/howtocorrupt.html, section 2.4).
 * `refuseReplaced` notices. Call it before the first question to a user: the sooner, the more is noticed.
 */
export function* rememberFile(context: RunContext): Op<void> {
  const { opened, canBackUp } = context;
  const path = canBackUp && opened.database === undefined ? context.path() : undefined;
  if (path !== undefined) opened.database = (yield* readIdentity(path))?.identity;
}

/**
 * `refuseReplaced` at the beginning of a transaction. From here on the write-ahead log must stay what it is as well: the
 * connection keeps it open until it leaves WAL mode, so there has to be one. Errors: `DATABASE_REPLACED`.
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
 * the write lock, where nobody who works through SQLite removes either. Errors: `DATABASE_REPLACED`.
 */
export function* refuseReplaced(context: RunContext, moment: Moment): Op<void> {
  const error = yield* findReplaced(context, moment);
  if (error !== undefined) throw error;
}

/** Errors about files: a file that was replaced makes some of them. */
const ofFiles = /^(?:DATABASE|DISK|LOCK_FILE|BACKUP)_(?!REPLACED)/;

/** `DATABASE_REPLACED` in place of an error that may come of it, with how far a run got. */
export function* preferReplacedError(context: RunContext, error: unknown): Op<unknown> {
  if (!isSqlError(error) && !(isDunlinError(error) && ofFiles.test(error.code))) return error;
  const found = yield* findReplaced(context, 'before');
  if (found === undefined || !isDunlinError(error)) return found ?? error;
  const { migration, applied, failed, pending, backup } = error;
  return found.with({
    cause: error,
    ...(migration && { migration }),
    ...(applied && { applied }),
    ...(failed && { failed }),
    ...(pending && { pending }),
    ...(backup && { backup }),
  });
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

/** Who may not write the database, or its folder, reads a copy of it: there is no log beside the database. */
function* isReadInCopy(context: RunContext): Op<boolean> {
  const path = context.file();
  if (path === undefined) return false;
  return !(yield* file('mayWrite', path)) || !(yield* file('mayWrite', folderOf(path)));
}

function logOf(context: RunContext): string | undefined {
  const path = context.file();
  return path === undefined ? undefined : `${path}-wal`;
}

/** What the system does not let this user look at is not compared. */
function* readIdentity(path: string): Op<FileAtPath> {
  try {
    const facts = yield* file('stat', path);
    return facts === undefined ? undefined : { identity: facts.identity };
  } catch (error) {
    if ((error as { syscall?: unknown }).syscall === undefined) throw error;
    return { identity: undefined };
  }
}
