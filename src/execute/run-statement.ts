import {
  emit,
  inTransaction,
  isTransactionOpen,
  query,
  script,
  type Op,
  type Row,
  type Value,
} from '../bridge/index.ts';
import { head, type Step, type StepStatement } from '../plan/index.ts';
import { objectKey, readTemporary, type SchemaObject } from '../schema/index.ts';
import { nameKey, quote } from '../sql/index.ts';
import { runBatches } from './batch/statement.ts';
import type { Progress } from './batch/walk.ts';
import { ChangedPragmas } from './changed-pragmas.ts';
import type { DetectorReport, LossDetector } from './guards/loss-detector.ts';
import { withCopiedNames } from './copied-columns.ts';
import { findIdleStatement, isConditional } from './idle-statement.ts';
import type { RebuildKeeper } from './keep/rebuild-keeper.ts';
import { transactionLostError, environmentError } from './statement-error.ts';

/** A step while it runs: its loss detector, and the settings to restore after it. */
export class RunningStep {
  readonly step: Step;
  readonly detector: LossDetector;
  /** How many statements have run. */
  statements = 0;
  /** What statements with IF NOT EXISTS or IF EXISTS did not do, and what rebuilds kept. */
  readonly notes: string[] = [];
  readonly pragmas: ChangedPragmas = new ChangedPragmas();
  /** Whether it created temporary objects. */
  hasTemporary = false;
  readonly #keeper: RebuildKeeper | undefined;
  readonly #undisturbed: boolean;
  /** The transaction was open after the statement before, and nobody could end it since. */
  #staysOpen = false;
  /** Why the step cannot continue, even if code catches it. */
  #fatalError: unknown;

  /** `undisturbed`: see `isUndisturbed`. */
  constructor(step: Step, detector: LossDetector, keeper: RebuildKeeper | undefined, undisturbed: boolean) {
    this.step = step;
    this.detector = detector;
    this.#keeper = keeper;
    this.#undisturbed = undisturbed;
  }

  /** Runs one statement between the measurements of the loss detector. Throws SQLite's errors as they are. */
  *run(source: StepStatement, params?: readonly Value[]): Op<readonly Row[]> {
    this.throwIfFailed();
    const entry = yield* withCopiedNames(source);
    const { facts } = entry;
    // Code or a listener that uses the connection may have ended the transaction: SQLite would commit this statement at
    // once.
    if (this.step.run !== undefined) yield* this.assertInTransaction();
    else if (!this.#staysOpen && (yield* inTransaction()) === false)
      throw this.#failWith(transactionLostError(this.step, entry, undefined));
    const rewritten = this.#keeper === undefined ? entry : yield* this.#keeper.rewrite(entry);
    // SQLite runs `rewritten`, so the loss detector measures it. Messages and the keeper refer to `entry`.
    const { sql } = rewritten.statement;
    yield* this.detector.before(rewritten);
    if (facts.verb === 'pragma') yield* this.pragmas.remember(facts);
    const idle = isConditional(facts) ? yield* findIdleStatement(entry, this.step) : undefined;
    if (this.#keeper !== undefined) yield* this.#keeper.before(entry);
    let rows: readonly Row[] = [];
    try {
      if (entry.batch !== undefined)
        yield* runBatches(entry, entry.batch, this.step, (progress) => this.reportBatch(progress, entry.number));
      else if (params === undefined) yield* script(sql);
      else rows = yield* query(sql, params);
    } catch (error) {
      if (yield* this.#isStillOpen()) throw error;
      throw this.#failWith(
        environmentError(error, '') === undefined ? transactionLostError(this.step, entry, error) : error,
      );
    }
    // COMMIT is refused before it runs. This is the second check.
    const isOpen = yield* inTransaction();
    if (isOpen === false) throw this.#failWith(transactionLostError(this.step, entry, undefined));
    this.#staysOpen = isOpen === true && this.#undisturbed;
    if (this.#keeper !== undefined) yield* this.#keeper.after(entry);
    yield* this.detector.after(rewritten);
    if (facts.verb === 'create' && facts.object !== 'index' && facts.temporary) this.hasTemporary = true;
    this.statements += 1;
    if (idle !== undefined) this.notes.push(`${idle.statement} did nothing: ${idle.reason}`);
    return rows;
  }

  /** What a rebuild has kept in the new table that a statement fills. */
  keptFor(entry: StepStatement): readonly string[] {
    return this.#keeper?.keptFor(entry) ?? [];
  }

  /** At the end of the unit. `rebuilt`: the tables whose report says what was kept. */
  noteKept({ rebuilt }: DetectorReport): void {
    this.notes.push(...(this.#keeper?.notes(rebuilt) ?? []));
  }

  /**
   * Drops temporary objects that are left: each migration starts as on a new connection, whether or not it runs in one
   * process with those before it. `before`: the application's own objects.
   */
  *dropTemporary(before: readonly SchemaObject[]): Op<void> {
    const kept = new Set(before.map(({ type, name }) => objectKey(type, name)));
    // Dropping a table drops its indexes and triggers, so that an object may be gone already.
    for (const { type, name } of yield* readTemporary())
      if (!kept.has(objectKey(type, name)) && !nameKey(name).startsWith('sqlite_'))
        yield* script(`DROP ${type.toUpperCase()} IF EXISTS temp.${quote(name)}`);
  }

  /** Reports the progress of a batch. */
  *reportBatch({ done, total, elapsedMs, remainingMs }: Progress, statement?: number): Op<void> {
    const migration = { version: this.step.version, name: this.step.name };
    yield* emit({ type: 'migration:batch', migration, statement, done, total, elapsedMs, remainingMs });
  }

  /**
   * Throws the fatal error of an earlier statement. A code migration may catch it and continue: without the transaction,
   * SQLite would commit each of its statements, and the row that records it, at once.
   */
  throwIfFailed(): void {
    if (this.#fatalError !== undefined) throw this.#fatalError;
  }

  /** Fails the step, even if the code migration catches the error and continues. */
  fail(error: unknown): void {
    this.#fatalError ??= error;
  }

  /** Throws if the step has failed, or if no transaction is open. */
  *assertInTransaction(): Op<void> {
    this.throwIfFailed();
    if (!(yield* isTransactionOpen())) throw this.#failWith(transactionLostError(this.step, undefined, undefined));
  }

  /**
   * Whether the transaction is still open after a failed statement. If the driver cannot say, throw the statement's error:
   * rolling back to the savepoint shows it. Until then nothing else runs, even if a code migration catches the error.
   */
  *#isStillOpen(): Op<boolean> {
    try {
      return yield* isTransactionOpen();
    } catch (error) {
      this.fail(error);
      return true;
    }
  }

  #failWith(error: unknown): unknown {
    this.#fatalError = error;
    return error;
  }
}

/** `in "UPDATE users SET ..."` for errors of code, which has no lines. */
export function quoteStatement(entry: StepStatement): string {
  return `in ${JSON.stringify(head(entry.statement, 80))}`;
}
