import { isLedgerTable } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { Declared } from './guards/declared.ts';
import type { Guard } from './guards/guard.ts';
import { Watch } from './guards/watch.ts';
import { RunningStep } from './run-statement.ts';

/** A step with the guard that watches its statements. */
export function startStep(step: Step, guard: Guard, context: RunContext): RunningStep {
  const watched = {
    version: step.version,
    name: step.name,
    id: step.id,
    direction: step.direction,
    foreignKeys: step.foreignKeys,
    code: step.migration?.kind === 'code',
  };
  const leaveOut = (table: string): boolean => isLedgerTable(context.ledger, table);
  return new RunningStep(step, new Watch(guard, watched, new Declared(step.destructive), leaveOut));
}
