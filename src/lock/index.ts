export { withExclusiveLock } from './exclusive-lock.ts';
export { dataVersion, withWriteLock, begin, rollback, transaction, commit } from './transaction.ts';
export type { OpenedFile, Operation, RunContext } from './run-context.ts';
export type { RunRecorder, RecordedCopy, RecordedDrop } from './run-recorder.ts';
export type { Confirm, ConfirmOptions, Logger, MigrationOutcome, RunOptions, RunResult } from './run-options.ts';
export { isWal, setWal, readMode, setMode } from './journal-mode.ts';
export { refuseReplaced, rememberFile } from './replaced-file.ts';
export { busyError } from './exclusive-holder.ts';
export { defaultLockTimeoutMs, retryBusy, untilStopped } from './wait.ts';
export { withSettings, readPragma, setForeignKeys } from './settings.ts';
export {
  applyRetentionAfter,
  backUp,
  backUpPresent,
  holdsNothing,
  prune,
  requireBackupLocation,
  type PresentState,
} from './safety-backup.ts';
export { preferLostLocksError, readHeldLocks, refuseLostLocks } from './own-locks.ts';
