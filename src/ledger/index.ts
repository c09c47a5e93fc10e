export type { AppliedMigration, Attempt, AttemptDirection, AttemptStatus, LayoutName, TableNames } from './types.ts';
export {
  type Ledger,
  type LedgerState,
  countRows,
  createLedger,
  createTables,
  isLedgerTable,
  hasNoContent,
  readContent,
  readLedger,
} from './ledger.ts';
export type { NewRow, RenumberedRow } from './layouts/layout.ts';
export {
  type AttemptEnd,
  type NewAttempt,
  type RunProgress,
  type Writer,
  finishRun,
  insertAttempt,
  insertAttempts,
  markInterrupted,
  lockHolder,
  markProgress,
  neededBackups,
  noteFromLabel,
  readAttempts,
  readProgress,
  removeRun,
  createAttempts,
  undoneByRestores,
} from './attempts.ts';
export {
  createRepeatableColumn,
  forgetRepeatable,
  markOutdated,
  outdated,
  readRepeatables,
  type RecordedRepeatable,
  type RepeatableState,
} from './repeatables.ts';
export { copyAttempts, hasRun, readAttemptRows } from './copy-attempts.ts';
export {
  clearRecordedSchema,
  isSchemaUnchanged,
  readRecordedSchema,
  schemaCookie,
  writeRecordedSchema,
  type RecordedSchema,
} from './recorded-schema.ts';
export { recordedFileName } from './layouts/filename.ts';
export { maxText } from './layouts/standard.ts';
export { ownSchemaVersion, restoreSchemaVersion, writeSchemaVersion } from './layouts/semver-layout.ts';
export { compareSemver, isSemver } from './semantic-version.ts';
export { isToolTable, type ForeignLedger } from './foreign.ts';
export { noteAdopted, readLastAdoption, readRolledBack, type AdoptedRecords } from './adopt/adopted.ts';
export { LastMoves, logFinder, readLastMoves } from './adopt/last-moves.ts';
export { keyOf } from './adopt/names.ts';
export { matchRecords, unchangedRepeatables, type MatchedRecord, type RecordMatch } from './adopt/match-records.ts';
export {
  describeRecords,
  halfDoneOf,
  findNamed,
  isNamed,
  readColumnUsage,
  readForeignTables,
  readNewestRow,
  readRecords,
  recordsToMake,
  type ForeignRecords,
} from './adopt/read-records.ts';
export type { ColumnUsage, Exported, RowValues, ToolRecord } from './adopt/tool-record.ts';
export { toolNames } from './adopt/tools.ts';
