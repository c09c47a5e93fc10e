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
import { isLedgerTable } from '../ledger/index.ts';
import { makerOf, type Step } from '../plan/index.ts';
import { quoteIfNeeded } from '../sql/index.ts';
import { tablesInSync, type ExternalContentTable } from '../rebuild/index.ts';
import type { RunBaseline } from './guards/run-baseline.ts';
import { rebuildStatement, OutOfSyncTables } from './guards/full-text.ts';
import { nameOfUnit } from './guards/losses.ts';
import type { DetectorReport } from './guards/loss-detector.ts';
import { type AppliedRows, recordStep, type StepTiming } from './record/record-step.ts';
import type { DeferredLedgerWrites } from './record/deferred-writes.ts';
import { callWithDatabase } from './code/migration-database.ts';
import {
  preferLostLocksError,
  readHeldLocks,
  refuseLostLocks,
  type RunContext,
  type MigrationOutcome,
} from '../lock/index.ts';
import type { RunningStep } from './run-statement.ts';
import type { Mirror } from './mirror/mirror.ts';
import { startUnit, toChecked } from './start-step.ts';
import { endedOutside, transactionLostError, statementError, toDunlinError } from './statement-error.ts';
import { emitVerified, verifyStep } from './verification.ts';

/** What a unit needs to know of its run and its transaction. */
export interface UnitFrame {
  readonly runId: string;
  /** The number of its first step in the run, from 1. */
  readonly index: number;
  readonly total: number;
  /** See `isUndisturbed`. */
  readonly undisturbed: boolean;
  /** What is applied at this moment; the unit brings it up to date. */
  readonly applied: AppliedRows;
  readonly writes: DeferredLedgerWrites;
  /** Undefined: no other tool's table is kept in step. */
  readonly mirror: Mirror | undefined;
}

/** How units ended: with an outcome for each of their steps, or with a failure. */
export interface UnitResult {
  /** How many units succeeded. */
  readonly units: number;
  readonly outcomes: readonly MigrationOutcome[];
  /** What their statements did not do, and what their rebuilds kept. */
  readonly notes: readonly string[];
  readonly failure: UnitFailure | undefined;
}

/** The step that failed, and why. */
export interface UnitFailure {
  readonly step: Step;
  readonly error: DunlinError;
  /**
   * What the failure rolls back: the `unit`, which is rolled back already; or the `transaction`, which the caller has to
   * roll back. `lost`: a statement ended the transaction, or another process may have written.
   */
  readonly undoes: 'unit' | 'transaction' | 'lost';
}

/** The savepoint's name. A migration cannot release it: RELEASE of a savepoint it did not make is refused. */
export const savepoint = 'dunlin_migration';

/**
 * Runs one migration, or those of a set, in a savepoint: statements or function and verification of each, then the
 * guards, and the rows that record them, unless these may wait.
 */
export function* runUnit(
  steps: readonly Step[],
  baseline: RunBaseline,
  context: RunContext,
  frame: UnitFrame,
): Op<UnitResult> {
  if (!frame.undisturbed) yield* emitStart(steps[0]!, frame.index, frame.total);
  let result: AppliedUnit | UnitFailure;
  try {
    result = yield* nested(applyUnit(steps, baseline, context, frame, new Set()));
  } catch (error) {
    // Outside the savepoint, so that rolling that back does not help.
    result = toFailure(error, steps, steps[0]!, context, 'transaction');
  }
  if ('error' in result) return { units: 0, outcomes: [], notes: [], failure: result };
  if (!frame.undisturbed) yield* emitApplied(result);
  return {
    units: 1,
    outcomes: result.applied.map((one) => toOutcome(one, result.report)),
    notes: result.applied.flatMap(({ step, notes }) => notes.map((note) => `${step.id}: ${note}`)),
    failure: undefined,
  };
}

/** The guards check a unit after its last migration, so what they report belongs to that one. */
function toOutcome({ step, statements, ran, isLast }: Applied, { rebuilt }: DetectorReport): MigrationOutcome {
  const { direction } = step;
  return {
    ...refOf(step),
    direction,
    executionTimeMs: ran.executionTimeMs,
    statements,
    rebuilt: isLast ? rebuilt : [],
  };
}

function* emitApplied({ applied, report }: AppliedUnit): Op<void> {
  for (const { step, statements, notes, ran, isLast } of applied) {
    const migration = refOf(step);
    const { direction } = step;
    yield* emitVerified(step);
    for (const note of notes) yield* emit({ type: 'migration:note', migration, note });
    if (isLast) yield* emitReport(report, migration);
    yield* emit({ type: 'migration:done', migration, direction, executionTimeMs: ran.executionTimeMs, statements });
  }
}

function* emitReport({ notes, leftOut, rebuilt }: DetectorReport, migration: MigrationRef): Op<void> {
  for (const note of notes) yield* emit({ type: 'migration:note', migration, note });
  for (const { note, warning } of leftOut) yield* emit({ type: 'migration:note', migration, note, warning });
  for (const one of rebuilt) yield* emit({ type: 'migration:rebuilt', migration, ...one });
}

/** A step that was applied. */
interface Applied {
  readonly step: Step;
  readonly statements: number;
  /** What its statements did not do, and what its rebuilds kept. */
  readonly notes: readonly string[];
  readonly ran: StepTiming;
  /** It is the last of its unit. */
  readonly isLast: boolean;
}

interface AppliedUnit {
  readonly applied: readonly Applied[];
  readonly report: DetectorReport;
}

/**
 * Runs steps in their savepoint. If they leave full-text indexes that do not fit, they are rolled back and the indexes
 * checked in the state before: if they fitted, the steps fail; if not, they run once more, and a note says so.
 */
function* applyUnit(
  steps: readonly Step[],
  baseline: RunBaseline,
  context: RunContext,
  frame: UnitFrame,
  outOfSyncBefore: ReadonlySet<string>,
): Op<AppliedUnit | UnitFailure> {
  const { writes, undisturbed } = frame;
  const unit = startUnit(steps, baseline, context, { outOfSyncBefore, undisturbed });
  const { detector } = unit[0]!;
  const last = unit.at(-1)!;
  const waits = steps.every((step) => writes.mayWait(step));
  // A savepoint outside a transaction would be one of its own.
  if (!(yield* isTransactionOpen())) throw endedOutside(steps[0]!);
  if (!waits) yield* writes.write();
  const before = steps.map(({ version }) => ({ version, row: frame.applied.get(version) }));
  const applied: Applied[] = [];
  let report: DetectorReport | undefined;
  let running = unit[0]!;
  const isCode = steps.some((step) => step.run !== undefined || step.verifyFunction !== undefined);
  const locks = isCode ? yield* readHeldLocks(context) : [];
  yield* script(`SAVEPOINT ${savepoint}`);
  try {
    context.recorder?.begins(steps);
    for (running of unit) {
      const { step } = running;
      const isLast = running === last;
      if (running !== unit[0] && outOfSyncBefore.size === 0 && !undisturbed)
        yield* emitStart(step, frame.index + applied.length, frame.total);
      const done = yield* applyStep(running, isLast, baseline, context, { locks, undisturbed });
      report = done.report;
      if (!waits) yield* recordStep(step, context, frame.runId, frame.applied, done.ran);
      if (!isLast) yield* running.pragmas.restore(false);
      applied.push({ step, statements: running.statements, notes: running.notes, ran: done.ran, isLast });
    }
    // After the guards, which compare the rows of all tables.
    if (frame.mirror !== undefined)
      yield* frame.mirror.record(applied.filter(({ step }) => step.repeatable === undefined));
    yield* script(`RELEASE ${savepoint}`);
  } catch (error) {
    const { step } = running;
    const found = yield* preferLostLocksError(step, locks, error);
    const reported = withSetUndone(asMigrationError(found, step, context), steps, step);
    const undone = yield* undoUnit(reported);
    yield* running.pragmas.restore(true);
    if (!undone || !(reported instanceof OutOfSyncTables)) return failUnit(reported, undone, steps, step, context);
    // They are out of sync after the unit. Those that are in sync without it were broken by it.
    const broken = yield* tablesInSync(reported.tables);
    if (broken.length > 0) return toFailure(fullTextError(steps, broken), steps, step, context, 'unit');
    yield* baseline.undone((table) => isLedgerTable(context.ledger, table));
    for (const { version, row } of before)
      if (row === undefined) frame.applied.delete(version);
      else frame.applied.set(version, row);
    const outOfSync = new Set([...outOfSyncBefore, ...reported.tables.map(({ name }) => name)]);
    return yield* applyUnit(steps, baseline, context, frame, outOfSync);
  }
  if (waits) for (const { step, ran } of applied) writes.add(step, ran);
  detector.accept();
  if (frame.mirror !== undefined) baseline.forgetRows();
  if (last.pragmas.areChanged) yield* last.pragmas.restore(false);
  return { applied, report: report! };
}

/** The failure of a unit that `undoUnit` has rolled back, or has not. */
export function failUnit(
  reported: unknown,
  undone: boolean,
  steps: readonly Step[],
  step: Step,
  context: RunContext,
): UnitFailure {
  if (!undone && !isEnvironmentError(reported))
    return toFailure(transactionLostError(step, undefined, reported), steps, step, context, 'lost');
  return toFailure(reported, steps, step, context, 'unit');
}

/**
 * A failure of the unit. The guards check after the last step of a set, so the error may name an earlier one. Throws
 * what is no error of the database: it is a bug of Dunlin's.
 */
export function toFailure(
  thrown: unknown,
  steps: readonly Step[],
  step: Step,
  context: RunContext,
  undoes: UnitFailure['undoes'],
): UnitFailure {
  const error = toDunlinError(thrown, context.database);
  if (!isDunlinError(error)) throw error;
  const named = steps.find(({ version }) => version === error.migration?.version);
  return {
    step: named ?? step,
    error,
    undoes: isLost(error) ? 'lost' : isEnvironmentError(error) ? 'transaction' : undoes,
  };
}

/** Runs one step and verifies it; after the last of its unit the guards check. */
function* applyStep(
  running: RunningStep,
  isLast: boolean,
  baseline: RunBaseline,
  context: RunContext,
  { locks, undisturbed }: { readonly locks: readonly string[]; readonly undisturbed: boolean },
): Op<{ readonly ran: StepTiming; readonly report: DetectorReport | undefined }> {
  const { step, detector } = running;
  const started = yield* clock();
  if (step.run !== undefined) yield* runFunction(running, context);
  else yield* runStatements(running, context, undisturbed);
  if (context.recorder !== undefined) context.recorder.verifies(step);
  else if (step.verify.length > 0 || step.verifyFunction !== undefined) yield* verifyStep(running, context);
  yield* running.assertInTransaction();
  if (locks.length > 0) yield* refuseLostLocks(step, locks);
  let report: DetectorReport | undefined;
  if (isLast) {
    report = yield* detector.finish();
    running.noteKept(report);
  } else yield* detector.next();
  if (running.hasTemporary) yield* running.dropTemporary(baseline.temporary);
  const finished = yield* clock();
  return { ran: { started, finished, executionTimeMs: Math.max(0, Math.round(finished - started)) }, report };
}

function* emitStart({ version, name, direction }: Step, index: number, total: number): Op<void> {
  yield* emit({ type: 'migration:start', migration: { version, name }, direction, index, total });
}

function fullTextError(steps: readonly Step[], indexes: readonly ExternalContentTable[]): DunlinError {
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
      if (isSqlError(error)) throw yield* statementError(error, step, entry, context.database, running.keptFor(entry));
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
    // A loss that the code migration turned into an error of its own is still the loss.
    running.throwIfFailed();
    const place = step.migration?.kind === 'code' ? step.migration.placeOf(error) : {};
    if (isDunlinError(error)) {
      const hint = recoveryTexts.inCode({ id: step.id, hint: error.hint });
      throw error.with(error.location === undefined ? { hint, ...place } : { hint });
    }
    const facts = { id: step.id, direction: step.direction, reason: thrownReason(error) };
    throw dunlinError('FUNCTION_FAILED', facts, { cause: error, ...place });
  }
  yield* running.assertInTransaction();
}

/** Goes back to before the unit. False: SQLite had ended the transaction already (disk full and the like). */
export function* undoUnit(error: unknown): Op<boolean> {
  if (isLost(error)) return true;
  try {
    yield* script(`ROLLBACK TO ${savepoint}`);
    yield* script(`RELEASE ${savepoint}`);
    return true;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return false;
  }
}

/** The error with its migration. What is no error of the database is a bug of Dunlin's, and stays as it is. */
export function asMigrationError(error: unknown, step: Step, context: RunContext): unknown {
  const reported = toDunlinError(error, context.database);
  if (!isDunlinError(reported)) return reported;
  const hinted = withSeedHint(withMaker(reported, step, context), context);
  return hinted.migration === undefined ? hinted.with({ migration: refOf(step) }) : hinted;
}

/** A seed that has run before meets its own rows. */
function withSeedHint(error: DunlinError, { ledger }: RunContext): DunlinError {
  const isTwice =
    ledger.seeds === true && error.code === 'STATEMENT_FAILED' && error.message.includes('UNIQUE constraint');
  return isTwice ? error.with({ hint: recoveryTexts.seededTwice({ hint: error.hint }) }) : error;
}

/** The errors of the guards for an object that is broken by a statement, or that a DROP TABLE has taken along. */
const ofObjects: readonly string[] = ['OBJECT_BROKEN', 'TRIGGER_LOST', 'INDEX_LOST'];

/** How SQLite and the guards name such an object. */
const objectNamed = /\b(view|trigger|index) "?([^\s":;,.]+)"?/;

/** The error with the way out where a repeatable migration makes the object that stands in the way. */
function withMaker(error: DunlinError, step: Step, { registry }: RunContext): DunlinError {
  if (registry.repeatables === undefined) return error;
  const ofSqlite = /: (error in .*)$/s.exec(error.message)?.[1];
  const text = ofObjects.includes(error.code)
    ? error.message
    : error.code === 'STATEMENT_FAILED'
      ? ofSqlite
      : undefined;
  const [, type, name] = objectNamed.exec(text ?? '') ?? [];
  const maker = type === undefined || name === undefined ? undefined : makerOf(registry, type, name);
  if (maker === undefined || step.repeatable !== undefined) return error;
  const { id, direction } = step;
  const facts = {
    id,
    object: `${type} ${name}`,
    file: maker.file,
    drop: `DROP ${type!.toUpperCase()} IF EXISTS ${quoteIfNeeded(name!)}`,
  };
  return error.with({ hint: recoveryTexts.madeByRepeatable({ ...facts, direction }) });
}

/**
 * The error of a migration in the midst of its set, which also names those before it that are undone. The errors of the
 * guards name the whole set already.
 */
function withSetUndone(error: unknown, steps: readonly Step[], step: Step): unknown {
  const before = steps.slice(0, steps.indexOf(step));
  if (before.length === 0 || !isDunlinError(error) || error.code in guardTexts || isEnvironmentError(error))
    return error;
  const ids = before.map(({ id }) => id);
  const [up, down] = step.direction === 'up' ? [ids, []] : [[], ids];
  return error.with({ hint: recoveryTexts.together({ what: 'set', hint: error.hint, up, down }) });
}

/** Whether the transaction as a whole has to be rolled back, and not only the migration. */
function isLost(error: unknown): boolean {
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
function isEnvironmentError(error: unknown): boolean {
  return isDunlinError(error) && /^(?:DATABASE|DISK|TEMPORARY_FOLDER)_(?!FAILED$)/.test(error.code);
}
