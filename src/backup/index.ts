export { createBackup, prove, type Backup, type BackupOrder, type BackupPlace } from './create.ts';
export { parseManifest, type Manifest } from './manifest.ts';
export { backupId, type BackupReason } from './name.ts';
export { findPlace } from './place.ts';
export { differences, portray, type Portrait } from './portrait.ts';
export type { Retention } from './retention.ts';
export { keepHouse, listBackups, removeBackup, type Housekeeping, type StoredBackup } from './store.ts';
