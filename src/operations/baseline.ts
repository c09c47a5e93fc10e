import { clock, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import {
  look,
  migrationRow,
  prepareMove,
  throwProblems,
  transaction,
  verifyRecorded,
  withSettings,
  writeSchema,
  type RunContext,
} from '../execute/index.ts';
import { createTables, insertAttempt, interruptOthers, readContent, writeSchemaVersion } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import type { BaselineOptions, MigrationOutcome, RunResult } from '../options.ts';
import { highest, unknownVersion, type Comparison, type Step } from '../plan/index.ts';

/**
 * Records every migration up to a version as applied without running it: for a database that was made by other
 * means and has them already. Their verification tells whether it has.
 */
export function* baseline(context: RunContext, version: number, { verify = true }: BaselineOptions): Op<RunResult> {
  const started = yield* clock();
  if (context.registry.get(version) === undefined) throw unknownVersion(version, context.registry);
  return yield* withSettings(context, () => transaction(context, () => record(context, version, verify, started)));
}

function* record(context: RunContext, version: number, verify: boolean, started: number): Op<RunResult> {
  const { database, layout, tables } = context.ledger;
  const { state, comparison } = yield* look(context);
  throwProblems([...state.problems, ...comparison.edited.values()]);
  const newer = [...comparison.applied.keys()].filter((applied) => applied > version);
  if (newer.length > 0) throw dunlinError('BASELINE_CONFLICT', { database, applied: newer.length, version });
  throwProblems(comparison.problems.filter((problem) => problem.code === 'DATABASE_AHEAD'));
  const marked = comparison.pending.filter((migration) => migration.version <= version);
  const now = new Date(yield* clock()).toISOString();
  if (marked.length > 0) {
    yield* createTables(context.ledger, state.exists);
    yield* interruptOthers(tables.attempts, now);
    const runId = context.newRunId();
    // What `schema_version` alone tells of counts only as long as nothing is recorded.
    for (const migration of comparison.implied) {
      const label = comparison.applied.get(migration.version)?.schemaVersion ?? undefined;
      yield* insert(context, migration, label, runId, now);
    }
    for (const migration of marked) {
      const step = verify ? yield* stepOf(context, migration, comparison) : undefined;
      const label = migration.kind === 'sql' ? migration.content.header.schemaVersion : step?.label;
      yield* insert(context, migration, label, runId, now);
      // First its label: verification may well look at `schema_version`.
      if (layout.name === 'semver' && label !== undefined) yield* writeSchemaVersion(label, now);
      if (step !== undefined) yield* verifyRecorded(step, context);
    }
    // Whoever sets a baseline says that the database is as it should be.
    const actual = yield* readContent(context.ledger);
    yield* writeSchema(context, runId, actual, actual);
  }
  const after = yield* look(context);
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

/** The migration, loaded and parsed. Its statements do not run, so that they could not does not matter. */
function* stepOf(context: RunContext, { version }: Migration, comparison: Comparison): Op<Step | undefined> {
  const { step, problems } = yield* prepareMove(context, { version, direction: 'up' }, comparison);
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
  yield* layout.insert(tables.migrations, migrationRow(migration, now, 0, label));
  yield* insertAttempt(
    tables.attempts,
    {
      runId,
      version: migration.version,
      name: migration.name,
      direction: 'baseline',
      status: 'ok',
      startedAt: now,
      finishedAt: now,
    },
    context,
  );
}

function toOutcome({ version, name }: Migration): MigrationOutcome {
  return { version, name, direction: 'up', executionTimeMs: 0, statements: 0 };
}
