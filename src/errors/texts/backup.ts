import { ended, size } from '../text.ts';
import { doubleQuotesHint, lackingHint } from './lacking.ts';

export const backupTexts = {
  BACKUP_FAILED: {
    meaning:
      'The backup before a run could not be made, so the run did not start. Causes are a folder that cannot be written, a full disk, a connection that may attach no file, or a schema that needs functions, collations, extensions or a key that only the connection of the application has.',
    message: (f: { database: string; folder: string; reason: string }): string =>
      `No backup of ${f.database} could be made in ${f.folder}: ${ended(f.reason)}`,
    hint: (f: { reason: string }): string =>
      `Nothing was changed. ${
        lackingHint(f.reason) ??
        (/can attach no file/.test(f.reason)
          ? "Deno allows ATTACH only with all permissions: `deno run -A`. Without a backup: `backup: 'off'`."
          : /locking_mode = EXCLUSIVE, in WAL/.test(f.reason)
            ? "Leave WAL mode first, else SQLite keeps the lock: run `PRAGMA journal_mode = DELETE` and `PRAGMA locking_mode = NORMAL` on that connection, and read once from the database; after the run `PRAGMA journal_mode = WAL`. Without a backup: `backup: 'off'`."
            : /locking_mode/.test(f.reason)
              ? "Release the lock of that connection for the run: `PRAGMA locking_mode = NORMAL`, then read once from the database. Without a backup: `backup: 'off'`."
              : /string literal in single-quotes/.test(f.reason)
                ? `The schema has text in double quotes: a synchronous run copies a database by running its schema again, which this driver does not allow then. Use \`await migrate(...)\` or the command line, which copy page by page; or a driver of node:sqlite (\`driver\`). ${doubleQuotesHint(f.reason) ?? ''}`
                : /disk is full|ENOSPC/.test(f.reason)
                  ? 'Make room, `dunlin backup prune`, or name a folder on another disk (`backups: { directory }`, --backup-dir). If there is room, the database is damaged: `PRAGMA quick_check` shows it.'
                  : "See that the folder can be written, or name another one (`backups: { directory }`, --backup-dir). Without a backup: --no-backup (`backup: 'off'`).")
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
      'A backup was written, but it differs from the database. The run did not start. The disk, the driver or the database may be faulty.',
    message: (f: { file: string; findings: readonly string[] }): string =>
      `The backup ${f.file} differs from the database: ${f.findings.slice(0, 3).join('; ')}.`,
    hint: (): string =>
      'Nothing was changed, and the file was deleted. Try again; if it happens twice, check the database (`PRAGMA integrity_check`) and the disk.',
  },
  BACKUP_IMPOSSIBLE: {
    meaning:
      'There is nothing to back up, or no way to: the database is in memory or empty, or the driver opens no second connection.',
    message: (f: { database: string; reason: string }): string =>
      `No backup of ${f.database} can be made: ${ended(f.reason)}`,
    hint: (): string => 'Nothing was changed. Check that this is the right database.',
  },
  BACKUP_NOT_FOUND: {
    meaning: 'No backup has the name that was given. `dunlin backup list` shows those that there are.',
    message: (f: { database: string; folder: string; asked: string; exists: boolean }): string =>
      f.asked === 'latest'
        ? `There is no backup of ${f.database} in ${f.folder}.`
        : f.exists
          ? `${f.asked} is there, but it is no backup with its manifest beside it.`
          : `There is no backup ${f.asked} of ${f.database} in ${f.folder === '.' ? 'this folder' : f.folder}.`,
    hint: (f: { known: readonly string[]; exists: boolean }): string =>
      f.exists
        ? 'Nothing was changed. A backup has to keep its name, and the file of that name that ends in `.json`, its manifest: copy both.'
        : f.known.length === 0
          ? 'Nothing was changed. If they are kept elsewhere, name the folder (`backups: { directory }`, --backup-dir), or give the path of the backup file.'
          : `Nothing was changed. The newest ${f.known.length === 1 ? 'is' : 'are'} ${f.known.join(', ')}; \`dunlin backup list\` shows all.`,
  },
  BACKUP_AMBIGUOUS: {
    meaning: 'The name that was given is the beginning of the names of several backups.',
    message: (f: { asked: string; ids: readonly string[] }): string =>
      `Several backups begin with ${f.asked}: ${f.ids.slice(0, 3).join(', ')}${f.ids.length > 3 ? ` and ${f.ids.length - 3} more` : ''}.`,
    hint: (): string => 'Nothing was changed. Give more of the name.',
  },
  BACKUP_CORRUPT: {
    meaning:
      'A backup is not what it was when it was made and proven: bytes of it have changed, it is cut off, or its manifest is gone or damaged. Dunlin does not restore it, nor an older one in its place.',
    message: (f: { id: string; findings: readonly string[] }): string =>
      `The backup ${f.id} is damaged: ${ended(f.findings.slice(0, 3).join('; '))}`,
    hint: (f: { file: string; before: string | undefined }): string =>
      `Nothing was changed. ${
        f.before === undefined
          ? 'Take another one: `dunlin backup verify --all` says which are sound.'
          : `The newest before it whose manifest is whole is ${f.before}: \`dunlin backup restore ${f.before}\` restores that state.`
      } The disk under ${f.file} may be failing.`,
  },
  BACKUP_UNREADABLE: {
    meaning:
      'The file system refused to read a backup, or to write the copy that is proven before it is restored; or the backup has a key that the connection does not have.',
    message: (f: { id: string; reason: string }): string => `The backup ${f.id} could not be read: ${ended(f.reason)}`,
    hint: (): string => 'Nothing was changed. Remove the cause, and run the command again.',
  },
  FILE_REFUSED: {
    meaning:
      'While backups were listed, made, proven, removed or restored, the operating system refused a file operation: the disk is full or fails, or a folder cannot be read or written.',
    message: (f: { database: string; reason: string }): string =>
      `The operating system refused a file operation for the backups of ${f.database}: ${ended(f.reason)}`,
    hint: (): string => 'Nothing is half done. Remove the cause, and run the command again.',
  },
  RESTORE_IMPOSSIBLE: {
    meaning:
      "A restore writes the backup over the database with SQLite's backup API, on a second connection. This driver gives access to neither, or the database is encrypted: the backup API cannot be given a key, so the file has to be replaced, which is not possible while a connection has it open.",
    message: (f: { database: string; driver: string; encrypted: boolean }): string =>
      f.encrypted
        ? `${f.database} is encrypted, and cannot be restored while a connection has it open.`
        : `${f.driver} cannot restore ${f.database}: it gives no access to SQLite's backup API.`,
    hint: (f: { encrypted: boolean }): string =>
      f.encrypted
        ? 'Nothing was changed. Close the connection and give the path of the database instead, with its key (`prepare`); or type `dunlin backup restore latest`, with the key in the variable DATABASE_KEY.'
        : 'Nothing was changed. Close the connection and give the path of the database instead, or type `dunlin backup restore latest`.',
  },
  RESTORE_IN_USE: {
    meaning:
      'The database is missing or damaged, so its file has to be replaced. A program that has it open would keep writing to the old file, and those writes would be lost.',
    message: (f: { database: string; known: boolean }): string =>
      f.known
        ? `${f.database} cannot be replaced: a process has it open.`
        : `${f.database} has to be replaced, and this system does not say whether a process has it open.`,
    hint: (f: { known: boolean }): string =>
      f.known
        ? 'Nothing was changed. Stop every program that uses it, and run the command again.'
        : 'Nothing was changed. Stop every program that uses it, and run the command again with --force (`force: true`).',
  },
  RESTORE_UNPROVEN: {
    meaning:
      'After a restore the database was read again, and SQLite cannot read all of it. The disk or the driver may be faulty. Rows that another program writes right after a restore are a note, not this error.',
    message: (f: { database: string; findings: readonly string[] }): string =>
      `${f.database} was restored, but cannot be read completely: ${ended(f.findings.slice(0, 3).join('; '))}`,
    hint: (f: { before: string | undefined }): string =>
      `The restore is committed; ${f.before === undefined ? 'before it there was nothing' : `the state from before it is in the backup ${f.before}`}. Check the disk, and run the command again.`,
  },
};
