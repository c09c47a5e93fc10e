import type { Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import { readContent, readRecordedSchema, type LedgerState, isSchemaUnchanged } from '../../ledger/index.ts';
import { compareEffectively, driftLine, type ObjectChange } from '../../schema/index.ts';
import type { RunContext } from '../../lock/run-context.ts';

/**
 * How the schema differs from the recorded one: what something else than a migration has changed. Empty if nothing is
 * recorded yet.
 */
export function* findDrift(context: RunContext, { exists, problems }: LedgerState): Op<readonly ObjectChange[]> {
  // Another tool's table has no record.
  if (!exists.records || problems.length > 0) return [];
  const recorded = yield* readRecordedSchema(context.ledger.tables.attempts);
  if (recorded === undefined) return [];
  const actual = yield* readContent(context.ledger);
  return compareEffectively(recorded.schema, actual);
}

/** What a run reports about drift: an error that stops it, or a note. */
export interface DriftResult {
  readonly differences: readonly string[];
  readonly problems: readonly DunlinError[];
  readonly notes: readonly string[];
}

/**
 * The drift that a run reports. Trusts SQLite's count of schema changes, so that an application's start does not read the
 * whole schema. It misses an edit of sqlite_schema itself (sqlite.org/pragma.html#pragma_writable_schema).
 */
export function* checkDrift(context: RunContext, state: LedgerState): Op<DriftResult> {
  const counted = state.exists.records && state.problems.length === 0;
  if (!counted || (yield* isSchemaUnchanged(context.ledger.tables.attempts)))
    return { differences: [], problems: [], notes: [] };
  const drift = yield* findDrift(context, state);
  const differences = drift.map(driftLine);
  if (drift.length === 0) return { differences, problems: [], notes: [] };
  return context.options.drift === 'error'
    ? { differences, problems: [driftError(context, drift)], notes: [] }
    : { differences, problems: [], notes: [note(differences)] };
}

/** One error for the whole drift. */
export function driftError({ database }: RunContext, drift: readonly ObjectChange[]): DunlinError {
  return dunlinError('SCHEMA_DRIFT', { database, differences: drift.map(driftLine) });
}

function note(differences: readonly string[]): string {
  const more = differences.length > 3 ? `; and ${differences.length - 3} more` : '';
  return `the schema is not as it was recorded: ${differences.slice(0, 3).join('; ')}${more} (\`dunlin status\` shows it, \`dunlin repair --schema\` accepts it)`;
}
