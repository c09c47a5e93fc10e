export type {
  Plan,
  PlannedBackup,
  PlannedRebuild,
  PlannedStatement,
  PlanStep,
  Touches,
  TransformedColumn,
} from './types.ts';
export type { Comparison } from './compare.ts';
export type { Goal, Move } from './select.ts';
export type { Step, StepGroup } from './step.ts';
export type { Batch } from './batch.ts';
export type { StepStatement } from './policy.ts';
export { readable } from './readable.ts';
export { compare } from './compare.ts';
export { fileOf, repairedTogether } from './find-files.ts';
export { ignoredNotes } from './ignored.ts';
export { highest, labelOf, select, unknownVersion } from './select.ts';
export { backCommand, commandOf, restOf, selectAgain } from './select-again.ts';
export type { DeclaredSet, MigrationSet } from './sets.ts';
export { inSets, resolveSets, setOf } from './sets.ts';
export { continues } from './continues.ts';
export { splitProblems } from './split-sets.ts';
export { buildStep, groupSteps, stepInSet, unitsOf } from './step.ts';
export { head, locate } from './place.ts';
export { applyPolicy } from './policy.ts';
export { pragmaPolicy } from './pragmas.ts';
export { unfilledProblems } from './unfilled.ts';
export { describePlan, touchesOf, type PlanFrame } from './describe.ts';
