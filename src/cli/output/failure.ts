import type { Attempt } from '../../ledger/types.ts';
import type { Status } from '../../operations/status.ts';
import { migrationId, time } from './format.ts';
import { completeCommands, type Invocation } from './command-hints.ts';
import { wrap } from './table.ts';

/** The newest attempt that failed, if any: when, which migration, why, and the way on. `width` is that of running text. */
export function renderFailure(
  { lastFailure, entries }: Pick<Status, 'lastFailure' | 'entries'>,
  width: number,
  invocation: Invocation,
): string[] {
  if (lastFailure === undefined) return [];
  const { version, name, direction, startedAt, errorCode, error } = lastFailure;
  const what = version === null ? `The last \`dunlin ${direction}\`` : migrationId({ version, name: name ?? '' });
  const isApplied = entries.some((entry) => entry.version === version && entry.applied !== undefined);
  const way = completeCommands(wayOn(lastFailure, isApplied), invocation);
  const text = `${what} failed on ${time(startedAt)} with ${errorCode}: ${error} ${way}`;
  return ['', ...wrap(text, width - 2).map((line) => `  ${line}`)];
}

/** Where the migration is applied all the same, a `redo` has failed. */
function wayOn({ version, direction }: Attempt, isApplied: boolean): string {
  if (direction !== 'up') return 'Nothing has run since; `dunlin history` lists every attempt.';
  if (version === null) return 'Nothing has run since; `dunlin up` tries again.';
  if (isApplied)
    return 'It is applied as before, and nothing has run since. Correct it; then `dunlin redo` tries again.';
  return `Nothing has run since. Correct it, \`dunlin try ${version}\` runs it on a copy; then \`dunlin up\` continues.`;
}
