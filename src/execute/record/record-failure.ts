import { clock, type Op } from '../../bridge/index.ts';
import type { DunlinError } from '../../errors/index.ts';
import { insertAttempt } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import type { RunContext } from '../../lock/run-context.ts';

/** Writes that an attempt failed, and why, after what it did was rolled back. */
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
