import { isThenable, type Op } from '../../bridge/index.ts';
import { dunlinError, shown } from '../../errors/index.ts';
import type { RebuildResult, TableChanges } from '../../migration/index.ts';
import { collectChanges, rebuildTable, type RebuildHost } from '../../rebuild/index.ts';
import type { SqlStatement } from '../../sql/index.ts';
import { checkStatements } from './check-statements.ts';
import type { RunningStep } from '../run-statement.ts';
import type { RunContext } from '../../lock/index.ts';

/** `db.rebuildTable`: collects the changes, and runs them as statements that the loss detector measures. */
export function* rebuildInCode(
  running: RunningStep,
  verify: RunContext['options']['verify'],
  table: unknown,
  define: unknown,
): Op<RebuildResult> {
  const { id, direction, ownTables } = running.step;
  const place = { id, direction, table: typeof table === 'string' ? table : shown(table) };
  const refuse = (fact: string): Error => dunlinError('REBUILD_INVALID', { ...place, fact });
  if (typeof table !== 'string') throw refuse('rebuildTable() needs the name of a table');
  if (typeof define !== 'function') throw refuse('rebuildTable() needs a function that says what is to change');
  const { builder, changes, close } = collectChanges(place);
  const returned: unknown = (define as (table: TableChanges) => unknown)(builder);
  close();
  if (isThenable(returned)) {
    returned.then(undefined, () => undefined);
    throw refuse('the function that says what is to change cannot be async');
  }
  yield* running.assertInTransaction();
  let begun = false;
  const host: RebuildHost = {
    *run(sql) {
      begun = true;
      const entries = checkStatements(running, sql, false);
      // With a comment behind the statement: SQLite stores that of an index.
      for (const entry of entries)
        yield* running.run(entries.length > 1 ? entry : { ...entry, statement: withSql(entry.statement, sql) });
    },
    *reportStatement(sql) {
      for (const entry of checkStatements(running, sql, false)) {
        yield* running.detector.before(entry);
        yield* running.detector.after(entry);
      }
    },
    reportCheck: (name, check) => running.detector.rebuildChecked(name, check),
    compareAll: verify === 'full',
    foreignKeys: running.step.foreignKeys,
    alwaysOn: running.step.alwaysOn === true,
    ownTables,
  };
  try {
    return yield* rebuildTable(changes, place, host);
  } catch (error) {
    // A code migration that catches this and continues would commit half of a rebuild.
    if (begun) running.fail(error);
    throw error;
  }
}

/** A copy of a statement with another text. A spread would leave out `tokens`, a getter of its class. */
function withSql({ line, column, offset, tokens }: SqlStatement, sql: string): SqlStatement {
  return { line, column, offset, sql, tokens };
}
