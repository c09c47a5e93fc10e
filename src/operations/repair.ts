import { clock, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { look, migrationRow, throwProblems, transaction, withSettings, type RunContext } from '../execute/index.ts';
import { insertAttempt, readTexts, writeSchemaVersion } from '../ledger/index.ts';
import type { RepairChange } from '../options.ts';
import { labelOf, readable, type Comparison } from '../plan/index.ts';

/** What could be put right: edited, missing and renamed migrations, with the recorded and the present text. */
export function* readRepairs(context: RunContext): Op<readonly RepairChange[]> {
  const { state, comparison } = yield* look(context);
  throwProblems(state.problems);
  const changes: RepairChange[] = [];
  for (const version of comparison.edited.keys()) {
    const migration = context.registry.get(version);
    const row = comparison.applied.get(version);
    if (migration === undefined || row === undefined) continue;
    const recorded = yield* recordedText(context, version);
    // A file that can no longer be parsed is shown whole.
    const up = migration.kind === 'sql' ? readable(() => migration.content.up.text) : undefined;
    changes.push({
      kind: 'accept',
      migration: { version, name: row.name },
      file: migration.file,
      recorded,
      present: up ?? migration.text,
    });
  }
  for (const row of comparison.missing)
    changes.push({ kind: 'forget', migration: { version: row.version, name: row.name } });
  for (const { row, migration } of comparison.renamed) {
    if (!comparison.edited.has(row.version))
      changes.push({ kind: 'rename', migration: { version: row.version, name: row.name }, to: migration.name });
  }
  return changes.toSorted((a, b) => a.migration.version - b.migration.version);
}

/** Puts the named versions right: records the present text or name, or that the migration is gone. */
export function* repair(context: RunContext, versions: readonly number[]): Op<readonly RepairChange[]> {
  return yield* withSettings(context, () => transaction(context, () => applyRepairs(context, versions)));
}

function* applyRepairs(context: RunContext, versions: readonly number[]): Op<readonly RepairChange[]> {
  const changes = yield* readRepairs(context);
  const { comparison } = yield* look(context);
  const before = labelOf(comparison.applied);
  const now = new Date(yield* clock()).toISOString();
  const runId = context.newRunId();
  const chosen: RepairChange[] = [];
  for (const version of versions) {
    const change = changes.find((candidate) => candidate.migration.version === version);
    if (change === undefined) throw dunlinError('NOTHING_TO_REPAIR', { version });
    yield* apply(context, change, comparison);
    yield* insertAttempt(
      context.ledger.tables.attempts,
      {
        runId,
        version,
        name: change.migration.name,
        direction: 'repair',
        status: 'ok',
        startedAt: now,
        finishedAt: now,
      },
      context,
    );
    chosen.push(change);
  }
  const after = labelOf((yield* look(context)).comparison.applied);
  if (context.ledger.layout.name === 'semver' && after !== undefined && after !== before)
    yield* writeSchemaVersion(after, now);
  return chosen;
}

function* apply(context: RunContext, change: RepairChange, comparison: Comparison): Op<void> {
  const { layout, tables } = context.ledger;
  const row = comparison.applied.get(change.migration.version);
  const migration = context.registry.get(change.migration.version);
  if (row === undefined) return;
  if (change.kind === 'forget') yield* layout.remove(tables.migrations, row);
  else if (migration !== undefined) {
    const label = migration.kind === 'sql' ? migration.content.header.schemaVersion : (row.schemaVersion ?? undefined);
    yield* layout.update(tables.migrations, migrationRow(migration, row.appliedAt, row.executionTimeMs ?? 0, label));
  }
}

function* recordedText(context: RunContext, version: number): Op<string | undefined> {
  if (context.ledger.layout.name === 'filename') return undefined;
  return (yield* readTexts(context.ledger.tables.migrations, version)).up ?? undefined;
}
