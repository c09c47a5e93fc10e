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

/** A copy to be written. */
export interface CopyRequest {
  /** The connection that reads the database; no transaction is open on it. */
  readonly source: DatabaseBridge;
  /** Where nothing is, or an empty file. */
  readonly target: string;
  /** The file with whose permissions the copy is made; one that is missing gives it to this user alone. */
  readonly like: string;
  /** Whether the run is synchronous: then SQLite's backup API, which works beside the thread, is out of reach. */
  readonly sync: boolean;
}

/**
 * Writes a copy of a database. VACUUM INTO reads one consistent state, whatever else is going on; where the schema is in
 * its way, the pages are copied as they are.
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
 * Whether it is the schema, or an index that lacks rows, that VACUUM stumbles over: it runs every statement of the
 * schema again, as a new one (sqlite.org/lang_vacuum.html). Texts in double quotes are accepted where they are read from
 * the file, and refused in a new statement (sqlite.org/quirks.html, section 8).
 */
function isOfSchema(error: unknown): error is SqlError {
  return (
    isSqlError(error) &&
    (error.primary === 'SQLITE_CONSTRAINT' || /string literal in single-quotes/.test(error.message))
  );
}

/** Copies page by page with SQLite's backup API, which reads no schema. It works beside the thread. */
function* copyPages(source: DatabaseBridge, target: string, otherwise: SqlError): Op<void> {
  if ((yield* copyInto(source, target)) === undefined) throw otherwise;
  const copy = yield* connect(target);
  if (copy === undefined) throw otherwise;
  try {
    // The copy of a database in WAL mode is in it as well, and would have files beside it.
    yield* queryOn(copy, 'PRAGMA journal_mode = DELETE');
  } finally {
    yield* disconnect(copy);
  }
}
