import { clock, emit, isSqlError, script, type Op } from '../bridge/index.ts';
import { isDunlinError, recoveryTexts, refOf, type DunlinError } from '../errors/index.ts';
import { readContent, readLedger, type LedgerState } from '../ledger/index.ts';
import type { Step, StepStatement } from '../plan/index.ts';
import { tablesInSync, externalContentTables, tablesOutOfSync, type ExternalContentTable } from '../rebuild/index.ts';
import { isEmpty, type Inventory } from '../schema/index.ts';
import { ChangedPragmas } from './changed-pragmas.ts';
import { rebuildStatement } from './guards/full-text.ts';
import { Mirror } from './mirror/mirror.ts';
import { readMode, transaction, retryBusy, type RunContext } from '../lock/index.ts';
import { recordSchema } from './record/record-schema.ts';
import { recordStep, type StepTiming } from './record/record-step.ts';
import { emitFailure, emptyResult, type GroupFrame, type GroupResult } from './run-group.ts';
import { statementError, toDunlinError } from './statement-error.ts';
import { undoNonTransactional } from './recover/restore-run-backup.ts';
import { emitVerified, verifyQueries } from './verification.ts';

/**
 * Runs a migration outside a transaction: VACUUM, journal_mode and their like, each safe to run again. It is
 * recorded after it succeeded; a crash in between runs it once more, with the same effect. When it fails after one of
 * its statements was run, the backup from before it is restored.
 */
export function* runNonTransactional(step: Step, context: RunContext, frame: GroupFrame): Op<GroupResult> {
  const state = yield* retryBusy(context, 'read', () => readLedger(context.ledger));
  if (!frame.due(state).includes(step)) return emptyResult();
  const applied = new Set(state.applied.map((row) => row.version));
  const before = yield* readContent(context.ledger);
  if (!isEmpty(before)) yield* frame.backups.createUnderLock(context, frame.runId, step, applied, frame.ran);
  const { version, name, direction } = step;
  const migration = { version, name };
  yield* emit({ type: 'migration:start', migration, direction, index: frame.done + 1, total: frame.total });
  const result = yield* runRecorded(step, before, context, frame);
  if ('error' in result) return emptyResult(result);
  const { executionTimeMs, statements, outOfSync } = result;
  yield* emitVerified(step);
  for (const index of outOfSync)
    yield* emit({
      type: 'migration:note',
      migration,
      note: `VACUUM numbered the rows of ${index.content} anew, and ${index.name} no longer fits them: ${rebuildStatement(index)}`,
    });
  yield* emit({ type: 'migration:done', migration, direction, executionTimeMs, statements });
  return {
    ...emptyResult(),
    outcomes: [{ ...migration, direction, executionTimeMs, statements, rebuilt: [] }],
    before,
  };
}

/** A step that ran and is recorded. */
interface Recorded {
  readonly executionTimeMs: number;
  readonly statements: number;
  /** The full-text tables that were in sync with their content before it, and are not any more. */
  readonly outOfSync: readonly ExternalContentTable[];
}

/** Runs a step and records it; if it fails, undoes it as far as that is safe. */
function* runRecorded(
  step: Step,
  before: Inventory,
  context: RunContext,
  frame: GroupFrame,
): Op<Recorded | { readonly step: Step; readonly error: DunlinError }> {
  try {
    const started = yield* clock();
    const mode = yield* readMode();
    const inSync = yield* ftsTablesInSync(step, before, context);
    const { ran, failure } = yield* runStatements(step, context);
    if (failure !== undefined) {
      const half = { step, ran, mode };
      const error = ran.length === 0 ? failure : yield* undoNonTransactional(half, failure, context, frame.backups);
      yield* emitFailure({ step, error });
      return { step, error };
    }
    const finished = yield* clock();
    const executionTimeMs = Math.max(0, Math.round(finished - started));
    yield* transaction(context, function* () {
      yield* record(step, context, frame, { started, finished, executionTimeMs });
      yield* recordSchema(context, frame.runId, [step], before, yield* readContent(context.ledger));
    });
    const outOfSync = yield* retryBusy(context, 'check full-text indexes', () => tablesOutOfSync(inSync));
    return { executionTimeMs, statements: ran.length, outOfSync };
  } catch (error) {
    const failure = toDunlinError(error, context.database);
    if (!isDunlinError(failure)) throw failure;
    return { step, error: failure };
  }
}

/**
 * The full-text tables that are in sync with their content before VACUUM, which may number rows anew where no INTEGER
 * PRIMARY KEY holds their rowids (sqlite.org/lang_vacuum.html).
 */
function* ftsTablesInSync(step: Step, before: Inventory, context: RunContext): Op<readonly ExternalContentTable[]> {
  if (!step.statements.some(({ facts }) => facts.verb === 'vacuum')) return [];
  const names = [...before.tables.values(), ...before.others.values()].map(({ name }) => name);
  return yield* retryBusy(context, 'check full-text indexes', () => tablesInSync(externalContentTables(before, names)));
}

/** Runs the statements and the verification queries. Returns the statements that ran, and what failed. */
function* runStatements(
  step: Step,
  context: RunContext,
): Op<{ readonly ran: readonly StepStatement[]; readonly failure: DunlinError | undefined }> {
  const migration = refOf(step);
  const pragmas = new ChangedPragmas();
  const ran: StepStatement[] = [];
  let failure: DunlinError | undefined;
  for (const entry of step.statements) {
    if (entry.skip !== undefined) continue;
    yield* emit({
      type: 'migration:statement',
      migration,
      statement: entry.number,
      statements: step.statements.length,
    });
    try {
      yield* pragmas.remember(entry.facts);
      yield* retryBusy(context, 'run a statement outside a transaction', () => script(entry.statement.sql));
      ran.push(entry);
    } catch (error) {
      if (isSqlError(error)) failure = yield* statementError(error, step, entry, context.database);
      // Another process held the lock until the wait was over.
      else if (isDunlinError(error)) failure = error.with({ migration });
      else throw error;
      break;
    }
  }
  yield* pragmas.restore(failure !== undefined);
  if (failure === undefined) failure = yield* verificationFailure(step);
  return { ran, failure };
}

function* verificationFailure(step: Step): Op<DunlinError | undefined> {
  try {
    yield* verifyQueries(step, 'kept');
    return undefined;
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return error;
  }
}

function* record(step: Step, context: RunContext, frame: GroupFrame, ran: StepTiming): Op<void> {
  const state = yield* readLedger(context.ledger);
  // Without a second connection there is no lock that keeps other runs away while the statements run. Another run may
  // have made the same step; twice does no harm, but it is recorded once.
  checkPlan(step, frame, state);
  const mirror = yield* Mirror.begin(context, state, [step]);
  yield* recordStep(step, context, frame.runId, new Map(state.applied.map((row) => [row.version, row])), ran);
  if (mirror !== undefined) yield* mirror.record([{ step, ran }]);
}

function checkPlan(step: Step, frame: GroupFrame, state: LedgerState): void {
  try {
    frame.due(state);
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    throw error.with({ hint: recoveryTexts.unrecorded({ id: step.id, hint: error.hint }) });
  }
}
