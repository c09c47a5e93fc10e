import type { Op } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import {
  insertAttempt,
  insertAttempts,
  ownSchemaVersion,
  recordedFileName,
  writeSchemaVersion,
  type AppliedMigration,
  type NewAttempt,
  type NewRow,
  restoreSchemaVersion,
} from '../../ledger/index.ts';
import { labelOf, type Step } from '../../plan/index.ts';
import { isSquashed, type Migration, type Registry, type SqlMigration } from '../../migration/index.ts';
import type { RunContext } from '../../lock/index.ts';

/** When a step ran, and how long it took. */
export interface StepTiming {
  readonly started: number;
  readonly finished: number;
  readonly executionTimeMs: number;
}

/** A step that was applied or rolled back. */
export interface StepDone {
  readonly step: Step;
  readonly ran: StepTiming;
}

/**
 * Records that a step was applied or rolled back, and that the attempt succeeded. Updates `applied`. A step that somebody
 * else has recorded meanwhile is not recorded twice.
 */
export function* recordStep(
  step: Step,
  context: RunContext,
  runId: string,
  applied: AppliedRows,
  ran: StepTiming,
): Op<void> {
  if (step.repeatable !== undefined) return yield* recordRepeatable({ step, ran }, context, runId);
  const finishedAt = isoTime(ran.finished);
  if (step.direction === 'up') yield* insert(step, context, applied, finishedAt, ran.executionTimeMs);
  else yield* remove(step, context, applied, finishedAt);
  yield* insertAttempt(context.ledger.tables.attempts, attemptOf({ step, ran }, runId), context);
}

/** `recordStep` for steps that were applied, all at once if the layout of the tracking table allows it. */
export function* recordSteps(
  done: readonly StepDone[],
  context: RunContext,
  runId: string,
  applied: AppliedRows,
): Op<void> {
  const { layout, tables } = context.ledger;
  if (layout.insertAll === undefined) {
    for (const { step, ran } of done) yield* recordStep(step, context, runId, applied, ran);
    return;
  }
  const numbered = done.filter(({ step }) => step.repeatable === undefined);
  const rows = numbered
    .flatMap(({ step, ran }) => ledgerRows(step, context.registry, isoTime(ran.finished), ran.executionTimeMs))
    .filter(({ version }) => !applied.has(version));
  yield* layout.insertAll(tables.migrations, rows);
  for (const row of rows) applied.set(row.version, row);
  const attempts = numbered.map((one) => attemptOf(one, runId));
  yield* insertAttempts(tables.attempts, attempts, context);
  // They run after all others.
  for (const one of done) if (one.step.repeatable !== undefined) yield* recordRepeatable(one, context, runId);
}

/** A repeatable migration is no row of the tracking table, which other versions and other tools read. */
function* recordRepeatable(done: StepDone, context: RunContext, runId: string): Op<void> {
  if (context.ledger.seeds === true) return;
  const { checksum } = done.step.migration!;
  yield* insertAttempt(context.ledger.tables.attempts, { ...attemptOf(done, runId), checksum }, context);
}

function attemptOf({ step, ran }: StepDone, runId: string): NewAttempt {
  const { version, name, direction } = step;
  const [startedAt, finishedAt] = [isoTime(ran.started), isoTime(ran.finished)];
  return { runId, version, name, direction, status: 'ok', startedAt, finishedAt };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function* insert(
  step: Step,
  context: RunContext,
  applied: AppliedRows,
  now: string,
  executionTimeMs: number,
): Op<void> {
  if (applied.has(step.version)) return;
  const { layout, tables } = context.ledger;
  for (const made of ledgerRows(step, context.registry, now, executionTimeMs)) {
    let row = made;
    // A migration without a label may have set the version itself: record that as its label.
    if (layout.name === 'semver' && step.label === undefined && step.squash !== true)
      row = { ...row, schemaVersion: (yield* ownSchemaVersion(labelOf(applied))) ?? null };
    yield* layout.insert(tables.migrations, row);
    applied.set(row.version, row);
  }
  // Not always the step's own label: out of order, a newer migration has made a higher one.
  const label = step.squash === true || step.label !== undefined ? labelOf(applied) : undefined;
  if (layout.name === 'semver' && label !== undefined) yield* writeSchemaVersion(label, now);
}

function* remove(step: Step, context: RunContext, applied: AppliedRows, now: string): Op<void> {
  const { layout, tables } = context.ledger;
  const row = applied.get(step.version);
  if (row === undefined) return;
  yield* layout.remove(tables.migrations, row);
  applied.delete(step.version);
  if (layout.name !== 'semver' || row.schemaVersion === null) return;
  if (yield* restoreSchemaVersion(tables.attempts, row.schemaVersion, labelOf(applied), now)) return;
  // Otherwise `schema_version` would still say that the migration is applied.
  const fact = `what schema_version said before it is not known, and its DOWN part leaves it at ${row.schemaVersion}: set it back there`;
  throw dunlinError('CANNOT_ROLL_BACK', { id: step.id, version: step.version, file: step.file, fact, code: false });
}

/** What is applied, by version, while a run changes it. */
export type AppliedRows = Map<number, AppliedMigration>;

/** The rows for a step that was just applied: several for a squash. */
function ledgerRows(step: Step, registry: Registry, appliedAt: string, executionTimeMs: number): readonly NewRow[] {
  // Only a step down can do without its file.
  const migration = step.migration!;
  if (step.squash === true) return squashRows(migration, registry, appliedAt, executionTimeMs);
  return [migrationRow(migration, appliedAt, executionTimeMs, step.label)];
}

/**
 * The rows that a migration makes when it is recorded as applied. Those of a squash are the rows of the migrations that it
 * replaces, so that the database is as one that has run them: with their texts, as long as their files are there.
 */
export function rowsOf(
  migration: Migration,
  registry: Registry,
  appliedAt: string,
  label: string | undefined,
): readonly NewRow[] {
  return isSquashed(migration)
    ? squashRows(migration, registry, appliedAt, 0)
    : [migrationRow(migration, appliedAt, 0, label)];
}

function squashRows(
  migration: Migration,
  registry: Registry,
  appliedAt: string,
  executionTimeMs: number,
): readonly NewRow[] {
  const { replaces } = (migration as SqlMigration).squash!;
  return replaces.map(({ version, name, fileName, checksum, label }) => {
    const ms = version === migration.version ? executionTimeMs : 0;
    const file = registry.get(version);
    if (file !== undefined) return migrationRow(file, appliedAt, ms, label);
    const texts = { textHash: '', upText: null, downText: null };
    return {
      version,
      name,
      fileName,
      appliedAt,
      checksum,
      executionTimeMs: ms,
      schemaVersion: label ?? null,
      ...texts,
    };
  });
}

/** A migration's row, with the texts that later show an edit, or roll it back without its file. */
export function migrationRow(
  migration: Migration,
  appliedAt: string,
  executionTimeMs: number,
  label: string | undefined,
): NewRow {
  const sql = migration.kind === 'sql' ? migration.content : undefined;
  return {
    version: migration.version,
    name: migration.name,
    fileName: recordedFileName(migration),
    appliedAt,
    checksum: migration.checksum,
    executionTimeMs,
    schemaVersion: label ?? null,
    textHash: migration.textHash,
    upText: sql === undefined ? migration.text : sql.up.text,
    downText: sql?.down?.text ?? null,
  };
}
