import { engineFacts, query, type Op } from '../bridge/index.ts';

/** A database and the folder of its backups. */
export interface BackupLocation {
  /** The database's name for messages. */
  readonly database: string;
  /** Its file, absolute, symbolic links resolved. */
  readonly file: string;
  readonly folder: string;
}

/** What a context has to know to find the backups. */
interface LocationContext {
  readonly database: string;
  /** The database's file, if the bridge reports it: what is open may be a copy of it. */
  readonly file: () => string | undefined;
  readonly options: { readonly backups?: { readonly directory?: string } };
}

/**
 * Where the backups of the run's database are; undefined for a database without a file. In the directory of the option
 * each database has a folder of its own, because several may share the directory.
 */
export function* locateBackups({ database, file, options }: LocationContext): Op<BackupLocation | undefined> {
  const path = file() ?? ((yield* engineFacts()).snapshot === 'file' ? yield* openedFile() : undefined);
  return path === undefined ? undefined : backupLocation(database, path, options.backups?.directory);
}

function* openedFile(): Op<string | undefined> {
  const rows = yield* query<{ name: string; file: string | null }>('PRAGMA database_list');
  const file = rows.find((row) => row.name === 'main')?.file;
  return file === null || file === '' ? undefined : file;
}

/** The same for a file that may be missing. */
export function backupLocation(database: string, file: string, directory: string | undefined): BackupLocation {
  const name = file.replace(/^.*[\\/]/s, '');
  return { database, file, folder: directory === undefined ? `${file}-backups` : `${directory}/${name}-${hash(file)}` };
}

/** The folder that a file is in. */
export function folderOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/s, '') || '/';
}

/** Each tenant may have an app.db: without a hash their backups would replace each other, or be restored there. */
function hash(path: string): string {
  // FNV-1a of 64 bits.
  let state = 0xcbf29ce484222325n;
  for (const letter of path) state = BigInt.asUintN(64, (state ^ BigInt(letter.codePointAt(0)!)) * 0x100000001b3n);
  return state.toString(36).padStart(13, '0');
}
