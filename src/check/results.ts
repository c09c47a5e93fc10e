import type { DunlinError } from '../errors/index.ts';

/** What running migrations up, down and up again found. */
export interface RoundTripResults {
  /** How many migrations ran. */
  readonly tried: number;
  /** How many of them a rollback undid exactly, and the next up applied again. */
  readonly reversed: number;
  /** What is wrong: `FAILS_ON_EMPTY`, `FAILS_ON_ROWS`, `DOWN_DIFFERS` and so on. */
  readonly problems: readonly DunlinError[];
  /** What fails only with sample rows, perhaps because of their values. */
  readonly warnings: readonly DunlinError[];
  /** Tables without sample rows, and migrations that were not tried. */
  readonly notes: readonly string[];
}

/** What the user's database has. Findings that it explains are not reported. */
export interface PresentObjects {
  /** The keys of the tables and views. */
  readonly tables: ReadonlySet<string>;
  /** The versions that it records as applied. */
  readonly applied: ReadonlySet<number>;
  /** The invalid objects that `check` reports anyway. */
  readonly invalid: ReadonlySet<string>;
}
