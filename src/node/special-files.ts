import { lstatSync, readlinkSync, statSync, type Dirent, type Stats } from 'node:fs';

/** The kind of an entry that has no end when it is read; opening a pipe waits for a writer. Undefined for others. */
export function specialKind(entry: Dirent | Stats): string | undefined {
  if (entry.isFIFO()) return 'a named pipe';
  if (entry.isSocket()) return 'a socket';
  return entry.isCharacterDevice() || entry.isBlockDevice() ? 'a device' : undefined;
}

/**
 * The reason why a path is a broken symbolic link, most often to a volume that is not mounted. Undefined for anything else,
 * and for a path that cannot be read.
 */
export function brokenLinkReason(path: string): string | undefined {
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return undefined;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
    return `it is a symbolic link to ${readlinkSync(path)}, which does not exist`;
  } catch {
    return undefined;
  }
}

/** The reason why a path is not a readable file; undefined if it is one, or if nothing is there. */
export function unreadableReason(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return brokenLinkReason(path);
    const kind = stats.isDirectory() ? 'a folder' : specialKind(stats);
    return kind === undefined ? undefined : `it is ${kind}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? 'its symbolic links lead in a circle' : undefined;
  }
}
