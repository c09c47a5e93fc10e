import type { Op } from '../bridge/index.ts';
import { look, run, toDunlinError, type RunContext } from '../execute/index.ts';
import { readContent } from '../ledger/index.ts';
import type { MigrationOutcome, TrialResult } from '../options.ts';
import { unknownVersion } from '../plan/index.ts';
import { countRows, isVirtual } from '../schema/index.ts';

/**
 * Tries one migration on a copy of the database: `context` is the copy's. What comes before it and is pending is
 * applied first; then it goes up, and down again if it can. One that is applied already goes down first.
 */
export function* tryMigration(context: RunContext, version: number): Op<TrialResult> {
  const migration = context.registry.get(version);
  if (migration === undefined) throw unknownVersion(version, context.registry);
  const ref = { version, name: migration.name };
  const notes: string[] = ['it was tried on a copy; the database itself was not touched'];
  const applied = (yield* look(context)).comparison.applied.has(version);
  const last = context.registry.migrations.filter((other) => other.version < version).at(-1);
  const lone: RunContext = {
    ...context,
    options: { ...context.options, outOfOrder: 'allow', otherTool: 'allow', emptyMigrations: 'allow', backup: 'off' },
  };
  if (applied) {
    const down = yield* run(lone, { kind: 'only', version, direction: 'down' });
    notes.push('it is applied already, so the copy took it back first');
    const result = yield* upAndCount(lone, version);
    return { migration: ref, ...result, down: down.applied[0], notes };
  }
  if (last !== undefined) {
    const before = yield* run(lone, { kind: 'up', to: last.version });
    if (before.applied.length > 0)
      notes.push(`before it, ${before.applied.map((outcome) => outcome.name).join(', ')} ran on the copy`);
  }
  const result = yield* upAndCount(lone, version);
  return { migration: ref, ...result, down: yield* downAgain(lone, version, notes), notes };
}

function* upAndCount(context: RunContext, version: number): Op<{ up: MigrationOutcome; rows: TrialResult['rows'] }> {
  const before = yield* countAll(context);
  const up = (yield* run(context, { kind: 'only', version, direction: 'up' })).applied[0];
  if (up === undefined) throw new TypeError(`migration ${version} did not run on the copy`);
  const after = yield* countAll(context);
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const rows = names
    .map((table) => ({ table, before: before.get(table), after: after.get(table) }))
    .filter((row) => row.before !== row.after);
  return { up, rows };
}

/** Down, if there is a way; that there is none is no failure of a trial. */
function* downAgain(context: RunContext, version: number, notes: string[]): Op<MigrationOutcome | undefined> {
  try {
    return (yield* run(context, { kind: 'only', version, direction: 'down' })).applied[0];
  } catch (error) {
    const reported = toDunlinError(error, context.database);
    if ((reported as { code?: unknown }).code !== 'CANNOT_ROLL_BACK') throw reported;
    notes.push('it cannot be rolled back, so only its way up was tried');
    return undefined;
  }
}

function* countAll(context: RunContext): Op<ReadonlyMap<string, number>> {
  const inventory = yield* readContent(context.ledger);
  const counts = new Map<string, number>();
  for (const table of inventory.tables.values())
    if (!isVirtual(table.sql)) counts.set(table.name, yield* countRows(table.name));
  return counts;
}
