import { query, type Op } from '../../bridge/index.ts';
import { readProgress } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import type { RunContext } from '../../lock/run-context.ts';
import type { RunBaseline } from '../guards/run-baseline.ts';
import type { AppliedRows } from './ledger-row.ts';
import { recordStep, type Ran } from './record-step.ts';
import { endedOutside } from '../statement-error.ts';

/** What there is when a transaction begins. */
type Existing = Pick<RunBaseline, 'inventory' | 'temporary'>;

/**
 * The records of a transaction's SQL migrations, which wait for its end and are written together. SQLite prepares an
 * INSERT anew after each change of the schema, so that one by one they take a fifth of the time of a thousand CREATEs.
 *
 * None waits where somebody could see that it is missing, or commit without it: a migration or verification in code,
 * SQL or an object of the database that names a tracking table, and what others have put on such a table.
 */
export class DeferredLedgerWrites {
  readonly #context: RunContext;
  readonly #runId: string;
  readonly #position: number;
  #applied: AppliedRows = new Map();
  #seen = true;
  #waiting: { readonly step: Step; readonly ran: Ran }[] = [];

  /** `position` marks the transaction (see `markProgress`). */
  constructor(context: RunContext, runId: string, position: number) {
    this.#context = context;
    this.#runId = runId;
    this.#position = position;
  }

  /** Begins a transaction: what is applied, what is to run, and what there is. */
  *begin(applied: AppliedRows, steps: readonly Step[], baseline: Existing): Op<void> {
    const { layout, tables } = this.#context.ledger;
    const own = [tables.migrations, tables.attempts];
    const names = own.map((name) => name.toLowerCase());
    const isNamed = (sql: string): boolean => {
      const text = sql.toLowerCase();
      return names.some((name) => text.includes(name));
    };
    const { inventory, temporary } = baseline;
    const objects = [...inventory.tables.values(), ...inventory.others.values(), ...temporary];
    this.#applied = applied;
    // A label may be what the migration itself has written to `schema_version`, which the next one changes.
    this.#seen =
      layout.name === 'semver' ||
      // Which SQL writes in several ways, with the quote doubled or not.
      names.some((name) => /["'`]/.test(name)) ||
      steps.some(({ text }) => isNamed(text)) ||
      objects.some(({ sql = '' }) => isNamed(sql)) ||
      (yield* haveAdditions(own));
  }

  /** Whether a step's record may wait. Else it belongs into the step's own savepoint. */
  mayWait(step: Step): boolean {
    return !this.#seen && step.direction === 'up' && step.run === undefined && step.verifyFunction === undefined;
  }

  /** Call it when nothing of the step can fail any more. */
  add(step: Step, ran: Ran): void {
    this.#waiting.push({ step, ran });
  }

  /**
   * Writes what waits: before code runs, before a failure is recorded, before the COMMIT. Throws when somebody else has
   * rolled the transaction back: what is recorded then would not be there.
   */
  *write(): Op<void> {
    const waiting = this.#waiting;
    const last = waiting.at(-1);
    if (last === undefined) return;
    this.#waiting = [];
    const progress = yield* readProgress(this.#context.ledger.tables.attempts, this.#runId);
    if (progress?.step !== this.#position) throw endedOutside(last.step);
    for (const { step, ran } of waiting) yield* recordStep(step, this.#context, this.#runId, this.#applied, ran);
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
