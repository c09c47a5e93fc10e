import { lstatSync, readlinkSync, statSync, type Dirent, type Stats } from 'node:fs';

/** What an entry is, if it is none of those that end when they are read: to open a pipe waits for a writer. */
export function specialKind(entry: Dirent | Stats): string | undefined {
  if (entry.isFIFO()) return 'a named pipe';
  if (entry.isSocket()) return 'a socket';
  return entry.isCharacterDevice() || entry.isBlockDevice() ? 'a device' : undefined;
}

/**
 * What to say of a symbolic link that leads nowhere: most often to a volume that is not mounted. Undefined for anything
 * else, also for a path that cannot be looked at.
 */
export function linkToNowhere(path: string): string | undefined {
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return undefined;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
    return `it is a symbolic link to ${readlinkSync(path)}, which does not exist`;
  } catch {
    return undefined;
  }
}

/** Why what is at a path cannot be read as a file; undefined where it can, or where there is nothing. */
export function whyNoFile(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return linkToNowhere(path);
    const kind = stats.isDirectory() ? 'a folder' : specialKind(stats);
    return kind === undefined ? undefined : `it is ${kind}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? 'its symbolic links lead in a circle' : undefined;
  }
}
