import { changedFiles, type Snapshot } from './snapshot.ts';

/** How often the files are looked at, and how often while they are changing. */
const idleMs = 250;
const busyMs = 100;
/** For how many looks nothing may have changed before a change counts as complete. */
const quietLooks = 2;

/**
 * Waits until the files differ from the handled ones and have not changed for a while: an editor empties a file before it
 * writes, and a checkout changes many files one after the other. Undefined if `wait` returns false: it is to stop.
 *
 * Looks at the files instead of listening to the system, whose events are missing on network drives and in containers, and
 * which follow the file that an editor has replaced: docs/internals/decisions/0023-how-dev-follows-files.md.
 */
export async function untilChanged(
  read: () => Snapshot,
  handled: Snapshot,
  wait: (ms: number) => Promise<boolean>,
): Promise<Snapshot | undefined> {
  let last = handled;
  let quiet = 0;
  for (;;) {
    const now = read();
    const hasChanged = changedFiles(handled, now).length > 0;
    quiet = changedFiles(last, now).length > 0 ? 0 : quiet + 1;
    last = now;
    if (hasChanged && quiet >= quietLooks) return now;
    if (!(await wait(hasChanged ? busyMs : idleMs))) return undefined;
  }
}
