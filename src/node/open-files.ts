import { readdirSync, statSync } from 'node:fs';
import process from 'node:process';

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
