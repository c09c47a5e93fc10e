import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { dunlinError } from '../../errors/index.ts';
import { findDatabaseFile } from '../database-file.ts';
import { parseDatabase } from '../database-url.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import type { TestConnection } from './driver-class.ts';

/** The folders of temporary databases that are still open. */
const folders = new Set<string>();

/** Writes a database into a folder of its own, which is removed when the connection is closed or the process exits. */
export function writeTemporary(bytes: Uint8Array, open: (file: string) => TestConnection): TestConnection {
  if (folders.size === 0) process.on('exit', removeAll);
  const folder = makeTemporaryFolder('test');
  folders.add(folder);
  try {
    const file = join(folder, 'test.db');
    writeFileSync(file, bytes);
    const connection = open(file);
    // Nothing in it has to survive a crash.
    connection.exec('PRAGMA synchronous = OFF');
    const close = connection.close.bind(connection);
    const value = (): unknown => {
      const closed = close();
      remove(folder);
      return closed;
    };
    return Object.defineProperty(connection, 'close', { value, configurable: true, writable: true });
  } catch (error) {
    remove(folder);
    throw error;
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows removes no file that is open.
  }
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const folder of folders) remove(folder);
}

/** Writes a database to a path where nothing is. Errors: `DATABASE_EXISTS`; those of `parseDatabase` and `findDatabaseFile`. */
export function writeNew(given: string, bytes: Uint8Array): string {
  const { path, name } = parseDatabase(given);
  if (path === undefined) throw dunlinError('DATABASE_URL_INVALID', { given, reason: 'it names no file' });
  const found = ['', '-journal', '-wal', '-shm']
    .map((ending) => ({ file: path + ending, shown: name + ending }))
    .find(({ file }) => statSync(file, { throwIfNoEntry: false }) !== undefined);
  if (found !== undefined) throw dunlinError('DATABASE_EXISTS', { database: name, found: found.shown });
  const file = findDatabaseFile(path, name);
  writeFileSync(file.path, bytes, { flag: 'wx' });
  return file.path;
}
