export { findAllInvalid, linesOf, type InvalidObject } from './invalid-objects.ts';
export { engineNotes } from './prepare/engine-notes.ts';
export { planOfRun } from './prepare/plan-run.ts';
export { driftError, findDrift, checkDrift } from './prepare/drift.ts';
export { type State, readState } from './prepare/read-state.ts';
export { readSets } from './prepare/prepare.ts';
export { prepare, prepareMove, prepareRepeatable, throwProblems } from './prepare/prepare.ts';
export { findMalformed } from './malformed.ts';
export { migrationRow, rowsOf } from './record/record-step.ts';
export { writeSchema } from './record/record-schema.ts';
export { declaredBy, type DeclaredLosses } from './guards/declared-losses.ts';
export { TriggerClosure } from './guards/trigger-closure.ts';
export {
  noTable,
  otherTools,
  refused,
  type ExportedMigration,
  type ForeignTable,
  type Purpose,
} from './mirror/foreign-table.ts';
export { findMissing, Mirror, readMirror } from './mirror/mirror.ts';
export { openTable } from './mirror/open-table.ts';
export { RowHistory, type NamedChange, type RowPlace, type TableHistory } from './row-history.ts';
export { run } from './run.ts';
export { lossError, type Loss } from './guards/losses.ts';
export { toChecked } from './start-step.ts';
export { isDiskError } from './run-step.ts';
export { toDunlinError } from './statement-error.ts';
export { verifyRecorded } from './verify-recorded.ts';
