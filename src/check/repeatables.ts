import type { Op } from '../bridge/index.ts';
import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { findAllInvalid, linesOf, run } from '../execute/index.ts';
import { forgetRepeatable, readContent } from '../ledger/index.ts';
import type { RunContext } from '../lock/index.ts';
import type { Registry, SqlMigration } from '../migration/index.ts';
import { compareEffectively, countRows, driftLine, isVirtual, type Inventory } from '../schema/index.ts';
import { failureFinding } from './findings.ts';
import { applyTo } from './replay.ts';
import { catchFailure } from './round-trip.ts';
import { trialOptions } from './scratch.ts';

const where = 'a scratch database';

/**
 * Runs all migrations in an empty database, whose context this is, and each repeatable one twice: with its next change it
 * will run on what it has made. Reports those that fail, and those whose second run has another result.
 */
export function* checkRepeatables(context: RunContext): Op<readonly DunlinError[]> {
  const { repeatables = [], migrations } = context.registry;
  if (repeatables.length === 0) return [];
  // `check` itself reports migrations that cannot be applied to a new database.
  const failed = yield* catchFailure(context, () => applyTo(context, migrations.at(-1)?.version ?? 0));
  if (failed !== undefined) return [];
  const known = new Set((yield* findAllInvalid(context)).map(({ line }) => line));
  const found: DunlinError[] = [];
  for (const migration of repeatables) {
    const only = onlyRepeatable(context, migration);
    const first = yield* catchFailure(context, () => run(only, { kind: 'up' }));
    if (first !== undefined) found.push(failureFinding('FAILS_ON_EMPTY', { migration, error: first }, where));
    else found.push(...(yield* runAgain(only, migration)));
  }
  const invalid = (yield* findAllInvalid(context)).filter(({ line }) => !known.has(line));
  if (invalid.length > 0) found.push(dunlinError('OBJECTS_INVALID', { where, lines: linesOf(invalid) }));
  return found;
}

function* runAgain(context: RunContext, migration: SqlMigration): Op<readonly DunlinError[]> {
  const details = { migration: refOf(migration) };
  const before = yield* readState(context);
  yield* forgetRepeatable(context.ledger.tables.attempts, migration.name);
  const again = yield* catchFailure(context, () => run(context, { kind: 'up' }));
  if (again !== undefined) {
    const { location, source } = again;
    const facts = { id: migration.id, reason: again.message };
    return [dunlinError('REPEATABLE_ONCE', facts, { ...details, location, source, cause: again })];
  }
  const lines = differences(before, yield* readState(context));
  return lines.length === 0 ? [] : [dunlinError('REPEATABLE_DIFFERS', { id: migration.id, lines }, details)];
}

/** All versioned migrations, and this one. */
function onlyRepeatable(context: RunContext, migration: SqlMigration): RunContext {
  const registry: Registry = { ...context.registry, repeatables: [migration] };
  const { backups: _, drift: __, ...options } = context.options;
  return { ...context, registry, ledger: { ...context.ledger, registry }, options: { ...options, ...trialOptions } };
}

interface State {
  readonly inventory: Inventory;
  readonly counts: ReadonlyMap<string, number>;
}

function* readState({ ledger }: RunContext): Op<State> {
  const inventory = yield* readContent(ledger);
  const counts = new Map<string, number>();
  for (const { name, sql } of inventory.tables.values()) if (!isVirtual(sql)) counts.set(name, yield* countRows(name));
  return { inventory, counts };
}

function differences(before: State, after: State): readonly string[] {
  const rows = [...after.counts].flatMap(([table, count]) => {
    const was = before.counts.get(table) ?? count;
    return was === count ? [] : [`${table}: ${was} rows before, ${count} after`];
  });
  return [...compareEffectively(before.inventory, after.inventory).map(driftLine), ...rows];
}
