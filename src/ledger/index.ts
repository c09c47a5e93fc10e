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
} from './attempts.ts';
export { copyAttempts, hasRun, readAttemptRows } from './copy-attempts.ts';
export {
  clearRecordedSchema,
  isSchemaUnchanged,
  readRecordedSchema,
  schemaCookie,
  writeRecordedSchema,
  type RecordedSchema,
} from './recorded-schema.ts';
export { ownSchemaVersion, restoreSchemaVersion, writeSchemaVersion } from './layouts/semver-layout.ts';
export { compareSemver, isSemver } from './semantic-version.ts';
export { type ForeignLedger, versionIn } from './foreign.ts';
