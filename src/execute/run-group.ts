import { emit, isUndisturbed, nested, script, type Op } from '../bridge/index.ts';
import { isOutdated } from '../backup/index.ts';
import { guardTexts, recoveryTexts, refOf, type DunlinError } from '../errors/index.ts';
import {
  isLedgerTable,
  markProgress,
  readContent,
  readLedger,
  readProgress,
  readRepeatables,
  type LedgerState,
} from '../ledger/index.ts';
import type { MigrationOutcome } from '../lock/run-options.ts';
import {
  compareRepeatable,
  continuesInOrder,
  isExpected,
  readable,
  atomicUnits,
  type Step,
  type StepGroup,
} from '../plan/index.ts';
import { isEmpty, objectKey, type Inventory } from '../schema/index.ts';
import { inMain } from '../sql/index.ts';
import { objectsMadeBy, type SqlMigration } from '../migration/index.ts';
import { versioned } from './prepare/prepare.ts';
import { Mirror } from './mirror/mirror.ts';
import { findUnseenChange, readBaseline, type RunBaseline } from './guards/run-baseline.ts';
import { ValuesBefore } from './guards/values-before.ts';
import { refuseHidden } from './guards/temporary-hiding.ts';
import { dataVersion, setForeignKeys, begin, commit, rollback, transaction, type RunContext } from '../lock/index.ts';
import type { RunBackups } from './run-backups.ts';
import type { CommitPace } from './commit-pace.ts';
import { DeferredLedgerWrites } from './record/deferred-writes.ts';
import { recordFailure, finishAttempt, type AttemptResult } from './record/run-attempt.ts';
import { isRemade, recordOutdated } from './record/record-outdated.ts';
import { recordSchema } from './record/record-schema.ts';
import { proveForeignKeysOff } from './prove-foreign-keys.ts';
import { hasNothingToGuard, isPlain, runPlainSteps, UnclearLoss } from './plain-steps.ts';
import { runUnit, type UnitFailure } from './run-step.ts';
import type { AppliedRows } from './record/record-step.ts';
import { committedError } from './statement-error.ts';
import { checkIntegrity } from './verification.ts';

/** What a group needs to know of its run. */
export interface GroupFrame {
  readonly runId: string;
  /** How many steps of the run come before this group, and how many there are. */
  readonly done: number;
  readonly total: number;
  /** How many of those steps this run executed itself: another process may have applied some. */
  readonly ran: number;
  /** The group's COMMIT ends the run. */
  readonly last: boolean;
  /** The steps of this group and of those after it that are still due; throws if the plan no longer fits. */
  readonly due: (state: LedgerState) => readonly Step[];
  readonly backups: RunBackups;
  readonly pace: CommitPace;
  /** What the transaction before it carries over, if that was of the same group. */
  readonly carried: CarriedState | undefined;
}

/** What a transaction carries over to the next one of its group, if nobody else commits in between. */
interface CarriedState {
  /** Read once per group: the guards compare with the state before the group, even if it takes several transactions. */
  readonly baseline: RunBaseline;
  readonly wasEmpty: boolean;
  readonly inventory: Inventory;
  /** `PRAGMA data_version`, which changes with every commit of another connection. */
  readonly dataVersion: number;
}

/** How a group ended. What is in `outcomes` is committed. */
export interface GroupResult {
  readonly outcomes: readonly MigrationOutcome[];
  readonly failure: GroupFailure | undefined;
  readonly aborted: boolean;
  /** Whether the end of the run is recorded already. */
  readonly isRecorded: boolean;
  /** The schema before the group, if it ran. */
  readonly before?: Inventory | undefined;
  /** The steps that are still to do, in another transaction. */
  readonly rest: readonly Step[];
  readonly carried?: CarriedState | undefined;
  /** What the steps did not do. */
  readonly notes: readonly string[];
  /** What was applied at the COMMIT, if the group read and wrote it in one transaction. */
  readonly applied?: AppliedRows;
}

/** Why a group ended, with the step that failed; without one, no step did. */
export interface GroupFailure {
  readonly step: Step | undefined;
  readonly error: DunlinError;
}

/** A group of which nothing is done. */
export function emptyResult(failure?: GroupFailure): GroupResult {
  return { outcomes: [], failure, aborted: false, isRecorded: false, rest: [], notes: [] };
}

/** The step that failed, and why. */
interface StepFailure {
  readonly step: Step;
  readonly error: DunlinError;
}

/**
 * How a transaction ended. `undone`: a step failed, and all of it is rolled back. `lost`: a statement ended the transaction
 * itself. `outdated`: another connection committed before this one had the lock again. `unclear`: a statement of a joined
 * text ended the transaction.
 */
type TransactionEnd =
  | { readonly kind: 'committed'; readonly result: GroupResult }
  | { readonly kind: 'undone'; readonly failure: StepFailure }
  | {
      readonly kind: 'lost';
      readonly failure: StepFailure;
      readonly outcomes: readonly MigrationOutcome[];
      readonly writes: DeferredLedgerWrites;
    }
  | { readonly kind: 'outdated' }
  | { readonly kind: 'unclear' };

/**
 * Runs a group of migrations in one transaction under the database's write lock, each, or each set, in a savepoint; or as
 * many of them as the pace allows: what is committed has passed every check. If one fails, it is rolled back and those
 * before it are committed. If a statement rolls the transaction back, those before it are undone too: they run once more,
 * without it. If a statement commits it, nothing can be rolled back: the run stops with `TRANSACTION_COMMITTED`.
 */
export function* runGroup(group: StepGroup, context: RunContext, frame: GroupFrame): Op<GroupResult> {
  let { steps } = group;
  let { carried } = frame;
  let known: StepFailure | undefined;
  let mayJoin = true;
  for (;;) {
    yield* setForeignKeys(context, group.foreignKeys);
    const end = yield* runTransaction(steps, { known, mayJoin }, context, { ...frame, carried });
    if (end.kind === 'committed') return end.result;
    if (end.kind === 'undone') return emptyResult(end.failure);
    // Its baseline has migrations that are undone now, or the schema from before somebody else's commit.
    carried = undefined;
    if (end.kind === 'outdated') continue;
    if (end.kind === 'unclear') {
      mayJoin = false;
      continue;
    }
    const { step, error } = end.failure;
    if ((yield* readProgress(context.ledger.tables.attempts, frame.runId))?.step === position(frame)) {
      yield* transaction(context, () => end.writes.write());
      const committed = { step, error: committedError(step, error) };
      yield* emitFailure(committed);
      return { ...emptyResult(committed), outcomes: end.outcomes };
    }
    if (context.options.atomic === 'run') {
      yield* emitFailure(end.failure);
      return emptyResult({ step, error: withRunUndone(error, group.steps.slice(0, group.steps.indexOf(step))) });
    }
    known = end.failure;
    const unit = atomicUnits(steps).find((one) => one.includes(step))!;
    steps = steps.slice(0, steps.indexOf(unit[0]!));
  }
}

/** What an earlier attempt at a transaction tells the next one. */
interface Attempted {
  /** The failure of the step after these, which goes into the log with them. */
  readonly known: StepFailure | undefined;
  /** Whether the statements of a long file may run as one text. */
  readonly mayJoin: boolean;
}

function* runTransaction(
  planned: readonly Step[],
  attempted: Attempted,
  context: RunContext,
  frame: GroupFrame,
): Op<TransactionEnd> {
  yield* begin(context);
  let end: TransactionEnd;
  try {
    end = yield* runInside(planned, attempted, context, frame);
  } catch (error) {
    yield* rollback();
    if (isOutdated(error)) return { kind: 'outdated' };
    if (error instanceof UnclearLoss) return { kind: 'unclear' };
    throw error;
  }
  if (end.kind !== 'committed') yield* rollback();
  return end;
}

function* runInside(
  planned: readonly Step[],
  { known, mayJoin }: Attempted,
  context: RunContext,
  frame: GroupFrame,
): Op<TransactionEnd> {
  const { runId, backups } = frame;
  // Another process may have migrated before we had the lock: only what is read under the lock counts.
  const state = yield* readLedger(context.ledger);
  const due = new Set(frame.due(state));
  const applied = new Map(state.applied.map((row) => [row.version, row]));
  const steps = planned.filter((step) => due.has(step));
  const carried = yield* ifUnchanged(frame.carried);
  const isOwn = (table: string): boolean => isLedgerTable(context.ledger, table);
  const found = carried?.baseline ?? (yield* readBaseline(isOwn));
  const before = carried?.inventory ?? found.inventory;
  const wasEmpty = carried?.wasEmpty ?? isEmpty(before);
  if (carried === undefined) refuseHidden(found);
  const expected = steps.filter(isExpected);
  if (!wasEmpty) yield* backups.create(context, runId, expected, new Set(applied.keys()), frame.ran);
  yield* markProgress(context.ledger.tables.attempts, runId, position(frame), backups.made?.id ?? null);
  if (carried === undefined) yield* proveForeignKeysOff(context, steps, before);
  const baseline = (yield* dropRemade(steps, before)) ? yield* readBaseline(isOwn) : found;
  const existing = { inventory: before, temporary: baseline.temporary };
  const run = { runId, step: position(frame) };
  const mirror = yield* Mirror.begin(context, state, versioned(steps));
  const values =
    context.keepsValues === true ? yield* ValuesBefore.read(before, context.ledger.tables.attempts) : undefined;
  const writes = yield* DeferredLedgerWrites.begin(context, run, applied, steps, existing, mirror !== undefined);
  const units = yield* runUnits(
    steps,
    { before, baseline, applied, writes, mirror, mayPause: known === undefined, mayJoin },
    context,
    frame,
  );
  const { outcomes, notes, aborted, done } = units;
  if (units.failure?.undoes === 'lost') return { kind: 'lost', failure: units.failure, outcomes, writes };
  if (units.failure?.undoes === 'transaction') return { kind: 'undone', failure: units.failure };
  yield* nested(writes.write());
  if (known !== undefined) yield* emitFailure(known);
  const after = yield* readContent(context.ledger);
  const unseen = findUnseenChange(baseline, after);
  if (unseen !== undefined) throw unseen;
  const { database, acceptedLosses } = context;
  const kept = values === undefined ? [] : yield* values.refuseLosses(database, steps, after, acceptedLosses);
  if (outcomes.length > 0) {
    yield* checkIntegrity(context, wasEmpty);
    yield* recordOutdated(context, state.repeatables, done, before, after);
    yield* recordSchema(context, runId, done, before, after);
  }
  const failure = units.failure ?? known;
  if (failure !== undefined) yield* recordFailure(context, runId, failure.step, failure.error);
  const rest = units.paused ? planned.slice(planned.indexOf(done.at(-1)!) + 1) : [];
  const isRecorded = failure !== undefined || (outcomes.length > 0 && ((frame.last && rest.length === 0) || aborted));
  if (isRecorded) yield* finishAttempt(context, runId, endOf(failure, aborted), backups.made?.id);
  const version = rest.length === 0 ? undefined : yield* dataVersion();
  const unclear = yield* commitRun(context, runId);
  return {
    kind: 'committed',
    result: {
      outcomes,
      failure: failure ?? (unclear && { step: undefined, error: unclear }),
      aborted,
      isRecorded,
      before,
      rest,
      notes: [...notes, ...kept],
      applied,
      carried: version === undefined ? undefined : { baseline, wasEmpty, inventory: after, dataVersion: version },
    },
  };
}

/** Drops what repeatable migrations make anew at the end of the same transaction. Returns whether there was any of it. */
function* dropRemade(steps: readonly Step[], { others }: Inventory): Op<boolean> {
  const found = steps
    .flatMap(({ repeatable }) => repeatable?.remakes ?? [])
    .flatMap(({ type, name }) => others.get(objectKey(type, name)) ?? []);
  // A view takes its triggers along.
  for (const { type, name } of found) yield* script(`DROP ${type.toUpperCase()} IF EXISTS ${inMain(name)}`);
  return found.length > 0;
}

/** COMMIT of a transaction of a run; returns the error of one that is committed although the disk failed. */
function* commitRun(context: RunContext, runId: string): Op<DunlinError | undefined> {
  // No other state of the run's row has this progress, or the end of the run.
  const written = yield* readProgress(context.ledger.tables.attempts, runId);
  return yield* commit(context, function* (on) {
    const found = yield* readProgress(context.ledger.tables.attempts, runId, on);
    return found?.status === written?.status && found?.step === written?.step;
  });
}

/** What the units of a transaction run with. */
interface UnitsFrame {
  /** The schema before the transaction. */
  readonly before: Inventory;
  readonly baseline: RunBaseline;
  readonly applied: AppliedRows;
  readonly writes: DeferredLedgerWrites;
  readonly mirror: Mirror | undefined;
  /** Whether the pace may end the transaction after a unit. */
  readonly mayPause: boolean;
  /** Whether the statements of a long file may run as one text. */
  readonly mayJoin: boolean;
}

/** How far the units of a transaction came. */
interface UnitsResult {
  readonly outcomes: readonly MigrationOutcome[];
  /** The steps of the outcomes: without the repeatable ones that were not due. */
  readonly done: readonly Step[];
  readonly notes: readonly string[];
  readonly failure: UnitFailure | undefined;
  readonly aborted: boolean;
  /** The pace ended the transaction before the last unit. */
  readonly paused: boolean;
}

/** Runs units until one fails, the pace ends the transaction, or the run is to stop. */
function* runUnits(
  steps: readonly Step[],
  { before, baseline, applied, writes, mirror, mayPause, mayJoin }: UnitsFrame,
  context: RunContext,
  { runId, done: count, total: expected, pace }: GroupFrame,
): Op<UnitsResult> {
  const outcomes: MigrationOutcome[] = [];
  const done: Step[] = [];
  const notes: string[] = [];
  const ended = { outcomes, done, notes, failure: undefined, aborted: false, paused: false };
  yield* pace.begin();
  const undisturbed = yield* isUndisturbed();
  const plain =
    context.recorder === undefined && (yield* hasNothingToGuard(baseline))
      ? // The events of statements come one by one.
        { baseline, writes, pace, mayPause, mayJoin: mayJoin && undisturbed, undisturbed }
      : undefined;
  const units = atomicUnits(steps);
  let number = 0;
  while (number < units.length) {
    if (context.options.signal?.aborted === true) return { ...ended, aborted: true };
    const unit = units[number]!;
    if (unit[0]!.repeatable !== undefined && !(yield* isStillDue(unit[0]!, done, before, context))) {
      number += 1;
      continue;
    }
    const index = count + outcomes.length + 1;
    const total = Math.max(expected, index);
    const result =
      plain !== undefined && isPlain(unit[0]!, plain)
        ? yield* nested(runPlainSteps(units, number, plain, context, { index, total }))
        : yield* runUnit(unit, baseline, context, { runId, index, total, undisturbed, applied, writes, mirror });
    outcomes.push(...result.outcomes);
    notes.push(...result.notes);
    done.push(...units.slice(number, number + result.units).flat());
    number += result.units;
    const { failure } = result;
    if (failure?.undoes === 'lost') return { ...ended, failure };
    if (failure !== undefined) {
      const hinted = withNext(failure.error, units[number]!, units[number + 1]);
      const isWhole = context.options.atomic === 'run';
      const leaves = !isWhole && failure.undoes === 'unit' && failure.step.repeatable !== undefined;
      const reported = { ...failure, error: leaves ? yield* withGone(hinted, failure.step, context) : hinted };
      yield* emitFailure(reported);
      if (!isWhole) return { ...ended, failure: reported };
      const error = withRunUndone(reported.error, done);
      return { ...ended, failure: { ...reported, error, undoes: 'transaction' } };
    }
    if (mayPause && number < units.length && (yield* pace.isDue())) return { ...ended, paused: true };
  }
  return ended;
}

/** Whether a repeatable migration has changed, or something that it made is gone or made otherwise by now. */
function* isStillDue(
  step: Step,
  done: readonly Step[],
  before: Inventory,
  { ledger: { tables, seeds } }: RunContext,
): Op<boolean> {
  if (seeds === true) return true;
  const migration = step.migration as SqlMigration;
  const found = yield* readRepeatables(tables.attempts, true);
  if (compareRepeatable(migration, found).state !== 'applied') return true;
  return isRemade(migration, done, before, ({ key }) =>
    found.objects.has(key) ? { sql: found.objects.get(key) } : undefined,
  );
}

/** Says what repeatable migrations have made and is gone now, because a migration before the failed one has dropped it. */
function* withGone(error: DunlinError, { id }: Step, { registry, ledger }: RunContext): Op<DunlinError> {
  const found = yield* readRepeatables(ledger.tables.attempts, true);
  const gone = (registry.repeatables ?? [])
    .filter(({ name }) => found.recorded.has(name))
    .flatMap((migration) => readable(() => objectsMadeBy(migration)) ?? [])
    .filter(({ key }) => !found.objects.has(key))
    .map(({ type, name }) => `${type} ${name}`);
  return gone.length === 0 ? error : error.with({ hint: recoveryTexts.repeatableLeft({ id, hint: error.hint, gone }) });
}

/** What the transaction before carries over, unless somebody else has committed since. */
function* ifUnchanged(carried: CarriedState | undefined): Op<CarriedState | undefined> {
  return carried !== undefined && carried.dataVersion === (yield* dataVersion()) ? carried : undefined;
}

/** Adds to a guard's error that this migration and the next ones, applied as one set, may lose nothing. */
function withNext(error: DunlinError, unit: readonly Step[], next: readonly Step[] | undefined): DunlinError {
  const following = next?.[0];
  // A set has versioned migrations only.
  const isVersioned = unit[0]?.repeatable === undefined && following?.repeatable === undefined;
  if (following === undefined || !isVersioned || !(error.code in guardTexts)) return error;
  const both = [...unit, ...next!];
  const canShare = both.every((step) => step.transaction && !step.foreignKeys && step.direction === 'up');
  if (!canShare || !continuesInOrder(following, unit) || (isOfRows(error) && !next!.some(fills))) return error;
  const versions = new Set(both.flatMap(({ version, set }) => set?.versions ?? [version]));
  return error.with({
    hint: recoveryTexts.continued({ hint: error.hint, next: following.id, versions: [...versions] }),
  });
}

function isOfRows({ code }: DunlinError): boolean {
  return code === 'ROWS_LOST' || code === 'VALUES_CHANGED';
}

/** Whether a step may bring rows or values back: an index or a trigger does not. */
function fills({ statements }: Step): boolean {
  return statements.some(({ facts }) =>
    facts.verb === 'alter'
      ? facts.change.kind === 'rename-table'
      : facts.verb === 'insert' || facts.verb === 'update' || (facts.verb === 'create' && facts.object === 'table'),
  );
}

/** The error of a run that is rolled back as a whole, which also names the steps before the failed one. */
function withRunUndone(error: DunlinError, before: readonly Step[]): DunlinError {
  if (before.length === 0) return error;
  const ids = (direction: Step['direction']): string[] =>
    before.filter((step) => step.direction === direction).map((step) => step.id);
  return error.with({
    hint: recoveryTexts.together({ what: 'run', hint: error.hint, up: ids('up'), down: ids('down') }),
  });
}

function endOf(failure: StepFailure | undefined, aborted: boolean): AttemptResult {
  if (failure !== undefined) return { status: 'failed', error: failure.error };
  return { status: aborted ? 'interrupted' : 'ok' };
}

/** What marks the group's transaction: another group of the same run begins at another step. */
function position(frame: GroupFrame): number {
  return frame.done + 1;
}

export function* emitFailure({ step, error }: StepFailure): Op<void> {
  const migration = refOf(step);
  yield* emit({
    type: 'migration:failed',
    migration,
    direction: step.direction,
    code: error.code,
    message: error.message,
  });
}
