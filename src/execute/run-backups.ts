import type { Op } from '../bridge/index.ts';
import {
  createBackup,
  locateBackups,
  retentionNote,
  applyRetention,
  type Backup,
  type BackupRequest,
  type BackupLocation,
  type BackupOptions,
  needsBackup,
} from '../backup/index.ts';
import { isDunlinError, thrownReason } from '../errors/index.ts';
import { neededBackups } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import { begin, dataVersion, withWriteLock, type RunContext } from '../lock/index.ts';

/** What an automatic restore needs to know. */
export interface NewestBackup {
  readonly id: string;
  /** `PRAGMA data_version` when it was made: it changes with every commit of another connection. */
  readonly dataVersion: number;
  /** How many steps the run had done before it. */
  readonly done: number;
}

/** The backups of one run: one before its first change, and another when somebody else has committed in between. */
export class RunBackups {
  #made: Backup | undefined;
  #newest: NewestBackup | undefined;
  #location: BackupLocation | undefined;
  #dataVersion: number | undefined;
  /** Why there is none although the run needs one. */
  note: string | undefined;

  /** The one from before the run's first change. */
  get made(): Backup | undefined {
    return this.#made;
  }

  /** The last one, if it is of the state that the run has worked on since. */
  get newest(): NewestBackup | undefined {
    return this.#newest;
  }

  /**
   * Creates one if the run needs it and has none of this state yet. Call it under the write lock, before the run has
   * written: `PRAGMA data_version` changes with every commit of another connection, not with the run's own.
   */
  *create(
    context: RunContext,
    runId: string,
    steps: readonly Step[],
    applied: ReadonlySet<number>,
    done: number,
  ): Op<void> {
    const [first] = steps;
    if (first === undefined || !needsBackup(context, steps)) return;
    const version = yield* dataVersion();
    if (this.#dataVersion === version) return;
    this.#dataVersion = version;
    this.#location ??= yield* locateBackups(context);
    if (this.#location === undefined) return;
    const reason = { kind: 'before-run', direction: first.direction, version: first.version } as const;
    const request = {
      reason,
      applied: [...applied].toSorted((a, b) => a - b),
      runId,
      tool: context.tool,
      sync: context.sync,
      flaws: context.flaws,
      relock: () => begin(context),
    };
    const made = yield* this.#tryCreate(this.#location, request);
    if (made === undefined) this.note = `no backup was made: ${context.driver} opens no second connection`;
    this.#newest = made === undefined ? undefined : { id: made.id, dataVersion: version, done };
    this.#made ??= made;
    // A run that dies never removes older backups at its end; if every start dies, they must not fill the disk. No query
    // here: an error could end the transaction unnoticed.
    yield* this.#applyRetention({ ...context.options.backups, compress: false });
  }

  /**
   * The same for a step without a transaction: takes the write lock for the backup. The backup has what the steps before
   * have done, so that restoring it undoes this step only.
   */
  *createUnderLock(
    context: RunContext,
    runId: string,
    step: Step,
    applied: ReadonlySet<number>,
    done: number,
  ): Op<void> {
    if (!needsBackup(context, [step])) return;
    if (done > 0) this.#dataVersion = undefined;
    yield* withWriteLock(context, () => this.create(context, runId, [step], applied, done));
  }

  /** Removes and compresses older ones, once the run is over. Returns a note if that fails: the run does not. */
  *applyRetention(context: RunContext): Op<string | undefined> {
    return yield* this.#applyRetention(context.options.backups ?? {}, neededBackups(context.ledger.tables.attempts));
  }

  /** Without a backup of this state, the next call tries again. */
  *#tryCreate(location: BackupLocation, request: BackupRequest): Op<Backup | undefined> {
    try {
      return yield* createBackup(location, request);
    } catch (error) {
      this.#dataVersion = undefined;
      throw error;
    }
  }

  *#applyRetention(options: BackupOptions, needed?: Op<ReadonlySet<string>>): Op<string | undefined> {
    if (this.#made === undefined || this.#location === undefined) return undefined;
    try {
      // By their names the run's own backups need not be the newest: clocks go back. Its first and its last one stay.
      // Those between them, one for each commit of others, go as the options say.
      const own = [this.#made.id, ...(this.#newest === undefined ? [] : [this.#newest.id])];
      const kept = new Set([...own, ...(needed === undefined ? [] : yield* needed)]);
      return retentionNote(
        this.#location,
        (yield* applyRetention(this.#location, options, this.#made.bytes, kept)).refusal,
      );
    } catch (error) {
      return retentionNote(this.#location, isDunlinError(error) ? error.message : thrownReason(error));
    }
  }
}
