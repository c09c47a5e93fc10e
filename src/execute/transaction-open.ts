import { inTransaction, isSqlError, script, type Op } from '../bridge/index.ts';

/**
 * Whether a transaction is open. A driver that cannot tell (node:sqlite before Node 22.16, some applications' bridges)
 * is asked with a BEGIN, which SQLite refuses inside a transaction.
 */
export function* isTransactionOpen(): Op<boolean> {
  const open = yield* inTransaction();
  if (open !== undefined) return open;
  try {
    yield* script('BEGIN');
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return true;
  }
  yield* script('ROLLBACK');
  return false;
}
