import type { Disk, Image } from './disk.ts';
import type { Step } from './steps.ts';

/**
 * Holds the steps of a run against the order in which they must come:
 *
 * 1. The run's bookkeeping: one transaction makes the tracking tables and notes that the run is under way. It is the
 *    only one that writes to the database before the backup, and it is committed.
 * 2. The backup's file is begun. From here to 3. nothing is written to the database, its journal, or its WAL.
 * 3. The file is synced, gets its name, and the folder is synced; where it is new, its parent was.
 * 4. Only then the database is written to: by the migration.
 *
 * Returns what is wrong, and what the disk must hold at 3. even if the power fails at once, and may hold at most.
 */
export function checkOrder(
  steps: readonly Step[],
  disk: Disk,
  database: string,
): { readonly problems: readonly string[]; readonly least: Image; readonly most: Image } {
  const folder = `${database}-backups`;
  const temporary = /-before-\d+\.db\.tmp$/;
  const find = (test: (step: Step) => boolean): number => steps.findIndex(test);
  const begun = find((step) => step.kind === 'open' && step.create && temporary.test(step.path));
  const synced = find((step) => step.kind === 'sync' && temporary.test(step.path));
  const named = find((step) => step.kind === 'rename' && temporary.test(step.path));
  const made = find((step) => step.kind === 'folder' && step.path === folder);
  const parent = folder.replace(/\/[^/]*$/, '');
  const entered = steps.slice(made, named).some((step) => step.kind === 'sync' && step.path === parent);
  const durable = steps.findIndex((step, index) => index > named && step.kind === 'sync' && step.path === folder);
  const writes = steps.flatMap((step, index) => (isWrite(step, database) ? [index] : []));

  const problems: string[] = [];
  const order = { begun, synced, named, durable };
  const places = Object.values(order);
  if (places.includes(-1) || places.join() !== places.toSorted((a, b) => a - b).join())
    problems.push(`the backup is not made in order: ${JSON.stringify(order)}`);
  if (made !== -1 && !entered) problems.push('the folder of backups is new, and its parent is not synced');
  if (writes.some((at) => at > begun && at < durable))
    problems.push('the database is written to before its backup is on the disk');
  if (!writes.some((at) => at > durable)) problems.push('no migration has written');
  for (const step of steps.slice(0, durable + 1)) disk.apply(step);
  return { problems, least: disk.image(() => false), most: disk.image(() => true) };
}

/** A write that SQLite could take for the database's content, now or after a crash; `-shm` is made anew then. */
function isWrite(step: Step, database: string): boolean {
  return step.kind === 'write' && ['', '-journal', '-wal'].some((ending) => step.path === `${database}${ending}`);
}
