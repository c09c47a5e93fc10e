import { readdirSync, statSync, type BigIntStats } from 'node:fs';
import { join, sep } from 'node:path';

/** What the watched files were at a moment: what tells one state of a file from another, by path. */
export type Snapshot = ReadonlyMap<string, string>;

/** How deep formats look into a directory: `deploy/sub/x.sql`. */
const deepest = 3;

/**
 * Reads the state of the files of a directory, without hidden ones and installed packages, and of single files. What is
 * missing is left out. Reading a file's content would be more, and is not needed: a change gives it another time, and one
 * that is saved by renaming another number.
 */
export function takeSnapshot(directory: string, files: readonly string[]): Snapshot {
  const found = new Map<string, string>();
  const add = (folder: string, depth: number): void => {
    for (const name of namesIn(folder)) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = `${folder}${sep}${name}`;
      const stats = statOf(path);
      if (stats === undefined) continue;
      if (!stats.isDirectory()) found.set(path, stateOf(stats));
      else if (depth < deepest) add(path, depth + 1);
    }
  };
  add(join(directory), 1);
  for (const file of files) {
    const stats = statOf(file);
    if (stats !== undefined) found.set(file, stateOf(stats));
  }
  return found;
}

/** The file that is at a path; another one after it was deleted and made again. Undefined for none. */
export function identityOf(path: string): string | undefined {
  const stats = statOf(path);
  return stats && `${stats.dev}:${stats.ino}`;
}

/** The files that one of two snapshots has and the other has not, or not in the same state. */
export function changedFiles(before: Snapshot, after: Snapshot): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** A directory that is missing, or goes away meanwhile, has no files. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
