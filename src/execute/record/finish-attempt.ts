import { clock, type Op } from '../../bridge/index.ts';
import type { DunlinError } from '../../errors/index.ts';
import { finishRun, removeRun } from '../../ledger/index.ts';
import type { RunContext } from '../../lock/run-context.ts';

/** How a run ended. */
export type AttemptResult =
  | { readonly status: 'ok' }
  | { readonly status: 'failed'; readonly error: DunlinError }
  | { readonly status: 'interrupted' };

/** Writes how the run ended, and the id of the backup it took. A run that found nothing left to do removes its row. */
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
