import { call, clock, type Op } from '../bridge/index.ts';
import {
  checkOptions,
  dunlinError,
  isBoolean,
  isDunlinError,
  plural,
  refOf,
  type ChecksOf,
  type DunlinError,
  type MoveRef,
  type MigrationRef,
} from '../errors/index.ts';
import {
  Mirror,
  readState,
  rowsOf,
  prepareMove,
  throwProblems,
  verifyRecorded,
  writeSchema,
  type State,
} from '../execute/index.ts';
import { rememberFile, retryBusy, transaction, withSettings, type Operation, type RunContext } from '../lock/index.ts';
import { createTables, markInterrupted, readContent, writeSchemaVersion } from '../ledger/index.ts';
import { isSquashed, migrationAt, type Migration } from '../migration/index.ts';
import type { MigrationOutcome, RunResult } from '../lock/run-options.ts';
import { confirmChecks } from './redo.ts';
import type { CheckDatabases } from './check.ts';
import { readSchema } from './schema.ts';
import { recordAttempt } from './record-attempt.ts';
import { checkTarget } from './to.ts';
import { replayTo } from '../check/index.ts';
import { compareEffectively, driftLine, type Inventory } from '../schema/index.ts';
import { highest, pendingTo, unknownVersion, type Comparison, type Step } from '../plan/index.ts';

/** How a baseline is made. */
export interface BaselineOptions {
  /**
   * Asked with what would be recorded, and with where the database is not what these migrations make, before anything is
   * locked; not asked if there is nothing to record. Anything but true ends it with `DECLINED`. If another process changes meanwhile what there is to record, nothing is recorded (`PLAN_CHANGED`).
   */
  readonly confirm?: (
    migrations: readonly MigrationRef[],
    differences: readonly string[],
  ) => boolean | Promise<boolean>;
  /** Runs the verification of what it records, and refuses the baseline when that fails. Default true. */
  readonly verify?: boolean;
}

const baselineChecks: ChecksOf<BaselineOptions> = { ...confirmChecks, verify: isBoolean };

/**
 * Records every migration up to a version as applied without running it: for a database that was made by other
 * means and has them already. Their verification tells whether it has.
 */
export function baseline(
  version: number,
  options: BaselineOptions,
  differences: readonly string[] = [],
): Operation<RunResult> {
  checkBaseline(version, options);
  return (context) => recordAll(context, version, options, differences);
}

export function checkBaseline(version: number, options: BaselineOptions): void {
  checkTarget(version);
  checkOptions(options, baselineChecks);
}

function* recordAll(
  context: RunContext,
  version: number,
  { verify = true, confirm }: BaselineOptions,
  differences: readonly string[],
): Op<RunResult> {
  const started = yield* clock();
  if (migrationAt(context.registry, version) === undefined) throw unknownVersion(version, context.registry);
  yield* rememberFile(context);
  const confirmed =
    confirm === undefined ? undefined : yield* ask(context, version, (marked) => confirm(marked, differences));
  const result = yield* withSettings(context, () =>
    transaction(context, () => record(context, version, verify, confirmed, started)),
  );
  return result.applied.length === 0 ? result : { ...result, notes: differences };
}

/** Asks about what would be recorded, without a lock. Errors: `DECLINED`, and why nothing can be recorded. */
function* ask(
  context: RunContext,
  version: number,
  confirm: (marked: readonly MigrationRef[]) => boolean | Promise<boolean>,
): Op<readonly Migration[]> {
  const marked = choose(context, version, yield* retryBusy(context, 'read', () => readState(context)));
  if (marked.length > 0 && (yield* call('confirm()', () => confirm(marked.map(refOf)))) !== true)
    throw dunlinError('DECLINED', {
      what: `Recording ${plural(marked.length, 'migration')} on ${context.database} as applied`,
    });
  return marked;
}

/** What a baseline records. Errors: why there can be none. */
function choose(context: RunContext, version: number, { state, comparison }: State): readonly Migration[] {
  const { database } = context.ledger;
  throwProblems([...state.problems, ...comparison.changed.values()]);
  const newer = [...comparison.applied.keys()].filter((applied) => applied > version);
  if (newer.length > 0) throw dunlinError('BASELINE_CONFLICT', { database, applied: newer.length, version });
  throwProblems(comparison.problems.filter((problem) => problem.code === 'DATABASE_AHEAD'));
  return pendingTo(context.registry, comparison, version);
}

/** Another process has applied or rolled back some of what was confirmed, or of what was not. */
function changed(
  { database }: RunContext,
  version: number,
  confirmed: readonly Migration[],
  marked: readonly Migration[],
): DunlinError {
  const listed = (list: readonly Migration[]): { id: string; direction: 'record' }[] =>
    list.map(({ id }) => ({ id, direction: 'record' }));
  const refs = (list: readonly Migration[]): MoveRef[] =>
    list.map((migration) => ({ ...refOf(migration), direction: 'up' }));
  return dunlinError(
    'PLAN_CHANGED',
    {
      database,
      planned: listed(confirmed),
      now: listed(marked),
      reapplied: [],
      done: [],
      plan: 'status',
      command: `baseline ${version}`,
    },
    { planned: refs(confirmed), now: refs(marked) },
  );
}

function* record(
  context: RunContext,
  version: number,
  verify: boolean,
  confirmed: readonly Migration[] | undefined,
  started: number,
): Op<RunResult> {
  const { layout, tables } = context.ledger;
  const seen = yield* readState(context);
  const { state, comparison } = seen;
  const marked = choose(context, version, seen);
  if (confirmed !== undefined && String(confirmed.map(toVersion)) !== String(marked.map(toVersion)))
    throw changed(context, version, confirmed, marked);
  const now = new Date(yield* clock()).toISOString();
  if (marked.length > 0) {
    yield* createTables(context.ledger, state.exists);
    yield* markInterrupted(tables.attempts, now);
    const runId = context.newRunId();
    // Migrations known only through `schema_version` count only until something is recorded.
    for (const migration of comparison.implied) {
      const label = comparison.applied.get(migration.version)?.schemaVersion ?? undefined;
      yield* insert(context, migration, label, runId, now);
    }
    for (const migration of marked) {
      const step = verify ? yield* stepOf(context, migration, comparison) : undefined;
      const label = labelIn(migration) ?? step?.label;
      yield* insert(context, migration, label, runId, now);
      // First its label: verification may well look at `schema_version`.
      if (layout.name === 'semver' && label !== undefined) yield* writeSchemaVersion(label, now);
      if (step !== undefined) yield* verifyRecorded(step, context);
    }
    yield* Mirror.recordBaseline(
      context,
      state,
      marked.map((migration) => ({ migration, appliedAt: now, executionTimeMs: 0 })),
    );
    // A baseline declares the present schema correct.
    const actual = yield* readContent(context.ledger);
    yield* writeSchema(context, runId, actual, actual);
  }
  const after = yield* readState(context);
  return {
    from: highest(comparison.applied.keys()),
    to: highest(after.comparison.applied.keys()),
    fromLabel: comparison.label,
    toLabel: after.comparison.label,
    applied: marked.map(toOutcome),
    pending: after.comparison.pending.map(({ version: pending, name }) => ({ version: pending, name })),
    notes: [],
    backup: undefined,
    aborted: false,
    durationMs: Math.round((yield* clock()) - started),
  };
}

/** The step of a migration. Its statements do not run, so their problems do not matter. */
function* stepOf(context: RunContext, migration: Migration, comparison: Comparison): Op<Step | undefined> {
  const move = { version: migration.version, direction: 'up', squash: isSquashed(migration) } as const;
  const { step, problems } = yield* prepareMove(context, move, comparison);
  if (step === undefined) throwProblems(problems);
  return step;
}

function* insert(
  context: RunContext,
  migration: Migration,
  label: string | undefined,
  runId: string,
  now: string,
): Op<void> {
  const { layout, tables } = context.ledger;
  for (const row of rowsOf(migration, context.registry, now, label)) yield* layout.insert(tables.migrations, row);
  yield* recordAttempt(context, { runId, direction: 'baseline', now, migration });
}

/** The label of a migration, of a squash that of its last one. Code has it in its definition. */
function labelIn(migration: Migration): string | undefined {
  if (migration.kind === 'code') return undefined;
  return migration.squash === undefined
    ? migration.content.header.schemaVersion
    : migration.squash.replaces.findLast(({ label }) => label !== undefined)?.label;
}

function toVersion({ version }: Migration): number {
  return version;
}

function toOutcome({ version, name }: Migration): MigrationOutcome {
  return { version, name, direction: 'up', executionTimeMs: 0, statements: 0, rebuilt: [] };
}

/**
 * Where the database is not what the migrations make that a baseline would record. That it cannot be compared is no error:
 * a baseline takes the user's word. Errors: why there can be no baseline.
 */
export async function compareBaseline(
  target: number,
  databases: CheckDatabases,
  database: string,
): Promise<readonly string[]> {
  const marked = await databases.read((context) => readMarked(context, target));
  if (marked.length === 0) return [];
  const uncompared = 'the schema was not compared with what the recorded migrations make';
  const code = await databases.read((context) => firstCode(context, target));
  if (code !== undefined) return [`${uncompared}: ${code.id} is code, which would run`];
  try {
    const replayed = await databases.onScratch((context) => replayTo(context, target));
    return baselineNotes(database, replayed, await databases.read(readSchema));
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return [`${uncompared}: ${error.message}`];
  }
}

function* readMarked(context: RunContext, target: number): Op<readonly Migration[]> {
  if (migrationAt(context.registry, target) === undefined) throw unknownVersion(target, context.registry);
  return choose(context, target, yield* readState(context));
}

const mostDifferences = 5;

/**
 * What the notes of a baseline say: where the database is not what the migrations make that were recorded without
 * running. What it has besides is the application's own affair.
 */
function baselineNotes(database: string, replayed: Inventory, actual: Inventory): readonly string[] {
  const lines = compareEffectively(replayed, actual).flatMap((change) =>
    change.kind === 'added' ? [] : [driftLine(change)],
  );
  if (lines.length === 0) return [];
  const more = lines.length - mostDifferences;
  const shown = lines.slice(0, mostDifferences).join('; ');
  return [`${database} is not what the recorded migrations make: ${shown}${more > 0 ? `; and ${more} more` : ''}`];
}

/** The first migration up to a version that is code: a replay, which nobody requested, would really run it. */
// oxlint-disable-next-line require-yield -- there is nothing to ask
function* firstCode({ registry }: RunContext, version: number): Op<Migration | undefined> {
  return registry.migrations.find((migration) => migration.version <= version && migration.kind === 'code');
}
