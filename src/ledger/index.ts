export type { AppliedMigration, Attempt, AttemptDirection, AttemptStatus, LayoutName, TableNames } from './types.ts';
export type { Ledger, LedgerState } from './ledger.ts';
export type { NewRow, RenumberedRow } from './layouts/layout.ts';
export type { AttemptEnd, NewAttempt, Writer } from './attempts.ts';
export { countRows, createLedger, createTables, isLedgerTable, readContent, readLedger } from './ledger.ts';
export { createAttempts } from './attempt-table.ts';
export {
  finishRun,
  insertAttempt,
  interruptOthers,
  isMarked,
  lockHolder,
  markRun,
  neededBackups,
  readAttempts,
  removeRun,
} from './attempts.ts';
export { carryAttempts, hasRun, readAttemptRows } from './carry-attempts.ts';
export { forgetRecorded, isAsRecorded, readRecorded, schemaCookie, writeRecorded } from './recorded.ts';
export type { RecordedSchema } from './recorded.ts';
export { readTexts } from './layouts/standard.ts';
export { ownSchemaVersion, setBackSchemaVersion, writeSchemaVersion } from './layouts/semver.ts';
export { compareSemver, isSemver } from './semver.ts';
export type { ForeignLedger } from './foreign.ts';
export { versionIn } from './foreign.ts';
