import { isLedgerTable } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { Declared } from './guards/declared.ts';
import type { RunBaseline } from './guards/baseline.ts';
import { LossDetector } from './guards/loss-detector.ts';
import { RunningStep } from './run-statement.ts';

/** A step with the detector that sees its statements. `staleBefore`: see `DetectorOptions`. */
export function startStep(
  step: Step,
  baseline: RunBaseline,
  context: RunContext,
  staleBefore: ReadonlySet<string> = new Set(),
): RunningStep {
  const migration = {
    version: step.version,
    name: step.name,
    id: step.id,
    direction: step.direction,
    foreignKeys: step.foreignKeys,
    code: step.migration?.kind === 'code',
    file: step.file,
    text: step.text,
    statements: step.statements,
  };
  const detector = new LossDetector(baseline, migration, {
    declared: new Declared(step.destructive),
    leaveOut: (table) => isLedgerTable(context.ledger, table),
    compareValues: context.options.guards !== 'count',
    staleBefore,
  });
  return new RunningStep(step, detector);
}
