import { readdirSync } from 'node:fs';

/** Whether a file is a database by its name. */
export function isDatabaseName(name: string): boolean {
  return /\.(db|sqlite3?|db3)$/i.test(name);
}

/** The database files of a folder; none if it may not be listed: they only serve suggestions. */
export function databaseFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isDatabaseName).sort();
  } catch {
    return [];
  }
}
