import {
  accessSync,
  constants,
  fchmodSync,
  fsyncSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { giveTo, nodeFiles, withFile } from './files.ts';
import { nodeHost } from './node-host.ts';

/**
 * Writes a text file; returns false if the file has that text already. A concurrent reader sees the old or the new file,
 * and a crash leaves one of them. System errors are thrown unchanged.
 */
export function writeTextFile(file: string, text: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  // A link stays; its target is written.
  const path = stats === undefined ? resolve(file) : realpathSync(file);
  if (stats !== undefined) {
    if (stats.size === new TextEncoder().encode(text).length && readFileSync(path, 'utf8') === text) return false;
    // Do not replace a read-only file, although that would be possible.
    accessSync(path, constants.W_OK);
  }
  const temporary = join(dirname(path), `.${basename(path)}.${nodeHost.randomId()}`);
  const write = (descriptor: number): void => {
    if (stats !== undefined) {
      giveTo(descriptor, path);
      fchmodSync(descriptor, stats.mode);
    }
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  };
  try {
    withFile(temporary, 'wx', write);
    replaceFile(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** A file that is a mount point cannot be replaced, so overwrite it. */
function replaceFile(from: string, to: string): void {
  try {
    nodeFiles.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    nodeFiles.overwrite(from, to);
  }
}
