import { isSqlError, script, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { readInventory, type Inventory } from '../schema/index.ts';
import { splitStatements } from '../sql/index.ts';
import { isLedgerTable } from '../ledger/index.ts';
import type { RunContext } from '../execute/index.ts';

/**
 * Runs the statements of a file in an empty database, whose context this is, and returns the schema that they make.
 * Errors: `SCHEMA_FILE_FAILED`, with the line.
 */
export function* loadSchema({ ledger }: RunContext, file: string, text: string): Op<Inventory> {
  // Rows of a dump may come before those that they refer to.
  yield* script('PRAGMA foreign_keys = OFF');
  for (const [index, { sql, line, column, offset }] of splitStatements(text).entries()) {
    try {
      yield* script(sql);
    } catch (error) {
      if (!isSqlError(error)) throw error;
      const location = { file, line, column, offset, statement: index + 1 };
      throw dunlinError(
        'SCHEMA_FILE_FAILED',
        { file, line, reason: error.message },
        { location, source: text, cause: error },
      );
    }
  }
  return yield* readInventory((table) => isLedgerTable(ledger, table));
}
