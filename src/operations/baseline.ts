import { clock, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { look, migrationRow, throwProblems, transaction, withSettings, type RunContext } from '../execute/index.ts';
import { createTables, insertAttempt, interruptOthers, writeSchemaVersion } from '../ledger/index.ts';
import type { MigrationOutcome, RunResult } from '../options.ts';
import { highest } from '../plan/index.ts';

/**
 * Records every migration up to a version as applied without running it: for a database that was made by other
 * means and has them already.
 */
export function* baseline(context: RunContext, version: number): Op<RunResult> {
  const started = yield* clock();
  if (context.registry.get(version) === undefined) {
    const known = context.registry.migrations.slice(-3).map((migration) => migration.id);
    throw dunlinError('VERSION_UNKNOWN', { version, known });
  }
  return yield* withSettings(context, () => transaction(context, () => record(context, version, started)));
}

function* record(context: RunContext, version: number, started: number): Op<RunResult> {
  const { layout, tables, database } = context.ledger;
  const { state, comparison } = yield* look(context);
  throwProblems([...state.problems, ...comparison.edited.values()]);
  const newer = [...comparison.applied.keys()].filter((applied) => applied > version);
  if (newer.length > 0) throw dunlinError('BASELINE_CONFLICT', { database, applied: newer.length, version });
  const marked = comparison.pending.filter((migration) => migration.version <= version);
  const from = highest(comparison.applied.keys());
  const now = new Date(yield* clock()).toISOString();
  if (marked.length > 0) {
    yield* createTables(context.ledger, state.exists);
    yield* interruptOthers(tables.attempts, now);
  }
  const attempt = {
    runId: context.newRunId(),
    direction: 'baseline',
    status: 'ok',
    startedAt: now,
    finishedAt: now,
    host: context.host,
    pid: context.pid,
    tool: context.tool,
  } as const;
  const outcomes: MigrationOutcome[] = [];
  for (const migration of marked) {
    const label = migration.kind === 'sql' ? migration.content.header.schemaVersion : undefined;
    yield* layout.insert(tables.migrations, migrationRow(migration, now, 0, label));
    yield* insertAttempt(tables.attempts, { ...attempt, version: migration.version, name: migration.name });
    if (layout.name === 'semver' && label !== undefined) yield* writeSchemaVersion(label, now);
    outcomes.push({
      version: migration.version,
      name: migration.name,
      direction: 'up',
      executionTimeMs: 0,
      statements: 0,
    });
  }
  const after = yield* look(context);
  return {
    from,
    to: highest(after.comparison.applied.keys()),
    fromLabel: comparison.label,
    toLabel: after.comparison.label,
    applied: outcomes,
    pending: after.comparison.pending.map(({ version: pending, name }) => ({ version: pending, name })),
    notes: [],
    backup: undefined,
    aborted: false,
    durationMs: Math.round((yield* clock()) - started),
  };
}
