import {
  connect,
  copyInto,
  disconnect,
  file,
  isSqlError,
  queryOn,
  scriptOn,
  type DatabaseBridge,
  type Op,
  type SqlError,
} from '../bridge/index.ts';
import { literal } from '../sql/index.ts';

export interface CopyRequest {
  /** The connection that reads the database; no transaction is open on it. */
  readonly source: DatabaseBridge;
  /** A path without a file, or with an empty one. */
  readonly target: string;
  /** The copy gets the permissions of this file; if it is missing, only this user may read the copy. */
  readonly like: string;
  /** Whether the run is synchronous: then it cannot use SQLite's backup API, which is asynchronous in every driver. */
  readonly sync: boolean;
}

/**
 * Writes a copy of a database. VACUUM INTO reads one consistent state while others write. If it fails on the schema, the
 * pages are copied as they are.
 */
export function* copyDatabase({ source, target, like, sync }: CopyRequest): Op<void> {
  try {
    yield* scriptOn(source, `VACUUM INTO ${literal(target)}`);
  } catch (error) {
    if (sync || !isOfSchema(error)) throw error;
    for (const ending of ['', '-journal']) yield* file('remove', `${target}${ending}`);
    yield* file('create', target, like);
    yield* copyPages(source, target, error);
  }
}

/**
 * Whether VACUUM failed on the schema, or on an index that lacks rows: it runs every statement of the schema again
 * (sqlite.org/lang_vacuum.html). SQLite accepts texts in double quotes when it reads them from the file, and refuses them
 * in a new statement (sqlite.org/quirks.html, section 8).
 */
function isOfSchema(error: unknown): error is SqlError {
  return (
    isSqlError(error) &&
    (error.primary === 'SQLITE_CONSTRAINT' || /string literal in single-quotes/.test(error.message))
  );
}

/** Copies page by page with SQLite's backup API, which reads no schema and works outside the thread. */
function* copyPages(source: DatabaseBridge, target: string, otherwise: SqlError): Op<void> {
  if ((yield* copyInto(source, target)) === undefined) throw otherwise;
  const copy = yield* connect(target);
  if (copy === undefined) throw otherwise;
  try {
    // The copy of a database in WAL mode is in WAL mode too, and would have files beside it.
    yield* queryOn(copy, 'PRAGMA journal_mode = DELETE');
  } finally {
    yield* disconnect(copy);
  }
}
