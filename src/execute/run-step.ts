import { clock, emit, isSqlError, isTransactionOpen, nested, script, type Op } from '../bridge/index.ts';
import {
  dunlinError,
  guardTexts,
  isDunlinError,
  recoveryTexts,
  refOf,
  thrownReason,
  type DunlinError,
  type MigrationRef,
} from '../errors/index.ts';
import type { MigrationOutcome } from '../lock/run-options.ts';
import { isLedgerTable } from '../ledger/index.ts';
import type { Step } from '../plan/index.ts';
import { consistentIndexes, type ExternalContentIndex } from '../rebuild/index.ts';
import type { RunContext } from '../lock/run-context.ts';
import type { RunBaseline } from './guards/run-baseline.ts';
import { rebuildStatement, StaleIndexes } from './guards/full-text.ts';
import { nameOfUnit } from './guards/losses.ts';
import type { DetectorReport } from './guards/loss-detector.ts';
import type { AppliedRows } from './record/ledger-row.ts';
import type { DeferredLedgerWrites } from './record/deferred-writes.ts';
import { callWithDatabase } from './code/migration-database.ts';
import { lostLocksOr, readHeldLocks, refuseLostLocks } from '../lock/index.ts';
import { recordStep, type Ran } from './record/record-step.ts';
import type { RunningStep } from './run-statement.ts';
import { startUnit, toChecked } from './start-step.ts';
import { endedOutside, lostError, statementError, toDunlinError } from './statement-error.ts';
import { emitVerified, verifyStep } from './verification.ts';

/** What a unit needs to know of the run around it. */
export interface UnitFrame {
  readonly runId: string;
  /** The number of its first step in the run, from 1. */
  readonly index: number;
  readonly total: number;
  /** See `isUndisturbed`. */
  readonly undisturbed: boolean;
  /** What is applied at this moment; the unit brings it up to date. */
  readonly applied: AppliedRows;
  readonly late: DeferredLedgerWrites;
  /** The step under way; what failed, when the unit throws. */
  readonly attempt: { step: Step | undefined };
  /** Collects what the result of the run says of its steps. */
  readonly notes: string[];
}

/** The savepoint's name. A migration cannot release it: RELEASE of a savepoint it did not make is refused. */
const savepoint = 'dunlin_migration';

/**
 * Runs one migration, or those of a set, in a savepoint: statements or function and verification of each, then the
 * guards, and the rows that record them, unless these may wait. Throws a DunlinError with the savepoint rolled back;
 * `TRANSACTION_LOST` when there is nothing left to roll back.
 */
export function* runUnit(
  steps: readonly Step[],
  baseline: RunBaseline,
  context: RunContext,
  frame: UnitFrame,
): Op<readonly MigrationOutcome[]> {
  const { undisturbed } = frame;
  if (!undisturbed) yield* emitStart(steps[0]!, frame.index, frame.total);
  const { applied, report } = yield* nested(applyUnit(steps, baseline, context, frame, new Set()));
  const outcomes: MigrationOutcome[] = [];
  for (const { step, statements, idle, ran } of applied) {
    const migration = refOf(step);
    const isLast = step === steps.at(-1);
    const rebuilt = isLast ? report.rebuilt : [];
    const outcome = { direction: step.direction, executionTimeMs: ran.executionTimeMs, statements };
    frame.notes.push(...idle.map((note) => `${step.id}: ${note}`));
    outcomes.push({ ...migration, ...outcome, rebuilt });
    if (undisturbed) continue;
    yield* emitVerified(step);
    for (const note of idle) yield* emit({ type: 'migration:note', migration, note });
    if (isLast) yield* emitReport(report, migration);
    yield* emit({ type: 'migration:done', migration, ...outcome });
  }
  return outcomes;
}

/** What was judged after the last migration is reported with it. */
function* emitReport({ notes, leftOut, rebuilt }: DetectorReport, migration: MigrationRef): Op<void> {
  for (const note of notes) yield* emit({ type: 'migration:note', migration, note });
  for (const { note, warning } of leftOut) yield* emit({ type: 'migration:note', migration, note, warning });
  for (const one of rebuilt) yield* emit({ type: 'migration:rebuilt', migration, ...one });
}

/** A step that was applied. */
interface Applied {
  readonly step: Step;
  readonly statements: number;
  /** What its statements have not done. */
  readonly idle: readonly string[];
  readonly ran: Ran;
}

/**
 * Runs steps in their savepoint. Where they leave full-text indexes that do not fit, they are undone and the indexes
 * checked in the state before: if they fitted, the steps fail; if not, they are run once more, and a note says so.
 */
function* applyUnit(
  steps: readonly Step[],
  baseline: RunBaseline,
  context: RunContext,
  frame: UnitFrame,
  staleBefore: ReadonlySet<string>,
): Op<{ readonly applied: readonly Applied[]; readonly report: DetectorReport }> {
  const { late, attempt, undisturbed } = frame;
  const unit = startUnit(steps, baseline, context, { staleBefore, undisturbed });
  const { detector } = unit[0]!;
  const last = unit.at(-1)!;
  const waits = steps.every((step) => late.mayWait(step));
  // A savepoint outside a transaction would be one of its own.
  if (!(yield* isTransactionOpen())) throw endedOutside(steps[0]!);
  if (!waits) yield* late.write();
  const before = steps.map(({ version }) => ({ version, row: frame.applied.get(version) }));
  const applied: Applied[] = [];
  let report: DetectorReport | undefined;
  let running = unit[0]!;
  const isCode = steps.some((step) => step.run !== undefined || step.verifyFunction !== undefined);
  const locks = isCode ? yield* readHeldLocks(context) : [];
  yield* script(`SAVEPOINT ${savepoint}`);
  try {
    for (running of unit) {
      const { step } = running;
      attempt.step = step;
      if (running !== unit[0] && staleBefore.size === 0 && !undisturbed)
        yield* emitStart(step, frame.index + applied.length, frame.total);
      const { ran, judged } = yield* applyStep(running, running === last, baseline, context, { locks, undisturbed });
      report = judged;
      if (!waits) yield* recordStep(step, context, frame.runId, frame.applied, ran);
      if (running !== last) yield* running.pragmas.restore(false);
      applied.push({ step, statements: running.statements, idle: running.idle, ran });
    }
    yield* script(`RELEASE ${savepoint}`);
  } catch (error) {
    const { step } = running;
    const found = yield* lostLocksOr(step, locks, error);
    const reported = withSetUndone(asMigrationError(found, step, context), steps, step);
    const undone = isLost(reported) || (yield* undo());
    yield* running.pragmas.restore(true);
    if (undone && reported instanceof StaleIndexes) {
      const broken = yield* consistentIndexes(reported.indexes);
      if (broken.length > 0) throw fullTextError(steps, broken);
      yield* baseline.undone((table) => isLedgerTable(context.ledger, table));
      for (const { version, row } of before)
        if (row === undefined) frame.applied.delete(version);
        else frame.applied.set(version, row);
      const stale = new Set([...staleBefore, ...reported.indexes.map(({ name }) => name)]);
      return yield* applyUnit(steps, baseline, context, frame, stale);
    }
    throw undone || isEnvironmentError(reported) ? reported : lostError(step, undefined, reported);
  }
  if (waits) for (const { step, ran } of applied) late.add(step, ran);
  detector.accept();
  if (last.pragmas.areChanged) yield* last.pragmas.restore(false);
  return { applied, report: report! };
}

/** Runs one step and verifies it; the last of its unit is judged. */
function* applyStep(
  running: RunningStep,
  isLast: boolean,
  baseline: RunBaseline,
  context: RunContext,
  { locks, undisturbed }: { readonly locks: readonly string[]; readonly undisturbed: boolean },
): Op<{ readonly ran: Ran; readonly judged: DetectorReport | undefined }> {
  const { step, detector } = running;
  const started = yield* clock();
  if (step.run !== undefined) yield* runFunction(running, context);
  else yield* runStatements(running, context, undisturbed);
  if (step.verify.length > 0 || step.verifyFunction !== undefined) yield* verifyStep(running, context);
  yield* running.findTransaction();
  if (locks.length > 0) yield* refuseLostLocks(step, locks);
  let judged: DetectorReport | undefined;
  if (isLast) judged = yield* detector.finish();
  else yield* detector.next();
  if (running.hasTemporary) yield* running.dropTemporary(baseline.temporary);
  const finished = yield* clock();
  return { ran: { started, finished, executionTimeMs: Math.max(0, Math.round(finished - started)) }, judged };
}

function* emitStart({ version, name, direction }: Step, index: number, total: number): Op<void> {
  yield* emit({ type: 'migration:start', migration: { version, name }, direction, index, total });
}

function fullTextError(steps: readonly Step[], indexes: readonly ExternalContentIndex[]): DunlinError {
  const broken = indexes.map((index) => ({ ...index, statement: rebuildStatement(index) }));
  const facts = { ...nameOfUnit(steps.map(toChecked)), indexes: broken };
  return dunlinError('FULL_TEXT_BROKEN', facts, { migration: refOf(steps.at(-1)!) });
}

function* runStatements(running: RunningStep, context: RunContext, undisturbed: boolean): Op<void> {
  const { step } = running;
  const migration = refOf(step);
  for (const entry of step.statements) {
    if (entry.skip !== undefined) continue;
    if (!undisturbed)
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
  return reported.with({ migration: refOf(step) });
}

/**
 * The error of a migration in the midst of its set, with what becomes of those before it. What was judged after the last
 * names the set by itself.
 */
function withSetUndone(error: unknown, steps: readonly Step[], step: Step): unknown {
  const before = steps.slice(0, steps.indexOf(step));
  if (before.length === 0 || !isDunlinError(error) || error.code in guardTexts || isEnvironmentError(error))
    return error;
  const ids = before.map(({ id }) => id);
  const [up, down] = step.direction === 'up' ? [ids, []] : [[], ids];
  return error.with({ hint: recoveryTexts.together({ what: 'set', hint: error.hint, up, down }) });
}

/** Whether the transaction as a whole is to be rolled back, and not only the migration. */
export function isLost(error: unknown): boolean {
  return isDunlinError(error) && (error.code === 'TRANSACTION_LOST' || error.code === 'LOCKS_LOST');
}

/** No room, or a disk that fails: on a copy of a database that says nothing of the migration. */
export function isDiskError(error: unknown): boolean {
  return isDunlinError(error) && /^(?:DISK|TEMPORARY_FOLDER)_/.test(error.code);
}

/**
 * A full disk, no folder for temporary files, or a damaged file: SQLite may have rolled back already, and nothing more
 * should be written.
 */
export function isEnvironmentError(error: unknown): boolean {
  return isDunlinError(error) && /^(?:DATABASE|DISK|TEMPORARY_FOLDER)_(?!FAILED$)/.test(error.code);
}
