import type { Attempt } from '../../ledger/types.ts';
import { migrationId, time } from './format.ts';
import { aboutSameTarget } from './same-target.ts';
import { wrap } from './table.ts';

/** The newest attempt that failed: when, which migration, why, and the way on. `width` is that of running text. */
export function renderFailure(attempt: Attempt, width: number, target: readonly string[] = []): string[] {
  const { version, name, direction, startedAt, errorCode, error } = attempt;
  const what = version === null ? `The last \`dunlin ${direction}\`` : migrationId({ version, name: name ?? '' });
  const text = `${what} failed on ${time(startedAt)} with ${errorCode}: ${error} ${aboutSameTarget(wayOn(attempt), target)}`;
  return wrap(text, width - 2).map((line) => `  ${line}`);
}

function wayOn({ version, direction }: Attempt): string {
  if (direction !== 'up') return 'Nothing has run since; `dunlin history` lists every attempt.';
  if (version === null) return 'Nothing has run since; `dunlin up` tries again.';
  return `Nothing has run since. Correct it, \`dunlin try ${version}\` runs it on a copy; then \`dunlin up\` goes on.`;
}
