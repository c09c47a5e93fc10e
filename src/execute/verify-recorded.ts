import { script, type Op } from '../bridge/index.ts';
import { isLedgerTable } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import { readBaseline } from './guards/run-baseline.ts';
import { startStep } from './start-step.ts';
import { verifyQueries, verifyStep } from './verification.ts';
import type { RunContext } from '../lock/index.ts';

const savepoint = 'dunlin_verification';

/**
 * Verifies a migration that is recorded without running. Call it in the transaction that records it. Always rolls back
 * what a verify() function writes.
 */
export function* verifyRecorded(step: Step, context: RunContext): Op<void> {
  if (step.verifyFunction === undefined) return yield* verifyQueries(step, 'refused');
  const baseline = yield* readBaseline((table) => isLedgerTable(context.ledger, table));
  const running = startStep(step, baseline, context);
  yield* script(`SAVEPOINT ${savepoint}`);
  try {
    yield* verifyStep(running, context, 'refused');
    yield* running.assertInTransaction();
    yield* script(`ROLLBACK TO ${savepoint}`);
    yield* script(`RELEASE ${savepoint}`);
  } catch (error) {
    yield* running.pragmas.restore(true);
    throw error;
  }
  yield* running.pragmas.restore(false);
}
