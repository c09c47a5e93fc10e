import { readFileSync, readlinkSync, statSync } from 'node:fs';
import process from 'node:process';

/**
 * Which of some files this process has a lock on, as Linux shows it; undefined elsewhere. It opens none of them: closing
 * one would take its locks away (sqlite.org/howtocorrupt.html, section 2.2).
 */
export function heldLocks(paths: readonly string[]): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    // In a container the process has another number for itself than it may have for others.
    const own = readlinkSync('/proc/self');
    const locked = new Set<string>();
    // 6: POSIX  ADVISORY  WRITE 812 fe:00:2220653 1073741825 1073741825
    for (const [, pid, inode] of readFileSync('/proc/locks', 'utf8').matchAll(
      /^\d+: POSIX +\w+ +\w+ +(\d+) +[\da-f]+:[\da-f]+:(\d+) /gm,
    ))
      if (pid === own) locked.add(inode!);
    return paths.filter((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats !== undefined && locked.has(String(stats.ino));
    });
  } catch {
    // Not every system lets its processes look there.
    return undefined;
  }
}
