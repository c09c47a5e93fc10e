import {
  clock,
  inTransaction,
  isSqlError,
  script,
  withCaller,
  type DunlinEvent,
  type Op,
  type Request,
} from '../bridge/index.ts';
import { refOf } from '../errors/index.ts';
import type { MigrationOutcome, RunContext } from '../lock/index.ts';
import type { Step, StepStatement } from '../plan/index.ts';
import { mayCopyNames } from '../schema/index.ts';
import { nameKey, type ParsedStatement, type SqlStatement } from '../sql/index.ts';
import type { CommitPace } from './commit-pace.ts';
import type { RunBaseline } from './guards/run-baseline.ts';
import type { DeferredLedgerWrites } from './record/deferred-writes.ts';
import {
  asMigrationError,
  failUnit,
  savepoint,
  toFailure,
  undoUnit,
  type UnitFailure,
  type UnitResult,
} from './run-step.ts';
import { endedOutside, environmentError, transactionLostError, statementError } from './statement-error.ts';

/** What plain steps run with. */
export interface PlainFrame {
  readonly baseline: RunBaseline;
  readonly writes: DeferredLedgerWrites;
  readonly pace: CommitPace;
  /** Whether the pace may end the transaction after a step. */
  readonly mayPause: boolean;
  /** Whether the statements of a long file may run as one text. */
  readonly mayJoin: boolean;
  /** See `isUndisturbed`. If not, events are emitted, and somebody may end the transaction between two requests. */
  readonly undisturbed: boolean;
}

const begin = `SAVEPOINT ${savepoint}`;
const release = `RELEASE ${savepoint}`;

/** With more statements than this, a file runs as one text. */
const few = 8;

/**
 * Whether a transaction has nothing to guard: the database was empty and the connection had no temporary objects, and the
 * driver can say whether a transaction is open.
 */
export function* hasNothingToGuard({ hasObjects, temporary }: RunBaseline): Op<boolean> {
  return !hasObjects && temporary.length === 0 && (yield* inTransaction()) === true;
}

/**
 * Whether a step needs nothing of what `runUnit` does but to run its statements in a savepoint. That takes
 * - a transaction that `hasNothingToGuard`;
 * - SQL in a transaction with foreign keys off, no verification, no set, and a record that may wait;
 * - only the statements of `isPlainStatement`: none drops or renames, or does nothing without an error; and none that
 *   `withCopiedNames` has to look at;
 * - rows written only while there are no foreign keys that they can violate, and no triggers, REPLACE clauses or virtual
 *   tables through which they reach other rows.
 *
 * For such a step the loss detector reads nothing, and finds nothing. See docs/internals/decisions/0005-what-a-migration-costs.md.
 */
export function isPlain(step: Step, { baseline, writes }: Pick<PlainFrame, 'baseline' | 'writes'>): boolean {
  if (step.foreignKeys || step.verify.length > 0 || step.set !== undefined || !writes.mayWait(step)) return false;
  // Whether it runs at all is decided right before it.
  if (step.repeatable !== undefined) return false;
  let writesRows = false;
  for (const { facts, skip, batch, statement } of step.statements) {
    if (skip !== undefined) continue;
    if (batch !== undefined || !isPlainStatement(facts) || mayCopyNames(statement)) return false;
    writesRows ||= facts.verb !== 'create' && facts.verb !== 'alter';
  }
  return !writesRows || !(step.statements.some(refers) || reachesOthers(baseline));
}

function refers({ facts }: StepStatement): boolean {
  return facts.verb === 'create' && facts.object === 'table' && facts.references.length > 0;
}

/** Whether writing a row may violate a foreign key, or change other rows. */
function reachesOthers({ references, triggers, hasReplaceConflict, hasVirtual }: RunBaseline): boolean {
  return hasReplaceConflict || hasVirtual || triggers.hasTriggers || !references.isEmpty;
}

function isPlainStatement(facts: ParsedStatement): boolean {
  switch (facts.verb) {
    case 'create':
      if (facts.ifNotExists || !isOwn(facts.name.schema) || facts.object === 'trigger') return false;
      if (facts.object === 'index') return true;
      if (facts.object === 'view') return !facts.temporary;
      return !(facts.temporary || facts.virtual || facts.asSelect || facts.replacesOnConflict);
    case 'alter':
      return facts.change.kind === 'add-column' && facts.change.references.length === 0 && isOwn(facts.name.schema);
    case 'insert':
    case 'update':
    case 'delete':
      // `sqlite_sequence` is guarded by itself.
      return isOwn(facts.name.schema) && !/^sqlite_/i.test(facts.name.name);
    default:
      return false;
  }
}

function isOwn(schema: string | undefined): boolean {
  return schema === undefined || nameKey(schema) === 'main';
}

/**
 * Runs plain steps from `units[from]` on, each in its savepoint, and ends before the first unit that is not one. Events
 * and requests are those of `runUnit`, in the same order, but for the clock and for whether a transaction is open, which
 * an undisturbed run asks after each statement only. It is one flat generator because a first run executes it uncompiled,
 * and a `yield*` costs more than many of its statements. `index`: the number of the first step in the run, of `total`.
 */
export function* runPlainSteps(
  units: readonly (readonly Step[])[],
  from: number,
  frame: PlainFrame,
  context: RunContext,
  { index, total }: { readonly index: number; readonly total: number },
): Op<UnitResult> {
  const { baseline, writes, pace, mayPause, undisturbed } = frame;
  const outcomes: MigrationOutcome[] = [];
  let started = yield* clock();
  for (let i = from; i < units.length; i++) {
    const step = units[i]![0]!;
    if (context.options.signal?.aborted === true || !isPlain(step, frame)) break;
    let running: StepStatement | undefined;
    let statements = 0;
    let finished = 0;
    let isBegun = false;
    if (!undisturbed) yield startEvent(step, index + outcomes.length, total);
    try {
      if (!undisturbed && (yield { kind: 'inTransaction' }) === false) throw endedOutside(step);
      yield { kind: 'script', sql: begin };
      isBegun = true;
      if (!undisturbed) started = (yield { kind: 'clock' }) as number;
      if (frame.mayJoin && step.statements.length > few) statements = yield* runJoined(step);
      if (statements === 0)
        for (running of step.statements) {
          if (running.skip !== undefined) continue;
          if (!undisturbed) {
            yield statementEvent(step, running);
            if ((yield { kind: 'inTransaction' }) === false) throw transactionLostError(step, running, undefined);
          }
          yield { kind: 'script', sql: running.statement.sql };
          if ((yield { kind: 'inTransaction' }) === false) throw transactionLostError(step, running, undefined);
          statements += 1;
        }
      running = undefined;
      finished = (yield { kind: 'clock' }) as number;
      yield { kind: 'script', sql: release };
    } catch (error) {
      const failure = yield* failStep(withCaller(error), step, running, isBegun, context);
      return { units: outcomes.length, outcomes, notes: [], failure };
    }
    const executionTimeMs = Math.max(0, Math.round(finished - started));
    const { version, name, direction } = step;
    writes.add(step, { started, finished, executionTimeMs });
    outcomes.push({ version, name, direction, executionTimeMs, statements, rebuilt: [] });
    accept(step, baseline);
    if (!undisturbed) {
      yield doneEvent(step, executionTimeMs, statements);
      // A listener takes time too.
      finished = (yield { kind: 'clock' }) as number;
    }
    // The caller asks again, and by then as much time has passed.
    if (mayPause && pace.isDueAt(finished)) break;
    started = finished;
  }
  return { units: outcomes.length, outcomes, notes: [], failure: undefined };
}

function startEvent(step: Step, index: number, total: number): Request {
  return event({ type: 'migration:start', migration: refOf(step), direction: step.direction, index, total });
}

function statementEvent(step: Step, { number }: StepStatement): Request {
  const statements = step.statements.length;
  return event({ type: 'migration:statement', migration: refOf(step), statement: number, statements });
}

function doneEvent(step: Step, executionTimeMs: number, statements: number): Request {
  const { direction } = step;
  return event({ type: 'migration:done', migration: refOf(step), direction, executionTimeMs, statements });
}

function event(of: DunlinEvent): Request {
  return { kind: 'emit', event: of };
}

/** So many characters of a long file run as one text: a copy of all of it would take as much memory again. */
const longestText = 1_000_000;

/**
 * Runs the statements of a step as one text, those of a long file as several. Returns how many there were; 0 if they have
 * to run one by one, so that the error names the statement that fails.
 */
function* runJoined({ statements }: Step): Op<number> {
  const run = statements.filter(({ skip }) => skip === undefined);
  try {
    for (let from = 0, to = 0; from < run.length; from = to) {
      let length = 0;
      while (to < run.length && length < longestText) length += run[to++]!.statement.sql.length;
      const texts = run.slice(from, to).map(({ statement }) => statement.sql);
      yield* script(texts.join(';\n'));
      if ((yield* inTransaction()) === false) throw new UnclearLoss();
    }
  } catch (error) {
    if (!isSqlError(error)) throw error;
    if ((yield* inTransaction()) === false) throw new UnclearLoss();
    yield* script(`ROLLBACK TO ${savepoint}`);
    return 0;
  }
  return run.length;
}

/**
 * A statement of a joined text ended the transaction, and it is not known which one. A plain statement can only roll it
 * back, so nothing of the text is left.
 */
export class UnclearLoss extends Error {}

/** The failure of a step, rolled back if its savepoint is open. `running`: the statement that failed. */
function* failStep(
  thrown: unknown,
  step: Step,
  running: StepStatement | undefined,
  isBegun: boolean,
  context: RunContext,
): Op<UnitFailure> {
  if (thrown instanceof UnclearLoss) throw thrown;
  if (!isBegun) return toFailure(thrown, [step], step, context, 'transaction');
  const error = asMigrationError(yield* reportedError(thrown, step, running, context), step, context);
  const undone = yield* undoUnit(error);
  return failUnit(error, undone, [step], step, context);
}

function* reportedError(
  error: unknown,
  step: Step,
  running: StepStatement | undefined,
  context: RunContext,
): Op<unknown> {
  if (running === undefined || !isSqlError(error)) return error;
  if ((yield* hasEndedTransaction()) && environmentError(error, '') === undefined)
    return transactionLostError(step, running, error);
  return yield* statementError(error, step, running, context.database);
}

/** If the driver cannot say, rolling back to the savepoint shows it. */
function* hasEndedTransaction(): Op<boolean> {
  try {
    return (yield* inTransaction()) === false;
  } catch {
    return false;
  }
}

/** Tells the baseline what a step made and wrote, as the loss detector does. */
function accept({ statements }: Step, baseline: RunBaseline): void {
  for (const { facts, statement, skip } of statements)
    if (skip === undefined && facts.verb === 'create') acceptCreated(facts, statement, baseline);
  // An earlier step that was not plain may have counted the rows.
  if (baseline.counts.size > 0) baseline.counts.clear();
}

function acceptCreated(
  facts: Extract<ParsedStatement, { verb: 'create' }>,
  statement: SqlStatement,
  baseline: RunBaseline,
): void {
  const { name } = facts.name;
  if (facts.object === 'view') baseline.views.add(name, statement);
  if (facts.object !== 'table') return;
  const key = nameKey(name);
  baseline.tables.set(key, { name, temporary: false, virtual: false, existedBeforeRun: false });
  if (facts.references.length > 0) baseline.references.add(key, facts.references.map(nameKey));
}
