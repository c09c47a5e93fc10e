import { query, type Op } from '../bridge/index.ts';
import type { BackupPlace } from './create.ts';

/**
 * Where the backups of the run's database are; undefined for a database without a file. In a directory
 * that is given each database has a folder of its own: several may share the directory.
 */
export function* findPlace(database: string, directory: string | undefined): Op<BackupPlace | undefined> {
  const rows = yield* query<{ name: string; file: string | null }>('PRAGMA database_list');
  const file = rows.find((row) => row.name === 'main')?.file;
  if (file === undefined || file === null || file === '') return undefined;
  return {
    database,
    file,
    folder: directory === undefined ? `${file}-backups` : `${directory}/${file.replace(/^.*[\\/]/s, '')}`,
  };
}
