export type {
  Comparison,
  Plan,
  MirroredTable,
  PlannedBackup,
  PlannedRebuild,
  PlannedStatement,
  PlanStep,
  Repeatable,
  Touches,
  TransformedColumn,
} from './types.ts';
export { compare } from './compare-applied.ts';
export { goneFile, isReplaced, rollbackProblems } from './compare-squashes.ts';
export {
  type Goal,
  type Move,
  firstStale,
  highest,
  labelOf,
  migrationOf,
  pendingRefs,
  pendingTo,
  selectMoves,
  unknownVersion,
} from './select-moves.ts';
export {
  type Step,
  type StepGroup,
  buildStep,
  continuesInOrder,
  groupSteps,
  isExpected,
  isReversible,
  stepInSet,
  atomicUnits,
} from './step.ts';
export type { Batch } from './batch.ts';
export { type StepStatement, applyPolicy } from './policy.ts';
export {
  compareRepeatable,
  touchedBy,
  dueRepeatables,
  makerOf,
  reachesNewest,
  removedRepeatables,
} from './repeatables.ts';
export { rebuildsKeep, type KeptParts } from './rebuilds-option.ts';
export { readable } from './readable.ts';
export { fileOf, repairedTogether } from './find-files.ts';
export { rollbackCommand, commandOf, remainingGoal, selectAgain } from './select-again.ts';
export { type DeclaredSet, type MigrationSet, inSets, resolveSets, setOf } from './migration-sets.ts';
export { splitProblems } from './split-sets.ts';
export { destructiveProblems } from './declared-losses.ts';
export { head, locationOf } from './source-location.ts';
export { pragmaPolicy } from './pragmas.ts';
export { ignoredNotes, misleadingProblems, unfilledProblems } from './file-problems.ts';
export { summarize, toPlan, touchesOf, type PlanFrame } from './to-plan.ts';
