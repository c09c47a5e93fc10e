import { isLedgerTable } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import { declaredBy } from './guards/declared-losses.ts';
import type { RunBaseline } from './guards/run-baseline.ts';
import type { CheckedMigration } from './guards/checked-unit.ts';
import { LossDetector } from './guards/loss-detector.ts';
import { keeperOf } from './keep/rebuild-keeper.ts';
import { RunningStep } from './run-statement.ts';
import type { RunContext } from '../lock/index.ts';

/** A step with the detector that measures its statements. */
export function startStep(step: Step, baseline: RunBaseline, context: RunContext): RunningStep {
  return startUnit([step], baseline, context, { outOfSyncBefore: new Set(), undisturbed: false })[0]!;
}

/**
 * Steps of one set, with one detector that measures the statements of all: a loss that one of them declares is declared
 * for all. `outOfSyncBefore`: see `DetectorOptions`; `undisturbed`: see `isUndisturbed`.
 */
export function startUnit(
  steps: readonly Step[],
  baseline: RunBaseline,
  context: RunContext,
  { outOfSyncBefore, undisturbed }: { readonly outOfSyncBefore: ReadonlySet<string>; readonly undisturbed: boolean },
): readonly RunningStep[] {
  const declared = declaredBy(steps);
  const keeper = keeperOf(steps, declared);
  const detector = new LossDetector(baseline, steps.map(toChecked), {
    declared,
    leaveOut: (table) => isLedgerTable(context.ledger, table),
    compareValues: context.options.guards !== 'count',
    outOfSyncBefore,
    notKept: keeper?.notKept ?? new Map<string, string>(),
    keptOf: (table) => keeper?.keptOf(table) ?? [],
    recorder: context.recorder,
  });
  return steps.map((step) => new RunningStep(step, detector, keeper, undisturbed));
}

/** A step as the guards see it. */
export function toChecked(step: Step): CheckedMigration {
  return {
    version: step.version,
    name: step.name,
    id: step.id,
    direction: step.direction,
    foreignKeys: step.foreignKeys,
    alwaysOn: step.alwaysOn === true,
    code: step.migration?.kind === 'code',
    file: step.file,
    text: step.text,
    statements: step.statements,
  };
}
