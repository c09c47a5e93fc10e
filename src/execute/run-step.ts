import { clock, emit, isSqlError, script, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason, type MigrationRef } from '../errors/index.ts';
import { insertAttempt, isLedgerTable, setBackSchemaVersion, writeSchemaVersion } from '../ledger/index.ts';
import type { MigrationOutcome } from '../options.ts';
import { labelOf, type Step } from '../plan/index.ts';
import { isEmpty } from '../schema/index.ts';
import type { RunContext } from './context.ts';
import { Declared } from './guards/declared.ts';
import type { Guard } from './guards/guard.ts';
import { Watch } from './guards/watch.ts';
import { ledgerRow, type AppliedRows } from './ledger-row.ts';
import { callWithDatabase } from './migration-database.ts';
import { RunningStep } from './run-statement.ts';
import { lostError, statementError, toDunlinError } from './statement-error.ts';
import { verifyStep } from './verification.ts';

/** What a step needs to know of the run around it. */
export interface StepFrame {
  readonly runId: string;
  readonly index: number;
  readonly total: number;
  /** What is applied at this moment; the step brings it up to date. */
  readonly applied: AppliedRows;
}

/** The savepoint's name. A migration cannot release it: RELEASE of a savepoint it did not make is refused. */
const savepoint = 'dunlin_migration';

/**
 * Runs one migration in its own savepoint: statements or function, verification, guards, and the row that records
 * it. Throws a DunlinError with the savepoint rolled back; `TRANSACTION_LOST` when there is nothing left to roll back.
 */
export function* runStep(step: Step, guard: Guard, context: RunContext, frame: StepFrame): Op<MigrationOutcome> {
  const migration: MigrationRef = { version: step.version, name: step.name };
  const started = yield* clock();
  yield* emit({
    type: 'migration:start',
    migration,
    direction: step.direction,
    index: frame.index,
    total: frame.total,
  });
  const watch = new Watch(
    guard,
    {
      version: step.version,
      name: step.name,
      id: step.id,
      direction: step.direction,
      foreignKeys: step.foreignKeys,
      code: step.migration?.kind === 'code',
    },
    new Declared(step.destructive),
    (table) => isLedgerTable(context.ledger, table),
  );
  const running = new RunningStep(step, watch);
  let notes: readonly string[];
  let executionTimeMs: number;
  // Every row that is recorded is of this run, and yet there is something: the database was made by other means.
  const unrecorded = frame.applied.size < frame.index && !isEmpty(guard.inventory);
  yield* script(`SAVEPOINT ${savepoint}`);
  try {
    if (step.run !== undefined) yield* runFunction(running, context, unrecorded);
    else yield* runStatements(running, context, unrecorded);
    yield* verifyStep(running, context);
    running.requireTransaction();
    notes = yield* watch.finish();
    yield* running.dropTemporary(guard.temporary);
    const now = yield* clock();
    executionTimeMs = Math.max(0, Math.round(now - started));
    yield* record(step, context, frame, started, now, executionTimeMs);
    yield* script(`RELEASE ${savepoint}`);
  } catch (error) {
    const reported = asMigrationError(error, step, context);
    const undone = isLost(reported) || (yield* undo());
    yield* running.pragmas.restore(true);
    throw undone || isMachine(reported) ? reported : lostError(step, undefined, reported);
  }
  watch.accept();
  yield* running.pragmas.restore(false);
  for (const note of notes) yield* emit({ type: 'migration:note', migration, note });
  yield* emit({
    type: 'migration:done',
    migration,
    direction: step.direction,
    executionTimeMs,
    statements: running.statements,
  });
  return {
    version: step.version,
    name: step.name,
    direction: step.direction,
    executionTimeMs,
    statements: running.statements,
  };
}

function* runStatements(running: RunningStep, context: RunContext, unrecorded: boolean): Op<void> {
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
      if (isSqlError(error)) throw statementError(error, step, entry, context.database, unrecorded);
      throw error;
    }
  }
}

function* runFunction(running: RunningStep, context: RunContext, unrecorded: boolean): Op<void> {
  const { step } = running;
  const run = step.run as unknown as (database: unknown) => void | Promise<void>;
  try {
    yield* callWithDatabase(running, context.database, `${step.direction}() of ${step.id}`, run);
  } catch (error) {
    // A loss that the function turned into an error of its own is still the loss.
    running.requireTransaction();
    if (isDunlinError(error)) throw error;
    const facts = { id: step.id, direction: step.direction, reason: thrownReason(error), unrecorded };
    throw dunlinError('FUNCTION_FAILED', facts, { cause: error });
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

function* setBack(step: Step, context: RunContext, label: string, earlier: string | undefined, now: string): Op<void> {
  if (yield* setBackSchemaVersion(context.ledger.tables.attempts, label, earlier, now)) return;
  // Left as it is, the table would say at the next look that the migration is applied.
  const fact = `what schema_version said before it is not known, and its DOWN part leaves it at ${label}: set it back there`;
  throw dunlinError('CANNOT_ROLL_BACK', { id: step.id, file: step.file, fact });
}

/** Writes, in the migration's own savepoint, that it was applied or taken back, and that the attempt succeeded. */
function* record(
  step: Step,
  context: RunContext,
  frame: StepFrame,
  started: number,
  now: number,
  executionTimeMs: number,
): Op<void> {
  const { layout, tables } = context.ledger;
  const finishedAt = new Date(now).toISOString();
  if (step.direction === 'up') {
    const row = ledgerRow(step, finishedAt, executionTimeMs);
    yield* layout.insert(tables.migrations, row);
    frame.applied.set(step.version, row);
    if (layout.name === 'semver' && step.label !== undefined) yield* writeSchemaVersion(step.label, finishedAt);
  } else {
    const row = frame.applied.get(step.version);
    if (row !== undefined) yield* layout.remove(tables.migrations, row);
    frame.applied.delete(step.version);
    const label = row?.schemaVersion ?? undefined;
    if (layout.name === 'semver' && label !== undefined)
      yield* setBack(step, context, label, labelOf(frame.applied), finishedAt);
  }
  yield* insertAttempt(tables.attempts, {
    runId: frame.runId,
    version: step.version,
    name: step.name,
    direction: step.direction,
    status: 'ok',
    startedAt: new Date(started).toISOString(),
    finishedAt,
    host: context.host,
    pid: context.pid,
    tool: context.tool,
  });
}
