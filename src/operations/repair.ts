import { clock, type Op } from '../bridge/index.ts';
import {
  checkOptions,
  dunlinError,
  isWhole,
  must,
  plural,
  refOf,
  type Checks,
  type MigrationRef,
} from '../errors/index.ts';
import { Mirror, readState, migrationRow, throwProblems } from '../execute/index.ts';
import { transaction, withSettings, type Operation, type RunContext } from '../lock/index.ts';
import { writeSchemaVersion, type NewRow, type RenumberedRow } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import { labelOf, readable, repairedTogether, type Comparison } from '../plan/index.ts';
import { confirmRecord, recordChecks, type Recordable, type RecordOptions } from './confirm-record.ts';
import { recordAttempt } from './record-attempt.ts';

/**
 * What `repair` records: the present text (`accept`), name (`rename`) or number (`renumber`) of an applied migration; or,
 * with `forget`, that it is gone, so that it no longer counts as applied.
 */
export type RepairChange =
  | {
      readonly kind: 'accept';
      readonly migration: MigrationRef;
      readonly file: string;
      readonly recorded: string | undefined;
      readonly present: string;
    }
  | {
      readonly kind: 'forget';
      readonly migration: MigrationRef;
      /** The file of another migration that has its number now, and both texts. */
      readonly other?: { readonly file: string; readonly recorded: string | undefined; readonly present: string };
    }
  | { readonly kind: 'rename'; readonly migration: MigrationRef; readonly to: string }
  | { readonly kind: 'renumber'; readonly migration: MigrationRef; readonly to: MigrationRef; readonly file: string };

const versionsChecks: Checks = {
  versions: must('a list of versions, as whole numbers', (value) => Array.isArray(value) && value.every(isWhole)),
};

/** What could be put right: migrations whose file was edited, renamed or renumbered, is missing, or is another one's. */
export function* readRepairs(context: RunContext): Op<readonly RepairChange[]> {
  const { state, comparison } = yield* readState(context);
  throwProblems(state.problems);
  const changes: RepairChange[] = [];
  for (const version of comparison.edited.keys()) {
    const migration = context.registry.get(version);
    const row = comparison.applied.get(version);
    if (migration === undefined || row === undefined) continue;
    const recorded = yield* recordedText(context, version);
    changes.push({
      kind: 'accept',
      migration: refOf(row),
      file: migration.file,
      recorded,
      present: textOf(migration),
    });
  }
  for (const row of comparison.missing) changes.push({ kind: 'forget', migration: refOf(row) });
  for (const { row, migration } of comparison.conflicts) {
    const recorded = yield* recordedText(context, row.version);
    const other = { file: migration.file, recorded, present: textOf(migration) };
    changes.push({ kind: 'forget', migration: refOf(row), other });
  }
  for (const { row, migration } of comparison.renumbered) {
    const { version, name, file } = migration;
    changes.push({ kind: 'renumber', migration: refOf(row), to: { version, name }, file });
  }
  for (const { row, migration } of comparison.renamed)
    changes.push({ kind: 'rename', migration: refOf(row), to: migration.name });
  return changes.toSorted((a, b) => a.migration.version - b.migration.version);
}

/** A file that can no longer be parsed is shown whole. */
function textOf(migration: Migration): string {
  const up = migration.kind === 'sql' ? readable(() => migration.content.up.text) : undefined;
  return up ?? migration.text;
}

/** Puts the named versions right: records the present text, name or number, or that the migration is gone. */
export function repair(
  versions: readonly number[],
  options: RecordOptions<RepairChange> = {},
): Operation<readonly RepairChange[]> {
  checkOptions({ versions }, versionsChecks, ['versions']);
  checkOptions(options, recordChecks);
  return (context) => repairIn(context, versions, options);
}

function* repairIn(
  context: RunContext,
  versions: readonly number[],
  options: RecordOptions<RepairChange>,
): Op<readonly RepairChange[]> {
  const record: Recordable<RepairChange> = {
    *read() {
      return chosenOf(yield* readRepairs(context), versions);
    },
    describe: describeRepair,
    what: (changes) => `Accepting ${plural(changes.length, 'change')} to what ${context.database} records`,
    showCommand: 'repair',
    command: (changes) => ['repair', ...changes.map(({ migration }) => migration.version), '--accept'].join(' '),
  };
  const compare = yield* confirmRecord(context, record, options);
  return yield* withSettings(context, () => transaction(context, () => applyRepairs(context, versions, compare)));
}

/** The changes of some versions; one that is sound is left out. */
function chosenOf(changes: readonly RepairChange[], versions: readonly number[]): readonly RepairChange[] {
  return [...new Set(versions)].flatMap((version) => changes.filter(({ migration }) => migration.version === version));
}

function describeRepair(change: RepairChange): string {
  const id = `${change.migration.version} ${change.migration.name}`;
  switch (change.kind) {
    case 'accept':
      return `the present text of ${id}`;
    case 'forget':
      return `that ${id} is gone`;
    case 'rename':
      return `the name ${change.to} for ${id}`;
    case 'renumber':
      return `the number ${change.to.version} for ${id}`;
  }
}

function* applyRepairs(
  context: RunContext,
  versions: readonly number[],
  compare: (now: readonly RepairChange[]) => void,
): Op<readonly RepairChange[]> {
  const changes = yield* readRepairs(context);
  const { comparison } = yield* readState(context);
  const before = labelOf(comparison.applied);
  const now = new Date(yield* clock()).toISOString();
  const runId = context.newRunId();
  const chosen = chosenOf(changes, versions);
  compare(chosen);
  const sound = versions.find((version) => chosen.every(({ migration }) => migration.version !== version));
  if (sound !== undefined) throw dunlinError('NOTHING_TO_REPAIR', { version: sound });
  for (const change of chosen) throwIncomplete(change, comparison, versions);
  yield* apply(context, chosen, comparison);
  for (const { migration } of chosen) yield* recordAttempt(context, { runId, direction: 'repair', now, migration });
  const { state, comparison: repaired } = yield* readState(context);
  yield* Mirror.begin(context, state, []);
  const after = labelOf(repaired.applied);
  if (context.ledger.layout.name === 'semver' && after !== undefined && after !== before)
    yield* writeSchemaVersion(after, now);
  return chosen;
}

/** Refuses to give a migration a number that another row has and keeps. */
function throwIncomplete(change: RepairChange, comparison: Comparison, versions: readonly number[]): void {
  if (change.kind !== 'renumber') return;
  const { version } = change.migration;
  const other = comparison.applied.get(change.to.version);
  if (other === undefined || versions.includes(other.version)) return;
  const together = repairedTogether(version, comparison, comparison.applied);
  const facts = { version, to: change.to.version, other: `${other.version} ${other.name}`, together };
  throw dunlinError('REPAIR_INCOMPLETE', facts, { migration: refOf(change.migration) });
}

/** Those that are gone first: another one may get their number. */
function* apply(context: RunContext, changes: readonly RepairChange[], comparison: Comparison): Op<void> {
  const { layout, tables } = context.ledger;
  const moved: RenumberedRow[] = [];
  const updated: NewRow[] = [];
  for (const change of changes) {
    const row = comparison.applied.get(change.migration.version);
    if (row === undefined) continue;
    if (change.kind === 'forget') {
      yield* layout.remove(tables.migrations, row);
      continue;
    }
    const migration = context.registry.get(change.kind === 'renumber' ? change.to.version : row.version);
    if (migration === undefined) continue;
    const label = migration.kind === 'sql' ? migration.content.header.schemaVersion : (row.schemaVersion ?? undefined);
    updated.push(migrationRow(migration, row.appliedAt, row.executionTimeMs ?? 0, label));
    if (change.kind === 'renumber') moved.push({ row, to: migration.version });
  }
  if (moved.length > 0) yield* layout.renumber(tables.migrations, moved);
  for (const row of updated) yield* layout.update(tables.migrations, row);
}

function* recordedText({ ledger }: RunContext, version: number): Op<string | undefined> {
  if (ledger.layout.texts === undefined) return undefined;
  return (yield* ledger.layout.texts(ledger.tables.migrations, version)).up ?? undefined;
}
