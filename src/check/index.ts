export {
  checkOnScratch,
  checkOnTemporaryCopy,
  type CheckTools,
  type ScratchDatabases,
  type TemporaryDatabase,
} from './scratch-databases.ts';
export { addSampleRows, type EmptyTable } from './sample-rows.ts';
export { findQuotedStrings, withStrings, type QuotedString } from './quoted-strings.ts';
export {
  compareMade,
  madeByRepeatables,
  readIdempotentRequest,
  readPendingRequest,
  readReplayRequest,
  replay,
  replayAdopted,
  replayPending,
  replayTo,
  type PendingChanges,
  type ReplayRequest,
} from './replay.ts';
export type { PresentObjects, RoundTripResults } from './results.ts';
export {
  canProve,
  findDifferences,
  readHistory,
  readHistoryAgain,
  squashFile,
  tryHistory,
  type History,
} from './squash/prove.ts';
export { checkRepeatables } from './repeatables.ts';
export { rehearseOn, type RehearsalCopies, type RehearsalRequest } from './rehearsal/rehearse.ts';
export { lossText } from './rehearsal/results.ts';
export type {
  Rehearsal,
  RehearsalMeasures,
  RehearsedColumn,
  RehearsedLoss,
  RehearsedTable,
} from './rehearsal/results.ts';
export { failureFinding } from './findings.ts';
export { catchFailure, runRoundTrip, type Phase } from './round-trip.ts';
export { attachKept, prepareScratch, trialOptions } from './scratch.ts';
export { compareWithWanted, type WantedSchema } from './wanted-schema.ts';
export { fillTables } from './sample/fill.ts';
