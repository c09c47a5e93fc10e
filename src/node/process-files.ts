import process from 'node:process';
import { readdirSync, statSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether a process has a file open: any, this one, or another; on Linux, as far as this user may look into the others.
 * Undefined elsewhere. It asks for facts about descriptors, and opens nothing.
 */
export function isOpen(path: string, by: 'all' | 'self' | 'others' = 'all'): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return false;
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => by === 'all' || (Number(pid) === process.pid) === (by === 'self'))
    .some((pid) =>
      namesIn(`/proc/${pid}/fd`).some((descriptor) => {
        const other = quietly(() => statSync(`/proc/${pid}/fd/${descriptor}`));
        return other?.ino === file.ino && other.dev === file.dev;
      }),
    );
}

function namesIn(folder: string): readonly string[] {
  return quietly(() => readdirSync(folder)) ?? [];
}

/** A process may end, or close a file, while it is looked at; and those of others may not be looked at. */
function quietly<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

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
