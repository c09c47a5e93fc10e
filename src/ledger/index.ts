export type { AppliedMigration, Attempt, AttemptDirection, AttemptStatus, LayoutName, TableNames } from './types.ts';
export {
  type Ledger,
  type LedgerState,
  countRows,
  createLedger,
  createTables,
  isLedgerTable,
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
  interruptOthers,
  lockHolder,
  markProgress,
  neededBackups,
  noteFromLabel,
  readAttempts,
  readProgress,
  removeRun,
  createAttempts,
} from './attempts.ts';
export { carryAttempts, hasRun, readAttemptRows } from './carry-attempts.ts';
export {
  forgetRecorded,
  isAsRecorded,
  readRecorded,
  schemaCookie,
  writeRecorded,
  type RecordedSchema,
} from './recorded.ts';
export { readTexts } from './layouts/standard.ts';
export { ownSchemaVersion, setBackSchemaVersion, writeSchemaVersion } from './layouts/semver-layout.ts';
export { compareSemver, isSemver } from './semantic-version.ts';
export { type ForeignLedger, versionIn } from './foreign.ts';
