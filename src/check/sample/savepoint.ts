import { isSqlError, script, type Op } from '../../bridge/index.ts';

const savepoint = 'dunlin_sample';

/** RAISE(ROLLBACK) in a trigger, or ON CONFLICT ROLLBACK, has ended the transaction. */
export class TransactionEnded extends Error {
  readonly table: string;

  constructor(table: string, reason: string) {
    super(reason);
    this.table = table;
  }
}

/**
 * Runs a change of a table in a savepoint, and rolls it back if SQLite refuses it or if it returns a reason. Returns the
 * reason. Throws `TransactionEnded` if the savepoint is gone.
 */
export function* withSavepoint(table: string, change: () => Op<string | undefined>): Op<string | undefined> {
  yield* script(`SAVEPOINT ${savepoint}`);
  let reason: string | undefined;
  try {
    reason = yield* change();
  } catch (error) {
    if (!isSqlError(error)) throw error;
    reason = error.message;
  }
  try {
    if (reason !== undefined) yield* script(`ROLLBACK TO ${savepoint}`);
    yield* script(`RELEASE ${savepoint}`);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    throw new TransactionEnded(table, reason ?? error.message);
  }
  return reason;
}
