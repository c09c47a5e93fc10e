import { query, type Op } from '../../bridge/index.ts';
import { readProgress } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import type { RunBaseline } from '../guards/run-baseline.ts';
import { type AppliedRows, recordSteps, type StepDone, type StepTiming } from './record-step.ts';
import { endedOutside } from '../statement-error.ts';
import type { RunContext } from '../../lock/index.ts';

/** A run, and the progress that marks its transaction (see `markProgress`). */
interface RunPosition {
  readonly runId: string;
  readonly step: number;
}

/**
 * Writes the records of a transaction's SQL migrations together, at its end. SQLite prepares an INSERT anew after each
 * change of the schema, so that one by one they take a fifth of the time of a thousand CREATEs.
 *
 * No record waits where somebody could see that it is missing, or commit without it: a migration or verification in
 * code, SQL or an object of the database that names a tracking table, and triggers or indexes on such a table. Nor where
 * another tool's table is kept in step, which may refuse its row.
 */
export class DeferredLedgerWrites {
  readonly #context: RunContext;
  readonly #run: RunPosition;
  readonly #applied: AppliedRows;
  readonly #mayWait: boolean;
  #waiting: StepDone[] = [];

  private constructor(context: RunContext, run: RunPosition, applied: AppliedRows, mayWait: boolean) {
    this.#context = context;
    this.#run = run;
    this.#applied = applied;
    this.#mayWait = mayWait;
  }

  /** Begins the writes of a transaction: of the steps that are to run, with what is applied and what exists before. */
  static *begin(
    context: RunContext,
    run: RunPosition,
    applied: AppliedRows,
    steps: readonly Step[],
    { inventory, temporary }: Pick<RunBaseline, 'inventory' | 'temporary'>,
    isMirrored: boolean,
  ): Op<DeferredLedgerWrites> {
    const { layout, tables } = context.ledger;
    const own = [tables.migrations, tables.attempts];
    const names = own.map((name) => name.toLowerCase());
    const isNamed = (sql: string): boolean => {
      const text = sql.toLowerCase();
      return names.some((name) => text.includes(name));
    };
    const objects = [...inventory.tables.values(), ...inventory.others.values(), ...temporary];
    const isRead =
      isMirrored ||
      // A label may be what the migration itself has written to `schema_version`, which the next one changes.
      layout.name === 'semver' ||
      // SQL writes such a name in several ways, with the quote doubled or not.
      names.some((name) => /["'`]/.test(name)) ||
      steps.some(({ text }) => isNamed(text)) ||
      objects.some(({ sql = '' }) => isNamed(sql)) ||
      (yield* haveAdditions(own));
    return new DeferredLedgerWrites(context, run, applied, !isRead);
  }

  /** Whether a step's record may wait. If not, write it in the step's own savepoint. */
  mayWait(step: Step): boolean {
    return this.#mayWait && step.direction === 'up' && step.run === undefined && step.verifyFunction === undefined;
  }

  /** Call it when nothing of the step can fail any more. */
  add(step: Step, ran: StepTiming): void {
    this.#waiting.push({ step, ran });
  }

  /**
   * Writes what waits: before code runs, before a failure is recorded, before the COMMIT. Throws if the transaction was
   * rolled back by somebody else: then the migrations are not there either.
   */
  *write(): Op<void> {
    const waiting = this.#waiting;
    const last = waiting.at(-1);
    if (last === undefined) return;
    this.#waiting = [];
    const { runId, step: position } = this.#run;
    const progress = yield* readProgress(this.#context.ledger.tables.attempts, runId);
    if (progress?.step !== position) throw endedOutside(last.step);
    yield* recordSteps(waiting, this.#context, runId, this.#applied);
  }
}

/** Whether the tracking tables have triggers or indexes, which may do something with a row or refuse it. */
function* haveAdditions(tables: readonly string[]): Op<boolean> {
  const rows = yield* query(
    `SELECT name FROM main.sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL AND tbl_name COLLATE NOCASE IN (?, ?)`,
    tables,
  );
  return rows.length > 0;
}
