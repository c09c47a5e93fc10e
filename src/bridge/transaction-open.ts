import { inTransaction, script, type Op } from './request.ts';
import { isSqlError } from './sql-error.ts';

/**
 * Whether a transaction is open. A driver that cannot tell (node:sqlite before Node 22.16, some applications' bridges)
 * is asked with a BEGIN, which SQLite refuses inside a transaction. Throws the error of a BEGIN that failed for another
 * reason: a lock, a damaged file or an interrupt says nothing about a transaction.
 */
export function* isTransactionOpen(): Op<boolean> {
  const open = yield* inTransaction();
  if (open !== undefined) return open;
  try {
    yield* script('BEGIN');
  } catch (error) {
    if (isSqlError(error) && error.primary === 'SQLITE_ERROR' && refusal.test(error.message)) return true;
    throw error;
  }
  yield* script('ROLLBACK');
  return false;
}

/** SQLite's words (src/vdbe.c, OP_AutoCommit). There is no result code of their own; drivers may put words around them. */
const refusal = /cannot start a transaction within a transaction/;
