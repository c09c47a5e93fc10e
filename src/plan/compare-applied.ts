import { dunlinError, type DunlinError } from '../errors/index.ts';
import {
  halfDoneOf,
  matchRecords,
  type AdoptedRecords,
  type AppliedMigration,
  type ForeignLedger,
  type LedgerState,
} from '../ledger/index.ts';
import { sameChecksum, startOf, type Migration, type Registry } from '../migration/index.ts';
import { impliedBy, impliedRow, readLabels, labelProblems, schemaVersionProblems } from './compare-labels.ts';
import { isReplaced, isStart, squashNote, squashProblems, withoutFile } from './compare-squashes.ts';
import { fileErrors, formatNotes, ignoredNotes, unrecognisedProblems } from './file-problems.ts';
import { findFiles, hasSameBytes, type FoundFiles, type RowAndFile } from './find-files.ts';
import { readable } from './readable.ts';
import { compareRepeatables, dueRepeatables } from './repeatables.ts';
import { labelOf } from './select-moves.ts';
import type { Comparison } from './types.ts';

export interface CompareOptions {
  readonly database: string;
  readonly outOfOrder: 'error' | 'allow';
  /** A database that another tool has migrated. Default `error`. */
  readonly otherTool?: 'error' | 'allow';
  /** Whether the texts of what ran are recorded. Default true. */
  readonly hasTexts?: boolean;
  /** Hashes a text as the tool does from which the database was adopted. */
  readonly sha256?: ((text: string) => string) | undefined;
  /** The `semver` layout: labels must be semantic versions in rising order. */
  readonly semver: boolean;
}

export function compare(registry: Registry, state: LedgerState, options: CompareOptions): Comparison {
  const labels = options.semver ? readLabels(registry) : [];
  const applied = new Map(state.applied.map((row) => [row.version, row]));
  const recorded = labelOf(applied);
  const implied = impliedBy(labels, state);
  for (const entry of implied) applied.set(entry.migration.version, impliedRow(entry));
  const unchanged = new Set(state.applied.filter((row) => isUnchanged(row, registry.get(row.version))));
  const files = matchFiles(registry, state.applied, unchanged);
  const found = new Set(files.renumbered.map(({ migration }) => migration));
  const squash = isStart(registry, state, applied) ? registry.squashes?.at(-1) : undefined;
  const unapplied = registry.migrations.filter((migration) => !applied.has(migration.version) && !found.has(migration));
  const pending = squash === undefined ? unapplied : startOf(registry);
  const pendingGone = squash === undefined ? withoutFile(registry).filter(({ version }) => !applied.has(version)) : [];
  const newestHere = startOf(registry).at(-1);
  const gone = files.missing.filter((row) => !isReplaced(row, registry));
  const ahead = gone.filter((row) => row.version > (newestHere?.version ?? 0) && row.isGone !== true);
  const missing = gone.filter((row) => !ahead.includes(row));
  const renamed = findRenamed(registry, unchanged);
  const newest = Math.max(
    0,
    ...[...applied.values()].flatMap(({ version, isGone }) => (isGone === true ? [] : version)),
  );
  const outOfOrder = pending.filter((migration) => migration.version < newest);
  const errors =
    unchanged.size === state.applied.length
      ? new Map<AppliedMigration, DunlinError>()
      : fileErrors(files, registry, { name: options.database, applied, hasTexts: options.hasTexts ?? true });
  const edited = new Map(files.edited.map(({ row }) => [row.version, errors.get(row)!]));
  const changed = new Map(
    [...errors]
      .filter(([{ version }]) => registry.get(version) !== undefined)
      .map(([row, error]) => [row.version, error]),
  );
  const repeatables = compareRepeatables(registry, state.repeatables);
  const problems = [
    ...state.problems,
    ...unrecognisedProblems(registry),
    ...(state.foreign === undefined ||
    pending.length + dueRepeatables({ repeatables }).length === 0 ||
    options.otherTool === 'allow'
      ? []
      : [foreignError(state.foreign, options.database)]),
    ...(state.adopted === undefined || options.otherTool === 'allow'
      ? []
      : appliedSinceAdoption(state.adopted, registry, pending, options)),
    ...errors.values(),
    ...missing.map((row) => missingError(row, registry, pending)),
    ...(ahead.length > 0
      ? [aheadError(ahead, registry, options.database)]
      : schemaVersionProblems(state.schemaVersion, recorded, labels, newestHere, options.database)),
    ...(options.outOfOrder === 'allow'
      ? []
      : outOfOrder.map((migration) => orderError(migration, newest, registry, applied))),
    ...labelProblems(labels),
    ...squashProblems(registry, { database: options.database, gone: pendingGone, unapplied }),
  ];
  const notes = [
    ...renamed.map(
      ({ row, migration }) =>
        `${migration.file} was called ${row.name} when it was applied; only its name is different, and \`dunlin repair ${row.version} --accept\` records it`,
    ),
    ...(squash === undefined ? [] : [squashNote(squash)]),
    ...formatNotes(registry),
    ...ignoredNotes(registry),
    ...(state.userVersion === undefined || pending.length === 0 ? [] : [userVersionNote(state.userVersion)]),
  ];
  const label = state.schemaVersion ?? labelOf(applied);
  return {
    label,
    applied,
    implied: implied.map((entry) => entry.migration),
    pending,
    pendingGone,
    squash,
    problems,
    notes,
    edited,
    changed,
    conflicts: files.conflicts,
    renumbered: files.renumbered,
    missing,
    ahead,
    outOfOrder,
    renamed,
    repeatables,
  };
}

function foreignError(found: ForeignLedger, database: string): DunlinError {
  const { table, tool } = found;
  return dunlinError('LEDGER_FOREIGN', { kind: 'other tool', database, table, tool, record: found });
}

/** What the tool has applied since its records were taken over would run a second time. */
function appliedSinceAdoption(
  { records, rolledBack }: AdoptedRecords,
  { migrations }: Registry,
  pending: readonly Migration[],
  { database, sha256 }: CompareOptions,
): readonly DunlinError[] {
  const { matched } = matchRecords(records, migrations, sha256!);
  const recorded = new Set(matched.map(({ migration }) => migration));
  // A record of the newest says nothing of a file that was put below it.
  const newest = matched.at(-1)?.migration;
  const isKnown = records.newestOnly && newest !== undefined && !pending.includes(newest);
  const twice = isKnown ? [] : pending.filter((migration) => recorded.has(migration) && !rolledBack.has(migration));
  const halfDone = halfDoneOf(records);
  const last = twice.at(-1);
  if (last === undefined && halfDone.length === 0) return [];
  const tool = records.tool ?? (records.table === undefined ? 'user_version' : `the table "${records.table}"`);
  return [
    dunlinError('ADOPT_BEHIND', { database, tool, ids: twice.map(({ id }) => id), last: last?.version, halfDone }),
  ];
}

function userVersionNote(userVersion: number): string {
  return `the database has tables, and its user_version is ${userVersion}: has another program migrated it? Then take over what it has with \`dunlin adopt\`; else the migrations run from the start`;
}

/** Parses nothing if every file is unchanged under its number. */
function matchFiles(
  registry: Registry,
  rows: readonly AppliedMigration[],
  unchanged: ReadonlySet<AppliedMigration>,
): FoundFiles {
  if (unchanged.size === rows.length) return { edited: [], conflicts: [], renumbered: [], missing: [] };
  const taken = new Set([...unchanged].map(({ version }) => version));
  return findFiles(
    rows.filter((row) => !unchanged.has(row)),
    registry.migrations.filter(({ version }) => !taken.has(version)),
  );
}

/** Compares the bytes first: an unchanged file is never tokenised. */
function isUnchanged(row: AppliedMigration, migration: Migration | undefined): boolean {
  if (migration === undefined) return false;
  if (hasSameBytes(row, migration)) return true;
  // It could be parsed when it ran, so a file that cannot be parsed was edited.
  const present = readable(() => migration.checksum);
  if (row.checksum === null || present === undefined || !sameChecksum(row.checksum, present)) return false;
  // If the texts cannot be compared, the name decides whether it is another migration.
  return row.checksum === present || row.name === migration.name;
}

function findRenamed(registry: Registry, unchanged: ReadonlySet<AppliedMigration>): readonly RowAndFile[] {
  return [...unchanged].flatMap((row) => {
    const migration = registry.get(row.version);
    return migration === undefined || migration.name === row.name ? [] : [{ row, migration }];
  });
}

function missingError(row: AppliedMigration, registry: Registry, pending: readonly Migration[]): DunlinError {
  const facts = {
    id: idOf(row, registry),
    version: row.version,
    appliedAt: row.appliedAt,
    source: registry.source,
    byName: isByName(registry),
    sameName: pending.find(({ name }) => name === row.name)?.file,
  };
  return dunlinError('MIGRATION_MISSING', facts, { migration: row });
}

function aheadError(ahead: readonly AppliedMigration[], registry: Registry, database: string): DunlinError {
  const versions = ahead.map((row) => idOf(row, registry));
  return dunlinError('DATABASE_AHEAD', { database, versions, newest: startOf(registry).at(-1)?.id ?? 'none' });
}

/** A row without a file as messages name it. Where versions are positions it has none, and is known by its name. */
function idOf({ version, name }: AppliedMigration, registry: Registry): string {
  return isByName(registry) ? name : `${version} ${name}`;
}

function isByName({ format }: Registry): boolean {
  return format?.numbers === 'positions';
}

function orderError(
  migration: Migration,
  newest: number,
  registry: Registry,
  applied: ReadonlyMap<number, AppliedMigration>,
): DunlinError {
  const name = registry.get(newest)?.id ?? idOf(applied.get(newest)!, registry);
  const facts = { file: migration.file, newest: name, isForeign: migration.origin !== undefined };
  return dunlinError('OUT_OF_ORDER', facts, { migration });
}
