export {
  checkOnScratch,
  checkOnTemporaryCopy,
  type CheckTools,
  type ScratchDatabases,
  type TemporaryDatabase,
} from './databases.ts';
export { readIdempotentRequest, readReplayRequest, replay, replayTo, type ReplayRequest } from './replay.ts';
export type { PresentObjects, Rounds } from './types.ts';
export { failureFinding } from './findings.ts';
export { runRoundTrip } from './round-trip.ts';
export { attachKept } from './scratch.ts';
