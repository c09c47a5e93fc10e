import { count, ended } from '../text.ts';

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${count(Math.ceil(bytes / 1000))} kB` : `${count(Math.ceil(bytes / 1_000_000))} MB`;
}

/** Texts about backups and restoring. */
export const backupTexts = {
  BACKUP_FAILED: {
    meaning:
      'The backup that comes before a run could not be made, so the run was not begun. Causes are a folder that cannot be written, a full disk, or a schema that calls functions of the application.',
    message: (f: { database: string; folder: string; reason: string }): string =>
      `No backup of ${f.database} could be made in ${f.folder}: ${ended(f.reason)}`,
    hint: (f: { reason: string }): string =>
      `Nothing was changed. ${
        /^no such (?:function|collation)/.test(f.reason)
          ? 'Give the functions that the schema calls as `functions`: the connection that reads the database has only those.'
          : "See that the folder can be written, or name another one (`backups: { directory }`, --backup-dir). Without a backup: --no-backup (`backup: 'off'`)."
      }`,
  },
  BACKUP_NO_SPACE: {
    meaning: 'The file system of the backup folder has less room than a copy of the database needs.',
    message: (f: { database: string; folder: string; needed: number; free: number }): string =>
      `A backup of ${f.database} needs ${size(f.needed)} in ${f.folder}, where ${size(f.free)} are free.`,
    hint: (): string =>
      'Nothing was changed. Make room, `dunlin backup prune`, or name a folder on another disk (`backups: { directory }`, --backup-dir).',
  },
  BACKUP_UNPROVEN: {
    meaning:
      'A backup was written, but what is in it is not what is in the database. The run was not begun. The disk, the driver or the database is not sound.',
    message: (f: { file: string; findings: readonly string[] }): string =>
      `The backup ${f.file} is not what the database is: ${f.findings.slice(0, 3).join('; ')}.`,
    hint: (): string =>
      'Nothing was changed, and the file was removed again. Try again; if it happens twice, check the database (`PRAGMA integrity_check`) and the disk.',
  },
};
