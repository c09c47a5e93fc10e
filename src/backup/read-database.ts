import {
  connect,
  disconnect,
  isSqlError,
  isTransactionOpen,
  script,
  scriptOn,
  type DatabaseBridge,
  type Op,
  type SqlError,
} from '../bridge/index.ts';
import { literal } from '../sql/index.ts';

/** A database to read: its connection (undefined: the run's own), and its schema name there. */
export interface DatabaseRef {
  readonly connection: DatabaseBridge | undefined;
  readonly schema: string;
}

const attached = 'dunlin_attached';

/**
 * Why a connection cannot read its file, if it may lack a key: Dunlin's own connections lack the key of an encrypted
 * database if only the application's connection has it. SQLite then says that the file is no database.
 */
export function* whyUnreadable(on: DatabaseBridge): Op<SqlError | undefined> {
  try {
    // As a script: a prepared statement would keep this connection open in a driver that closes late.
    yield* scriptOn(on, 'SELECT 1 FROM main.sqlite_schema LIMIT 1');
    return undefined;
  } catch (error) {
    if (isSqlError(error) && error.primary === 'SQLITE_NOTADB') return error;
    throw error;
  }
}

/**
 * Reads a file through a second connection. If that one lacks the key, attaches the file to the run's own: an attached
 * file gets the key of the main database, in SQLite3 Multiple Ciphers as in SQLCipher. Undefined: the driver opens no
 * second connection.
 */
export function* readFile<T>(path: string, use: (database: DatabaseRef) => Op<T>): Op<T | undefined> {
  const second = yield* connect(path);
  if (second === undefined) return undefined;
  let refusal: SqlError | undefined;
  try {
    refusal = yield* whyUnreadable(second);
    if (refusal === undefined) return yield* use({ connection: second, schema: 'main' });
  } finally {
    yield* disconnect(second);
  }
  // A file that is attached inside a transaction cannot be detached before its end.
  if (yield* isTransactionOpen()) throw refusal;
  return yield* readAttached(path, use);
}

/** Reads a file through the run's own connection. */
export function* readAttached<T>(path: string, use: (database: DatabaseRef) => Op<T>): Op<T> {
  yield* script(`ATTACH ${literal(path)} AS ${attached}`);
  try {
    return yield* use({ connection: undefined, schema: attached });
  } finally {
    yield* script(`DETACH ${attached}`);
  }
}
