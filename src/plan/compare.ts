import { dunlinError, type DunlinError } from '../errors/index.ts';
import { versionIn, type AppliedMigration, type ForeignLedger, type LedgerState } from '../ledger/index.ts';
import { sameChecksum, type Migration, type Registry } from '../migration/index.ts';
import { impliedBy, impliedRow, labelled, labelProblems, saidProblems } from './compare-labels.ts';
import { ignoredNotes, unrecognisedProblems } from './ignored.ts';
import { readable, unreadableBecause } from './readable.ts';
import { labelOf } from './select.ts';

/** The migrations at hand held against what the database says is applied. */
export interface Comparison {
  /** The semantic version that the database has, if it has one. */
  readonly label: string | undefined;
  /** Applied, by version; with those that only `schema_version` tells of. */
  readonly applied: ReadonlyMap<number, AppliedMigration>;
  /** Applied before Dunlin came, as the `semver` layout's table says: to be recorded by the next run. None after that. */
  readonly implied: readonly Migration[];
  /** Not applied, ascending. Decided by the set of versions, never by the highest one. */
  readonly pending: readonly Migration[];
  /** Why nothing may run up. Every reason. */
  readonly problems: readonly DunlinError[];
  readonly notes: readonly string[];
  readonly edited: ReadonlyMap<number, DunlinError>;
  readonly missing: readonly AppliedMigration[];
  readonly ahead: readonly AppliedMigration[];
  readonly outOfOrder: readonly Migration[];
  readonly renamed: readonly { readonly row: AppliedMigration; readonly migration: Migration }[];
}

export interface CompareOptions {
  readonly database: string;
  readonly outOfOrder: 'error' | 'allow';
  /** A database that another tool has migrated. Default `error`. */
  readonly otherTool?: 'error' | 'allow';
  /** The `semver` layout: labels must be semantic versions in rising order. */
  readonly semver: boolean;
}

export function compare(registry: Registry, state: LedgerState, options: CompareOptions): Comparison {
  const labels = options.semver ? labelled(registry) : [];
  const applied = new Map(state.applied.map((row) => [row.version, row]));
  const recorded = labelOf(applied);
  const implied = impliedBy(labels, state);
  for (const entry of implied) applied.set(entry.migration.version, impliedRow(entry));
  const pending = registry.migrations.filter((migration) => !applied.has(migration.version));
  const newestHere = registry.migrations.at(-1);
  const unknown = state.applied.filter((row) => registry.get(row.version) === undefined);
  const ahead = unknown.filter((row) => row.version > (newestHere?.version ?? 0));
  const missing = unknown.filter((row) => !ahead.includes(row));
  const edited = findEdited(registry, state.applied);
  const renamed = findRenamed(registry, state.applied);
  const newest = Math.max(0, ...applied.keys());
  const outOfOrder = pending.filter((migration) => migration.version < newest);
  const problems = [
    ...state.problems,
    ...unrecognisedProblems(registry),
    ...(state.foreign === undefined || pending.length === 0 || options.otherTool === 'allow'
      ? []
      : [foreignError(state.foreign, registry, options.database)]),
    ...edited.values(),
    ...missing.map((row) => missingError(row, registry)),
    ...(ahead.length > 0
      ? [aheadError(ahead, newestHere, options.database)]
      : saidProblems(state.schemaVersion, recorded, labels, newestHere, options.database)),
    ...(options.outOfOrder === 'allow'
      ? []
      : outOfOrder.map((migration) => orderError(migration, newest, registry, applied))),
    ...labelProblems(labels),
  ];
  const notes = [
    ...renamed.map(
      ({ row, migration }) =>
        `${migration.file} was called ${row.name} when it was applied; only its name is different`,
    ),
    ...ignoredNotes(registry),
    ...(state.userVersion === undefined || pending.length === 0 ? [] : [userVersionNote(state.userVersion)]),
  ];
  const label = state.schemaVersion ?? labelOf(applied);
  return {
    label,
    applied,
    implied: implied.map((entry) => entry.migration),
    pending,
    problems,
    notes,
    edited,
    missing,
    ahead,
    outOfOrder,
    renamed,
  };
}

function foreignError(found: ForeignLedger, registry: Registry, database: string): DunlinError {
  const version = versionIn(found.newest);
  const known = version === undefined || registry.get(version) === undefined ? undefined : version;
  return dunlinError('LEDGER_FOREIGN', { database, ...found, version: known, differs: undefined });
}

function userVersionNote(userVersion: number): string {
  return `the database has tables, and its user_version is ${userVersion}: has another program migrated it? Then record what it has with \`dunlin baseline <version>\`; else the migrations run from the start`;
}

function findEdited(registry: Registry, rows: readonly AppliedMigration[]): Map<number, DunlinError> {
  const edited = new Map<number, DunlinError>();
  for (const row of rows) {
    const migration = registry.get(row.version);
    if (migration === undefined || isUnchanged(row, migration)) continue;
    edited.set(row.version, editedError(row, migration));
  }
  return edited;
}

/** The plain hash first: an unchanged file is never tokenised. */
function isUnchanged(row: AppliedMigration, migration: Migration): boolean {
  if (row.textHash === migration.textHash) return true;
  // Tables made by other programs keep a plain SHA-256 of the file.
  if (row.checksum !== null && `sha256:${row.checksum.toLowerCase()}` === migration.textHash) return true;
  // A file that was fine when it ran and cannot be parsed now was certainly edited.
  const present = readable(() => migration.checksum);
  return row.checksum !== null && present !== undefined && sameChecksum(row.checksum, present);
}

function editedError(row: AppliedMigration, migration: Migration): DunlinError {
  const facts = {
    id: migration.id,
    version: row.version,
    file: migration.file,
    appliedAt: row.appliedAt,
    recorded: row.checksum ?? '',
    present: readable(() => migration.checksum),
    broken: unreadableBecause(() => migration.checksum),
  };
  return dunlinError('MIGRATION_EDITED', facts, { migration: row });
}

function findRenamed(registry: Registry, rows: readonly AppliedMigration[]): Comparison['renamed'] {
  return rows.flatMap((row) => {
    const migration = registry.get(row.version);
    return migration === undefined || migration.name === row.name ? [] : [{ row, migration }];
  });
}

function missingError(row: AppliedMigration, registry: Registry): DunlinError {
  const facts = {
    id: `${row.version} ${row.name}`,
    version: row.version,
    appliedAt: row.appliedAt,
    source: registry.source,
  };
  return dunlinError('MIGRATION_MISSING', facts, { migration: row });
}

function aheadError(ahead: readonly AppliedMigration[], newest: Migration | undefined, database: string): DunlinError {
  const versions = ahead.map((row) => `${row.version} ${row.name}`);
  return dunlinError('DATABASE_AHEAD', { database, versions, newest: newest?.id ?? 'none' });
}

function orderError(
  migration: Migration,
  newest: number,
  registry: Registry,
  applied: ReadonlyMap<number, AppliedMigration>,
): DunlinError {
  const name = registry.get(newest)?.id ?? `${newest} ${applied.get(newest)?.name ?? ''}`;
  const facts = { id: migration.id, version: migration.version, file: migration.file, newest: name };
  return dunlinError('OUT_OF_ORDER', facts, { migration });
}
