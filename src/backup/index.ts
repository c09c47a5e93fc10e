export { copyDatabase } from './copy.ts';
export {
  createBackup,
  databaseBytes,
  isOutdated,
  toRunBackup,
  type Backup,
  type BackupRequest,
} from './create-backup.ts';
export { findBackup, newestBackup } from './find-backup.ts';
export { examine, type Examination } from './inspect.ts';
export { closeLock, openLock, readHolder, takeLock, takeLockAs } from './lock-file.ts';
export { parseManifest, type Manifest } from './manifest.ts';
export { latestOf, parseBackupName, unfinished, type BackupReason } from './name.ts';
export { locateBackups, folderOf, backupLocation, type BackupLocation } from './backup-location.ts';
export { compareSummaries, runDatabase, readSummary, readPragma, type DatabaseSummary } from './summary.ts';
export { readAttached, whyUnreadable, type DatabaseRef } from './read-database.ts';
export { applyRetention, retentionNote, type RetentionResult } from './apply-retention.ts';
export { describeBackup, listBackups, removeBackup, type BackupInfo, type StoredBackup } from './stored-backups.ts';
export { cleanUp, deleteFiles, manifestOf, extractVerified, verifyBackup } from './extract.ts';
export type { BackupOptions, RunBackup } from './options.ts';
export { isRisky, needsBackup } from './needs-backup.ts';
