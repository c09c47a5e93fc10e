import { clock, type Op } from '../../bridge/index.ts';
import {
  createRepeatableColumn,
  createTables,
  insertAttempt,
  markInterrupted,
  noteFromLabel,
  readLedger,
  finishRun,
  removeRun,
} from '../../ledger/index.ts';
import { labelOf, type Step } from '../../plan/index.ts';
import { migrationRow } from './record-step.ts';
import { compareNow } from '../prepare/read-state.ts';
import { stepsDue, type PlannedRun } from '../prepare/planned-run.ts';
import type { DunlinError } from '../../errors/index.ts';
import type { RunContext } from '../../lock/index.ts';

/**
 * The run's first transaction: reads again under the lock, creates the tables if they are missing, marks the runs that
 * died, and records that this one is under way. Returns the steps that are still due; if there are none, writes nothing.
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
  const isSeeding = context.ledger.seeds === true;
  if (!isSeeding && state.exists.repeatables !== true && steps.some(({ repeatable }) => repeatable !== undefined))
    yield* createRepeatableColumn(tables.attempts);
  const now = new Date(yield* clock()).toISOString();
  yield* markInterrupted(tables.attempts, now);
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
      direction: isSeeding ? 'seed' : first.direction,
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

/** Records that an attempt failed, and why, after it was rolled back. */
export function* recordFailure(context: RunContext, runId: string, step: Step, error: DunlinError): Op<void> {
  const now = new Date(yield* clock()).toISOString();
  yield* insertAttempt(
    context.ledger.tables.attempts,
    {
      runId,
      version: step.version,
      name: step.name,
      direction: step.direction,
      status: 'failed',
      startedAt: now,
      finishedAt: now,
      statement: error.location?.statement ?? null,
      errorCode: error.code,
      error: error.message,
    },
    context,
  );
}

/** How a run ended. */
export type AttemptResult =
  | { readonly status: 'ok' }
  | { readonly status: 'failed'; readonly error: DunlinError }
  | { readonly status: 'interrupted' };

/** Records how a run ended, and its backup. Without an end, removes its row: it found nothing left to do. */
export function* finishAttempt(
  context: RunContext,
  runId: string,
  end: AttemptResult | undefined,
  backup: string | undefined,
): Op<void> {
  const { attempts } = context.ledger.tables;
  if (end === undefined) return yield* removeRun(attempts, runId);
  const finishedAt = new Date(yield* clock()).toISOString();
  const error = end.status === 'failed' ? end.error : undefined;
  yield* finishRun(attempts, runId, {
    status: end.status,
    finishedAt,
    backup: backup ?? null,
    errorCode: error?.code ?? null,
    error: error?.message ?? null,
  });
}
