export { copyDatabase } from './copy.ts';
export { createBackup, isOutdated, type Backup, type BackupRequest, type BackupLocation } from './create-backup.ts';
export { findBackup, newestBackup } from './find-backup.ts';
export { describeBackup, type BackupInfo } from './info.ts';
export { examine, type Examination } from './inspect.ts';
export { closeLock, openLock, readHolder, takeLock, takeLockAs } from './lock-file.ts';
export { parseManifest, type Manifest } from './manifest.ts';
export { latestOf, parseBackupName, unfinished, type BackupReason } from './name.ts';
export { locateBackups, folderOf, backupLocation } from './backup-location.ts';
export { differences, ownDatabase, takeSnapshot, pragma, type Snapshot } from './snapshot.ts';
export { readAttached, whyUnreadable, type Reading } from './reading.ts';
export type { Retention } from './retention.ts';
export {
  retentionNote,
  applyRetention,
  listBackups,
  removeBackup,
  type RetentionOptions,
  type RetentionResult,
  type StoredBackup,
} from './stored-backups.ts';
export { cleanUp, deleteFiles, manifestOf, extractVerified, verifyBackup } from './extract.ts';
export type { BackupOptions, RunBackup } from './options.ts';
