import type { Op } from '../bridge/index.ts';
import {
  createBackup,
  locateBackups,
  retentionNote,
  applyRetention,
  type Backup,
  type BackupRequest,
  type BackupLocation,
  type RetentionOptions,
} from '../backup/index.ts';
import { isDunlinError, thrownReason } from '../errors/index.ts';
import { neededBackups } from '../ledger/index.ts';
import { touchesOf, type Step } from '../plan/index.ts';
import type { RunContext } from '../lock/run-context.ts';
import { begin, dataVersion, lockedAfresh } from '../lock/index.ts';

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
  #place: BackupLocation | undefined;
  #dataVersion: number | undefined;
  /** Why there is none although there should be one. */
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
   * Makes one if the run needs it and has none of this state yet. The write lock is held, and the run has not written:
   * `PRAGMA data_version` changes with every commit of another connection, not with the run's own.
   */
  *take(
    context: RunContext,
    runId: string,
    steps: readonly Step[],
    applied: ReadonlySet<number>,
    done: number,
  ): Op<void> {
    const [first] = steps;
    if (first === undefined || !isWanted(context, steps)) return;
    const version = yield* dataVersion();
    if (this.#dataVersion === version) return;
    this.#dataVersion = version;
    this.#place ??= yield* locateBackups(context);
    if (this.#place === undefined) return;
    const reason = { kind: 'before-run', direction: first.direction, version: first.version } as const;
    const order = {
      reason,
      applied: [...applied].toSorted((a, b) => a - b),
      runId,
      tool: context.tool,
      sync: context.sync,
      flaws: context.flaws,
      relock: () => begin(context),
    };
    const made = yield* this.#create(this.#place, order);
    if (made === undefined) this.note = `no backup was made: ${context.driver} opens no second connection`;
    this.#newest = made === undefined ? undefined : { id: made.id, dataVersion: version, done };
    this.#made ??= made;
    // A run that dies never comes to its end; where every start dies, backups must not fill the disk. Nothing is asked
    // of the database here: an error could end the transaction, and nobody would hear of it.
    yield* this.#tidy({ ...context.options.backups, compress: false });
  }

  /**
   * The same for a step that has no transaction of its own: the lock is held for the backup alone. It is made of what
   * the steps before have left, so that restoring it undoes this step only.
   */
  *takeAlone(context: RunContext, runId: string, step: Step, applied: ReadonlySet<number>, done: number): Op<void> {
    if (!isWanted(context, [step])) return;
    if (done > 0) this.#dataVersion = undefined;
    yield* lockedAfresh(context, () => this.take(context, runId, [step], applied, done));
  }

  /** Removes and compresses older ones, once the run is over. That it fails is no failure of the run. */
  *applyRetention(context: RunContext): Op<string | undefined> {
    return yield* this.#tidy(context.options.backups ?? {}, neededBackups(context.ledger.tables.attempts));
  }

  /** One that is outdated is none of this state. */
  *#create(place: BackupLocation, order: BackupRequest): Op<Backup | undefined> {
    try {
      return yield* createBackup(place, order);
    } catch (error) {
      this.#dataVersion = undefined;
      throw error;
    }
  }

  *#tidy(house: RetentionOptions, needed?: Op<ReadonlySet<string>>): Op<string | undefined> {
    if (this.#made === undefined || this.#place === undefined) return undefined;
    try {
      // By their names those of this run need not be the newest: clocks go back. Between its first and its last there
      // may be many, one for each commit of others; those are kept as the options say.
      const own = [this.#made.id, ...(this.#newest === undefined ? [] : [this.#newest.id])];
      const kept = new Set([...own, ...(needed === undefined ? [] : yield* needed)]);
      return retentionNote(this.#place, (yield* applyRetention(this.#place, house, this.#made.bytes, kept)).refusal);
    } catch (error) {
      return retentionNote(this.#place, isDunlinError(error) ? error.message : thrownReason(error));
    }
  }
}

/** Whether the options ask for a backup before these steps. */
export function isWanted(context: RunContext, steps: readonly Step[]): boolean {
  const when = context.options.backup ?? 'always';
  return context.canBackUp && when !== 'off' && (when === 'always' || steps.some(isRisky));
}

/** What a rollback could not bring back once it is committed: rows or objects may go, or code decides. */
function isRisky(step: Step): boolean {
  if (!step.transaction || step.run !== undefined || step.destructive === true || step.destructive.length > 0)
    return true;
  const touches = touchesOf(step.statements);
  if (touches.drops.length > 0 || touches.rebuilds.length > 0) return true;
  return step.statements.some(
    ({ facts }) =>
      facts.verb === 'update' ||
      facts.verb === 'delete' ||
      facts.verb === 'drop' ||
      (facts.verb === 'insert' && facts.conflict === 'replace') ||
      (facts.verb === 'alter' && facts.change.kind === 'drop-column'),
  );
}
