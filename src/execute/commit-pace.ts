import { clock, type Op } from '../bridge/index.ts';
import type { RunOptions } from '../lock/index.ts';

/** A longer run commits each migration, so that a process that is killed again and again makes progress. */
const longRunMs = 2000;

/** Decides when a run commits what it has done, and continues in another transaction. */
export class CommitPace {
  readonly #options: RunOptions;
  readonly #started: number;
  /** When the work of the present transaction began. */
  #since: number;
  /** When the last commit between two migrations was decided on; undefined once the next one has begun. */
  #decided: number | undefined;
  /** How long that commit took: its checks, waiting for the lock, and perhaps a backup. */
  #cost = 0;

  private constructor(options: RunOptions, now: number) {
    this.#options = options;
    this.#started = now;
    this.#since = now;
  }

  static *start(options: RunOptions): Op<CommitPace> {
    return new CommitPace(options, yield* clock());
  }

  /** Call it before the first migration of a transaction. */
  *begin(): Op<void> {
    const now = yield* clock();
    if (this.#decided !== undefined) this.#cost = now - this.#decided;
    this.#decided = undefined;
    this.#since = now;
  }

  /**
   * Whether to commit before the next migration. By default that does not take longer than the work since the last
   * commit did: a thousand small migrations of a large database must not be checked a thousand times.
   */
  *isDue(): Op<boolean> {
    return this.isDueAt(yield* clock());
  }

  isDueAt(now: number): boolean {
    const { atomic, commit } = this.#options;
    if (atomic === 'run' || commit === 'run') return false;
    const worked = now - this.#since;
    const isDue =
      commit === undefined
        ? now - this.#started >= longRunMs && worked >= this.#cost
        : commit === 'migration' || worked >= commit.everyMs;
    if (isDue) this.#decided = now;
    return isDue;
  }
}
