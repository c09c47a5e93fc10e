import { latestOf } from './name.ts';
import type { BackupOptions } from './options.ts';

/** What decides whether a backup stays. */
export interface Kept {
  readonly id: string;
  readonly createdAt: string;
  readonly bytes: number;
  /** A failed or restored run refers to it. */
  readonly needed: boolean;
  /** The same for retries: backups before the same step, from the same state, of runs that failed or crashed. */
  readonly series: string | undefined;
}

const defaultKeep = 5;
const defaultTimes = 4;
export const msPerDay: number = 86_400_000;

/**
 * The backups to remove: those beyond the count, the age or the bytes, oldest first. The newest, `latest` and a needed
 * one always stay; they count against the limits too.
 *
 * Only the first and the last of a series are kept. Otherwise an application that fails at every start would push out
 * all older states, and one that crashes in a migration would fill the disk.
 */
export function expired(
  backups: readonly Kept[],
  limits: BackupOptions,
  databaseBytes: number,
  now: number,
): readonly Kept[] {
  const keep = limits.keep ?? defaultKeep;
  // If the database has lost most of its rows, the backup that has them is larger than four times the database.
  const maxBytes = limits.maxBytes ?? defaultTimes * Math.max(databaseBytes, ...backups.map(({ bytes }) => bytes));
  const oldest = limits.maxAgeDays === undefined ? Number.NEGATIVE_INFINITY : now - limits.maxAgeDays * msPerDay;
  const gone: Kept[] = [];
  let count = 0;
  let bytes = 0;
  const sorted = backups.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const latest = latestOf(sorted.map(({ id }) => id));
  for (const [index, backup] of sorted.entries()) {
    const fits = count < keep && bytes + backup.bytes <= maxBytes && Date.parse(backup.createdAt) >= oldest;
    const stays = count === 0 || backup.id === latest || backup.needed;
    if (!stays && (!fits || isBetween(backup, sorted[index - 1], sorted[index + 1]))) {
      gone.push(backup);
      continue;
    }
    count += 1;
    bytes += backup.bytes;
  }
  return gone;
}

function isBetween({ series }: Kept, newer: Kept | undefined, older: Kept | undefined): boolean {
  return series !== undefined && newer?.series === series && older?.series === series;
}
