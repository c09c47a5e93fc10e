import { clock, emit, isSqlError, script, type Op } from '../bridge/index.ts';
import {
  dunlinError,
  isDunlinError,
  recoveryTexts,
  thrownReason,
  type DunlinError,
  type MigrationRef,
} from '../errors/index.ts';
import type { MigrationOutcome } from '../options.ts';
import { isLedgerTable } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import { fittingSearches, type SearchTable } from '../rebuild/index.ts';
import type { RunContext } from './context.ts';
import type { RunBaseline } from './guards/baseline.ts';
import { rebuildStatement, StaleIndexes } from './guards/full-text.ts';
import type { DetectorReport } from './guards/loss-detector.ts';
import type { AppliedRows } from './ledger-row.ts';
import type { LateRecords } from './late-records.ts';
import { callWithDatabase } from './migration-database.ts';
import { recordStep, type Ran } from './record-step.ts';
import type { RunningStep } from './run-statement.ts';
import { startStep } from './start-step.ts';
import { endedOutside, lostError, statementError, toDunlinError } from './statement-error.ts';
import { isTransactionOpen } from './transaction-open.ts';
import { emitVerified, verifyStep } from './verification.ts';

/** What a step needs to know of the run around it. */
export interface StepFrame {
  readonly runId: string;
  readonly index: number;
  readonly total: number;
  /** What is applied at this moment; the step brings it up to date. */
  readonly applied: AppliedRows;
  readonly late: LateRecords;
  /** Collects what the result of the run says of its steps. */
  readonly notes: string[];
}

/** The savepoint's name. A migration cannot release it: RELEASE of a savepoint it did not make is refused. */
const savepoint = 'dunlin_migration';

/**
 * Runs one migration in its own savepoint: statements or function, verification, guards, and the row that records
 * it, unless that may wait. Throws a DunlinError with the savepoint rolled back; `TRANSACTION_LOST` when there is nothing left to roll back.
 */
export function* runStep(
  step: Step,
  baseline: RunBaseline,
  context: RunContext,
  frame: StepFrame,
): Op<MigrationOutcome> {
  const migration: MigrationRef = { version: step.version, name: step.name };
  yield* emit({
    type: 'migration:start',
    migration,
    direction: step.direction,
    index: frame.index,
    total: frame.total,
  });
  const { running, report, ran } = yield* applyStep(step, baseline, context, frame, new Set());
  yield* emitVerified(step);
  for (const note of [...running.idle, ...report.notes]) yield* emit({ type: 'migration:note', migration, note });
  frame.notes.push(...running.idle.map((note) => `${step.id}: ${note}`));
  for (const { note, warning } of report.leftOut) yield* emit({ type: 'migration:note', migration, note, warning });
  for (const { table, rows, columns } of report.rebuilt)
    yield* emit({ type: 'migration:rebuilt', migration, table, rows, columns });
  yield* emit({
    type: 'migration:done',
    migration,
    direction: step.direction,
    executionTimeMs: ran.executionTimeMs,
    statements: running.statements,
  });
  return {
    version: step.version,
    name: step.name,
    direction: step.direction,
    executionTimeMs: ran.executionTimeMs,
    statements: running.statements,
  };
}

/** A step that was applied, with what its detector found. */
interface Applied {
  readonly running: RunningStep;
  readonly report: DetectorReport;
  readonly ran: Ran;
}

/**
 * Runs a step in its savepoint. Where it leaves full-text indexes that do not fit, it is undone and they are checked in
 * the state before it: if they fitted, it fails; if not, it is run once more, and a note says so.
 */
function* applyStep(
  step: Step,
  baseline: RunBaseline,
  context: RunContext,
  frame: StepFrame,
  staleBefore: ReadonlySet<string>,
): Op<Applied> {
  const running = startStep(step, baseline, context, staleBefore);
  const { detector } = running;
  let report: DetectorReport;
  let ran: Ran;
  const { late } = frame;
  const waits = late.mayWait(step);
  // A savepoint outside a transaction would be one of its own.
  if (!(yield* isTransactionOpen())) throw endedOutside(step);
  if (!waits) yield* late.write();
  const started = yield* clock();
  yield* script(`SAVEPOINT ${savepoint}`);
  try {
    if (step.run !== undefined) yield* runFunction(running, context);
    else yield* runStatements(running, context);
    yield* verifyStep(running, context);
    yield* running.findTransaction();
    report = yield* detector.finish();
    yield* running.dropTemporary(baseline.temporary);
    const finished = yield* clock();
    ran = { started, finished, executionTimeMs: Math.max(0, Math.round(finished - started)) };
    if (!waits) yield* recordStep(step, context, frame.runId, frame.applied, ran);
    yield* script(`RELEASE ${savepoint}`);
  } catch (error) {
    const reported = asMigrationError(error, step, context);
    const undone = isLost(reported) || (yield* undo());
    yield* running.pragmas.restore(true);
    if (undone && reported instanceof StaleIndexes) {
      const broken = yield* fittingSearches(reported.indexes);
      if (broken.length > 0) throw fullTextError(step, broken);
      yield* baseline.undone((table) => isLedgerTable(context.ledger, table));
      const stale = new Set([...staleBefore, ...reported.indexes.map(({ name }) => name)]);
      return yield* applyStep(step, baseline, context, frame, stale);
    }
    throw undone || isMachine(reported) ? reported : lostError(step, undefined, reported);
  }
  if (waits) late.add(step, ran);
  detector.accept();
  yield* running.pragmas.restore(false);
  return { running, report, ran };
}

function fullTextError(step: Step, indexes: readonly SearchTable[]): DunlinError {
  const { id, direction, version, name } = step;
  const broken = indexes.map((index) => ({ ...index, statement: rebuildStatement(index) }));
  return dunlinError('FULL_TEXT_BROKEN', { id, direction, indexes: broken }, { migration: { version, name } });
}

function* runStatements(running: RunningStep, context: RunContext): Op<void> {
  const { step } = running;
  const migration: MigrationRef = { version: step.version, name: step.name };
  for (const entry of step.statements) {
    if (entry.skip !== undefined) continue;
    yield* emit({
      type: 'migration:statement',
      migration,
      statement: entry.number,
      statements: step.statements.length,
    });
    try {
      yield* running.run(entry);
    } catch (error) {
      if (isSqlError(error)) throw statementError(error, step, entry, context.database);
      throw error;
    }
  }
}

function* runFunction(running: RunningStep, context: RunContext): Op<void> {
  const { step } = running;
  const run = step.run as unknown as (database: unknown) => void | Promise<void>;
  try {
    yield* callWithDatabase(running, context, `${step.direction}() of ${step.id}`, run);
  } catch (error) {
    // A loss that the function turned into an error of its own is still the loss.
    running.requireTransaction();
    const place = step.migration?.kind === 'code' ? step.migration.placeOf(error) : {};
    if (isDunlinError(error)) {
      const hint = recoveryTexts.inCode({ id: step.id, hint: error.hint });
      throw error.with(error.location === undefined ? { hint, ...place } : { hint });
    }
    const facts = { id: step.id, direction: step.direction, reason: thrownReason(error) };
    throw dunlinError('FUNCTION_FAILED', facts, { cause: error, ...place });
  }
  yield* running.findTransaction();
}

/** Goes back to before the migration. False: SQLite had ended the transaction already (disk full and the like). */
function* undo(): Op<boolean> {
  try {
    yield* script(`ROLLBACK TO ${savepoint}`);
    yield* script(`RELEASE ${savepoint}`);
    return true;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return false;
  }
}

/** The error with its migration's name. What is no error of the database is a bug of Dunlin's, and stays what it is. */
function asMigrationError(error: unknown, step: Step, context: RunContext): unknown {
  const reported = toDunlinError(error, context.database);
  if (!isDunlinError(reported) || reported.migration !== undefined) return reported;
  return reported.with({ migration: { version: step.version, name: step.name } });
}

function isLost(error: unknown): boolean {
  return isDunlinError(error) && error.code === 'TRANSACTION_LOST';
}

/** A full disk or a damaged file: SQLite may have rolled back already, and nothing more should be written. */
export function isMachine(error: unknown): boolean {
  return isDunlinError(error) && /^(?:DATABASE|DISK)_(?!FAILED$)/.test(error.code);
}
