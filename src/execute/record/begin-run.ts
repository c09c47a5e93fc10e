import { clock, type Op } from '../../bridge/index.ts';
import { createTables, insertAttempt, interruptOthers, noteFromLabel, readLedger } from '../../ledger/index.ts';
import { labelOf, type Step } from '../../plan/index.ts';
import type { RunContext } from '../../lock/run-context.ts';
import { migrationRow } from './ledger-row.ts';
import { compareNow } from '../prepare/read-state.ts';
import { stepsDue, type PlannedRun } from '../prepare/planned-run.ts';

/**
 * The run's first transaction: looks again under the lock, creates the tables if they are missing, settles the runs
 * that died, and writes that this one is under way. Returns the steps that are still due; none: nothing was written.
 * Errors: those of `stepsDue`.
 */
export function* beginRun(context: RunContext, planned: PlannedRun, runId: string): Op<readonly Step[]> {
  const { tables, layout } = context.ledger;
  const state = yield* readLedger(context.ledger);
  const comparison = compareNow(context, state);
  const steps = stepsDue(context, planned, comparison);
  const [first] = steps;
  if (first === undefined) return [];
  yield* createTables(context.ledger, state.exists);
  const now = new Date(yield* clock()).toISOString();
  yield* interruptOthers(tables.attempts, now);
  const attempt = { runId, startedAt: now } as const;
  for (const migration of comparison.implied) {
    const label = comparison.applied.get(migration.version)?.schemaVersion ?? undefined;
    yield* layout.insert(tables.migrations, migrationRow(migration, now, 0, label));
    yield* insertAttempt(
      tables.attempts,
      {
        ...attempt,
        version: migration.version,
        name: migration.name,
        direction: 'baseline',
        status: 'ok',
        finishedAt: now,
      },
      context,
    );
  }
  yield* insertAttempt(
    tables.attempts,
    {
      ...attempt,
      version: null,
      name: null,
      direction: first.direction,
      status: 'running',
      finishedAt: null,
    },
    context,
  );
  // A later rollback of that migration sets `schema_version` back to this.
  const isFirstLabel =
    steps.some((step) => step.direction === 'up' && step.label !== undefined) &&
    labelOf(comparison.applied) === undefined;
  if (isFirstLabel && state.schemaVersion !== undefined)
    yield* noteFromLabel(tables.attempts, runId, state.schemaVersion);
  return steps;
}
