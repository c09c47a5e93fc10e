export { createBackup, isOutdated, type Backup, type BackupOrder, type BackupPlace } from './create.ts';
export { findBackup, newestBackup } from './find.ts';
export { describeBackup, type BackupInfo } from './info.ts';
export { examine, type Examination } from './inspect.ts';
export { closeLock, openLock, readHolder, takeLock, takeLockAs } from './lock-file.ts';
export { parseManifest, type Manifest } from './manifest.ts';
export { latestOf, parseBackupName, unfinished, type BackupReason } from './name.ts';
export { findPlace, folderOf, placeOf } from './place.ts';
export { differences, ownDatabase, portray, pragma, type Portrait } from './portrait.ts';
export { readAttached, whyUnreadable, type Reading } from './reading.ts';
export type { Retention } from './retention.ts';
export {
  houseNote,
  keepHouse,
  listBackups,
  removeBackup,
  type Housekeeping,
  type Housework,
  type StoredBackup,
} from './store.ts';
export { clearUp, discard, manifestOf, unfold, verifyBackup } from './unfold.ts';
