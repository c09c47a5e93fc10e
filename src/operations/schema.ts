import { isSqlError, script, type Op } from '../bridge/index.ts';
import { checkOptions, dunlinError, isText, must } from '../errors/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { rebuildScript as writeRebuild } from '../rebuild/index.ts';
import type { Inventory } from '../schema/index.ts';
import { classify, splitStatements, type SqlStatement } from '../sql/index.ts';

/** The schema of the database, without Dunlin's own tables. Writes nothing. */
export function* readSchema({ ledger }: RunContext): Op<Inventory> {
  return yield* readContent(ledger);
}

/** The SQL of a rebuild that changes nothing yet. Writes nothing. */
export function rebuildScript(table: string): Operation<string> {
  checkOptions({ table }, { table: must('the name of a table', isText) }, ['table']);
  return ({ ledger }) => writeRebuild(table, [ledger.tables.migrations, ledger.tables.attempts]);
}

/**
 * Runs the statements of a file in an empty database, whose context this is, and returns the schema that they make.
 * Errors: `SCHEMA_FILE_FAILED`, with the line.
 */
export function* loadSchema({ ledger }: RunContext, file: string, text: string): Op<Inventory> {
  // Rows of a dump may come before those that they refer to.
  yield* script('PRAGMA foreign_keys = OFF');
  for (const [index, statement] of splitStatements(text).entries()) {
    const { sql, line, column, offset } = statement;
    const failure = (reason: string, cause?: unknown): Error =>
      dunlinError(
        'SCHEMA_FILE_FAILED',
        { file, line, reason },
        { location: { file, line, column, offset, statement: index + 1 }, source: text, cause },
      );
    if (leavesDatabase(statement)) throw failure('it reaches another file, and a schema is read here');
    try {
      yield* script(sql);
    } catch (error) {
      throw isSqlError(error) ? failure(error.message, error) : error;
    }
  }
  return yield* readContent(ledger);
}

function leavesDatabase(statement: SqlStatement): boolean {
  const facts = classify(statement);
  return facts.verb === 'attach' || (facts.verb === 'vacuum' && facts.into);
}
