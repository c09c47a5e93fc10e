import { clock, emit, isSqlError, script, type Op } from '../bridge/index.ts';
import { isDunlinError, recoveryTexts, refOf, type DunlinError } from '../errors/index.ts';
import { readContent, readLedger, type LedgerState } from '../ledger/index.ts';
import type { MigrationOutcome } from '../lock/run-options.ts';
import type { Step, StepStatement } from '../plan/index.ts';
import {
  consistentIndexes,
  externalContentIndexes,
  staleIndexes,
  type ExternalContentIndex,
} from '../rebuild/index.ts';
import { isEmpty, type Inventory } from '../schema/index.ts';
import { ChangedPragmas } from './changed-pragmas.ts';
import type { RunContext } from '../lock/run-context.ts';
import { rebuildStatement } from './guards/full-text.ts';
import { readMode, transaction, retryBusy } from '../lock/index.ts';
import { recordSchema } from './record/record-schema.ts';
import { recordStep, type Ran } from './record/record-step.ts';
import type { GroupFrame, GroupResult } from './run-group.ts';
import { statementError } from './statement-error.ts';
import { undoNonTransactional } from './recover/undo-step.ts';
import { emitVerified, verifyQueries } from './verification.ts';

/**
 * Runs a migration outside a transaction: VACUUM, journal_mode and their like, each safe to run again. It is
 * recorded after it succeeded; a crash in between runs it once more, with the same effect. When it fails after one of
 * its statements was run, the backup from before it is restored.
 */
export function* runNonTransactional(step: Step, context: RunContext, frame: GroupFrame): Op<GroupResult> {
  const migration = refOf(step);
  const state = yield* retryBusy(context, 'read', () => readLedger(context.ledger));
  if (!frame.due(state).includes(step))
    return { outcomes: [], failure: undefined, aborted: false, settled: false, rest: [] };
  const applied = new Set(state.applied.map((row) => row.version));
  const before = yield* readContent(context.ledger);
  if (!isEmpty(before)) yield* frame.backups.takeAlone(context, frame.runId, step, applied, frame.ran);
  frame.attempt.step = step;
  const started = yield* clock();
  yield* emit({
    type: 'migration:start',
    migration,
    direction: step.direction,
    index: frame.done + 1,
    total: frame.total,
  });
  const mode = yield* readMode();
  const fitting = yield* fittingIndexes(step, before, context);
  const { ran, failure: found } = yield* runStatements(step, context);
  if (found !== undefined) {
    const failure =
      ran.length === 0 ? found : yield* undoNonTransactional({ step, ran, mode }, found, context, frame.backups);
    yield* emit({
      type: 'migration:failed',
      migration,
      direction: step.direction,
      code: failure.code,
      message: failure.message,
    });
    return { outcomes: [], failure, aborted: false, settled: false, rest: [] };
  }
  const finished = yield* clock();
  const executionTimeMs = Math.max(0, Math.round(finished - started));
  yield* transaction(context, function* () {
    yield* record(step, context, frame, { started, finished, executionTimeMs });
    yield* recordSchema(context, frame.runId, [step], before, yield* readContent(context.ledger));
  });
  frame.attempt.step = undefined;
  yield* emitVerified(step);
  for (const index of yield* retryBusy(context, 'check full-text indexes', () => staleIndexes(fitting)))
    yield* emit({
      type: 'migration:note',
      migration,
      note: `VACUUM numbered the rows of ${index.content} anew, and ${index.name} no longer fits them: ${rebuildStatement(index)}`,
    });
  yield* emit({
    type: 'migration:done',
    migration,
    direction: step.direction,
    executionTimeMs,
    statements: ran.length,
  });
  const outcome: MigrationOutcome = {
    ...migration,
    direction: step.direction,
    executionTimeMs,
    statements: ran.length,
    rebuilt: [],
  };
  return { outcomes: [outcome], failure: undefined, aborted: false, settled: false, before, rest: [] };
}

/**
 * The full-text indexes that fit their content before VACUUM, which may number rows anew where no INTEGER PRIMARY KEY
 * holds their rowids (sqlite.org/lang_vacuum.html).
 */
function* fittingIndexes(step: Step, before: Inventory, context: RunContext): Op<readonly ExternalContentIndex[]> {
  if (!step.statements.some(({ facts }) => facts.verb === 'vacuum')) return [];
  const names = [...before.tables.values(), ...before.others.values()].map(({ name }) => name);
  return yield* retryBusy(context, 'check full-text indexes', () =>
    consistentIndexes(externalContentIndexes(before, names)),
  );
}

/** Runs the statements and the verification queries; tells which statements ran, and what failed. */
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
      if (isSqlError(error)) failure = statementError(error, step, entry, context.database);
      // Who else uses the database was waited for in vain.
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

function* record(step: Step, context: RunContext, frame: GroupFrame, ran: Ran): Op<void> {
  const state = yield* readLedger(context.ledger);
  // Without a second connection there is no lock that keeps other runs away while the statements run. Another run may
  // have made the same step; twice does no harm, but it is recorded once.
  checkPlan(step, frame, state);
  yield* recordStep(step, context, frame.runId, new Map(state.applied.map((row) => [row.version, row])), ran);
}

function checkPlan(step: Step, frame: GroupFrame, state: LedgerState): void {
  try {
    frame.due(state);
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    throw error.with({ hint: recoveryTexts.unrecorded({ id: step.id, hint: error.hint }) });
  }
}
