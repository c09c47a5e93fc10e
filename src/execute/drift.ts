import type { Op } from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import { isAsRecorded, isLedgerTable, readRecorded, type LedgerState } from '../ledger/index.ts';
import { compareSchemas, describeDrift, readInventory, type ObjectChange } from '../schema/index.ts';
import type { RunContext } from './context.ts';

/**
 * What of the schema is not as it was recorded: what somebody changed by other means than migrations. Nothing where
 * nothing was recorded yet.
 */
export function* findDrift(context: RunContext, { exists, problems }: LedgerState): Op<readonly ObjectChange[]> {
  // A table that is not Dunlin's tells nothing.
  if (!exists.records || problems.length > 0) return [];
  const recorded = yield* readRecorded(context.ledger.tables.attempts);
  if (recorded === undefined) return [];
  const actual = yield* readInventory((table) => isLedgerTable(context.ledger, table));
  return compareSchemas(recorded.schema, actual);
}

/**
 * The same, but it trusts SQLite's count of schema changes: an application's start, which nearly always finds nothing,
 * must not read the whole schema. An edit of sqlite_schema itself escapes it (sqlite.org/pragma.html#pragma_writable_schema).
 */
export function* findCountedDrift(context: RunContext, state: LedgerState): Op<readonly ObjectChange[]> {
  if (!state.exists.records || state.problems.length > 0) return [];
  return (yield* isAsRecorded(context.ledger.tables.attempts)) ? [] : yield* findDrift(context, state);
}

/** The error that stands for all of it. */
export function driftError({ database }: RunContext, drift: readonly ObjectChange[]): DunlinError {
  return dunlinError('SCHEMA_DRIFT', { database, differences: drift.map(describeDrift) });
}

/** The same for a run that goes on in spite of it. */
export function driftNote(drift: readonly ObjectChange[]): string {
  const told = drift.slice(0, 3).map(describeDrift);
  const more = drift.length > 3 ? `; and ${drift.length - 3} more` : '';
  return `the schema is not as it was recorded: ${told.join('; ')}${more} (\`dunlin status\` shows it, \`dunlin repair --schema\` accepts it)`;
}
