import { appendFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Notes how many faults a suite has tried: points at which something was made to go wrong, each followed by a look at
 * what was left. `npm run reliability` makes the table in docs/explanation/reliability.md of these notes; else nobody reads them.
 */
export function tried(suite: string, points: number): void {
  const path = process.env['DUNLIN_FAULT_POINTS'];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify({ suite, points })}\n`);
}
