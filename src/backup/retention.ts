/** How many backups are kept. The newest one, and one that a failed run refers to, always are. */
export interface Retention {
  /** At most so many; default 5. */
  readonly keep?: number;
  /** None older than so many days; default: no limit. */
  readonly maxAgeDays?: number;
  /** All together at most so many bytes; default four times the database. */
  readonly maxBytes?: number;
}

/** What retention looks at. */
export interface Kept {
  readonly id: string;
  readonly createdAt: string;
  readonly bytes: number;
  /** A failed or restored run refers to it. */
  readonly needed: boolean;
}

const defaultKeep = 5;
const defaultTimesDatabase = 4;
const msPerDay = 86_400_000;

/**
 * Which backups go: those beyond the count, the age or the bytes, from the oldest on. The newest stays whatever it
 * weighs, and so does a needed one, which counts against the limits all the same.
 */
export function expired(
  backups: readonly Kept[],
  retention: Retention,
  databaseBytes: number,
  now: number,
): readonly Kept[] {
  const keep = retention.keep ?? defaultKeep;
  const maxBytes = retention.maxBytes ?? defaultTimesDatabase * databaseBytes;
  const oldest = retention.maxAgeDays === undefined ? Number.NEGATIVE_INFINITY : now - retention.maxAgeDays * msPerDay;
  const gone: Kept[] = [];
  let count = 0;
  let bytes = 0;
  for (const backup of backups.toSorted((a, b) => compare(b.id, a.id))) {
    const fits = count < keep && bytes + backup.bytes <= maxBytes && Date.parse(backup.createdAt) >= oldest;
    if (count > 0 && !fits && !backup.needed) {
      gone.push(backup);
      continue;
    }
    count += 1;
    bytes += backup.bytes;
  }
  return gone;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
