import type { DunlinError } from '../errors/index.ts';

/** What running migrations there, back and there again showed. */
export interface Rounds {
  /** How many migrations ran. */
  readonly tried: number;
  /** How many of them went back as well, to exactly where they had begun, and up again. */
  readonly reversed: number;
  /** What is wrong: `FAILS_ON_EMPTY`, `FAILS_ON_ROWS`, `DOWN_DIFFERS` and so on. */
  readonly problems: readonly DunlinError[];
  /** What fails with made-up rows only, perhaps because of their values. */
  readonly warnings: readonly DunlinError[];
  /** Tables for which no row could be made up, and migrations that could not be tried. */
  readonly notes: readonly string[];
}

/** What is in the database, and need not be found again where migrations run elsewhere. */
export interface PresentObjects {
  /** The keys of the tables and views. */
  readonly tables: ReadonlySet<string>;
  /** What `checkAll` has reported as invalid. */
  readonly invalid: ReadonlySet<string>;
}
