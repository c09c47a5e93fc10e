import type { Op } from '../bridge/index.ts';
import { checkOptions, dunlinError, plural } from '../errors/index.ts';
import { readState, run, throwProblems } from '../execute/index.ts';
import type { ConfirmOptions, Operation, RunContext, RunResult } from '../lock/index.ts';
import type { SqlMigration } from '../migration/index.ts';
import { head, locationOf, pendingRefs, summarize } from '../plan/index.ts';
import { countRows, isVirtual, readInventory } from '../schema/index.ts';
import { classify, nameKey } from '../sql/index.ts';
import { confirmChecks } from './redo.ts';

/** What seeding a database did. */
export interface SeedResult {
  /** The files that ran, in their order. */
  readonly files: readonly string[];
  /** The tables that their statements name as target, sorted by name, with their numbers of rows. */
  readonly rows: readonly { readonly table: string; readonly before: number; readonly after: number }[];
  readonly notes: readonly string[];
  /** The backup from before; undefined if none was made. */
  readonly backup: RunResult['backup'];
  readonly durationMs: number;
}

/**
 * Runs seeds in one transaction, with the guards of a migration: all of them or none. They run as repeatable migrations
 * that are always due and never recorded (`Ledger.seeds`). Errors: `SEED_REFUSED`, and those of a run.
 */
export function seed(seeds: () => readonly SqlMigration[], options: ConfirmOptions): Operation<SeedResult> {
  checkOptions(options, confirmChecks);
  return (context) => seedIn(context, seeds(), options);
}

function* seedIn(context: RunContext, seeds: readonly SqlMigration[], { confirm }: ConfirmOptions): Op<SeedResult> {
  const { comparison } = yield* readState(context);
  throwProblems(comparison.problems);
  const pending = pendingRefs(comparison);
  if (pending.length > 0)
    throw dunlinError('SEED_REFUSED', {
      fact: `${plural(pending.length, 'migration is', 'migrations are')} pending on ${context.database}, and seeds are written for the newest schema`,
      way: 'Apply them first: `dunlin up`.',
    });
  refuseSchemaChanges(seeds);
  const registry = { ...context.registry, repeatables: seeds };
  // `destructive`: a seed declares its losses in its own file. `signal`: it would stop between two seeds.
  const { destructive: _, signal: __, ...options } = context.options;
  const seeding: RunContext = {
    ...context,
    registry,
    ledger: { ...context.ledger, registry, seeds: true },
    // All or none, in one transaction. The other tool's table records migrations, and a seed is none.
    options: { ...options, atomic: 'run', commit: 'run', mirror: false },
  };
  const before = yield* countRowsOfTargets(seeds);
  const result = yield* run(seeding, { kind: 'up' }, confirm);
  const after = yield* countRowsOfTargets(seeds);
  return {
    // Every seed is due, so they ran in this order.
    files: result.applied.map((_outcome, i) => seeds[i]!.file),
    rows: [...after]
      .map(([table, count]) => ({ table, before: before.get(table) ?? 0, after: count }))
      .toSorted((a, b) => (a.table < b.table ? -1 : 1)),
    notes: result.notes,
    backup: result.backup,
    durationMs: result.durationMs,
  };
}

/** Seeds are not recorded, so in other databases, and in a replay, what they change in the schema would be missing. */
function refuseSchemaChanges(seeds: readonly SqlMigration[]): void {
  const temporary = new Set<string>();
  for (const { file, text, content } of seeds)
    for (const [index, statement] of content.up.statements.entries()) {
      const facts = classify(statement);
      if (facts.verb !== 'create' && facts.verb !== 'drop' && facts.verb !== 'alter') continue;
      const isTemporary =
        ('temporary' in facts && facts.temporary) ||
        facts.name.schema?.toLowerCase() === 'temp' ||
        [facts.name.name, ...('table' in facts ? [facts.table] : [])].some((name) => temporary.has(nameKey(name)));
      if (!isTemporary)
        throw dunlinError(
          'SEED_REFUSED',
          {
            fact: `${file} ${summarize(facts, head(statement)).replace(/:.*/s, '')}, and only a migration changes the schema`,
            way: 'Move the statement to a migration. A seed may create what is temporary.',
          },
          { location: locationOf(statement, file, index + 1), source: text },
        );
      temporary.add(nameKey(facts.name.name));
      if (facts.verb === 'alter' && facts.change.kind === 'rename-table') temporary.add(nameKey(facts.change.to));
    }
}

/** The numbers of rows of the tables that statements of seeds name as target; triggers may write others. */
function* countRowsOfTargets(seeds: readonly SqlMigration[]): Op<ReadonlyMap<string, number>> {
  const written = new Set(
    seeds.flatMap(({ content }) =>
      content.up.statements.flatMap((statement) => {
        const facts = classify(statement);
        return facts.verb === 'insert' || facts.verb === 'update' || facts.verb === 'delete'
          ? [nameKey(facts.name.name)]
          : [];
      }),
    ),
  );
  const counts = new Map<string, number>();
  for (const [key, { name, sql }] of (yield* readInventory(() => false)).tables)
    if (written.has(key) && !isVirtual(sql)) counts.set(name, yield* countRows(name));
  return counts;
}
