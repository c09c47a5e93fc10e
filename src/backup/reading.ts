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

/** Where a database is read: a connection, the run's own where none is named, and the name that the file has on it. */
export interface Reading {
  readonly on: DatabaseBridge | undefined;
  readonly schema: string;
}

const attached = 'dunlin_reading';

/**
 * Why a connection cannot read its file, where that may be for want of a key: one that Dunlin opens lacks the key of an
 * encrypted database if only the application's connection was given it. SQLite then says that the file is no database.
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
 * Reads a file through another connection than the run's. Where that one cannot, the file is attached to the run's own:
 * what is attached has the key of the main database, in SQLite3 Multiple Ciphers as in SQLCipher. Undefined if the
 * driver has no second connection.
 */
export function* readFile<T>(path: string, use: (reading: Reading) => Op<T>): Op<T | undefined> {
  const second = yield* connect(path);
  if (second === undefined) return undefined;
  let refusal: SqlError | undefined;
  try {
    refusal = yield* whyUnreadable(second);
    if (refusal === undefined) return yield* use({ on: second, schema: 'main' });
  } finally {
    yield* disconnect(second);
  }
  // What is attached inside a transaction cannot be detached before its end.
  if (yield* isTransactionOpen()) throw refusal;
  return yield* readAttached(path, use);
}

/** Reads a file through the run's own connection. */
export function* readAttached<T>(path: string, use: (reading: Reading) => Op<T>): Op<T> {
  yield* script(`ATTACH ${literal(path)} AS ${attached}`);
  try {
    return yield* use({ on: undefined, schema: attached });
  } finally {
    yield* script(`DETACH ${attached}`);
  }
}
