import { connect, disconnect, file, isBusy, isSqlError, scriptOn, type Op } from '../../bridge/index.ts';
import { dunlinError, shown, thrownReason } from '../../errors/index.ts';
import { literal } from '../../sql/index.ts';
import type { RunContext } from '../../lock/index.ts';

/**
 * Copies what is committed into a new file, by a second connection: VACUUM is not allowed inside a transaction
 * (sqlite.org/lang_vacuum.html). Errors: `BACKUP_TO_FAILED`.
 */
export function* copyCommitted(path: unknown, context: RunContext, id: string): Op<void> {
  const database = context.file();
  if (typeof path !== 'string' || path === '') throw refused(id, shown(path), 'it is not the path of a file');
  if (!context.canBackUp || database === undefined) throw refused(id, path, 'the database is in memory only');
  let isOurs = false;
  try {
    // The copy gets the permissions of the database. Fails if there is a file.
    yield* file('create', path, database);
    isOurs = true;
    yield* copy(path, id);
    yield* file('sync', path);
  } catch (error) {
    if (isOurs) for (const ending of ['', '-journal']) yield* file('remove', `${path}${ending}`);
    throw toRefused(error, id, path);
  }
}

function* copy(path: string, id: string): Op<void> {
  const source = yield* connect();
  if (source === undefined) throw refused(id, path, 'the driver opens no second connection');
  try {
    yield* scriptOn(source, `VACUUM INTO ${literal(path)}`);
  } finally {
    yield* disconnect(source);
  }
}

function refused(id: string, path: string, reason: string, cause?: unknown): Error {
  return dunlinError('BACKUP_TO_FAILED', { id, path, reason }, cause === undefined ? {} : { cause });
}

function toRefused(error: unknown, id: string, path: string): unknown {
  if (isBusy(error))
    return refused(
      id,
      path,
      'the migration has changed so much that SQLite lets nobody else read; call it first',
      error,
    );
  const isSystem = (error as { syscall?: unknown }).syscall !== undefined;
  return isSqlError(error) || isSystem ? refused(id, path, thrownReason(error), error) : error;
}
