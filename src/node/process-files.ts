import process from 'node:process';
import { readdirSync, statSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether any process, this one, or another one has a file open. On Linux, as far as this user may see other processes;
 * undefined elsewhere. It reads the descriptors in /proc and does not open the file.
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

/** A process may end or close a file meanwhile, and another user's processes are not readable. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * The files on which this process has a lock, on Linux; undefined elsewhere. It opens none of them: closing a file drops
 * its locks (sqlite.org/howtocorrupt.html, section 2.2).
 */
export function heldLocks(paths: readonly string[]): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    // In a container, a process may have another id outside.
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
    // Some systems hide /proc/locks from processes.
    return undefined;
  }
}
