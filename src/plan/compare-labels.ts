import { dunlinError, type DunlinError } from '../errors/index.ts';
import { compareSemver, isSemver, type AppliedMigration, type LedgerState } from '../ledger/index.ts';
import type { Migration, Registry } from '../migration/index.ts';
import { readable } from './readable.ts';

/** A migration with its semantic version. */
export interface Labelled {
  readonly migration: Migration;
  readonly label: string;
}

/** The migrations with a semantic version. Code shows it only when it is loaded, so SQL files only. */
export function readLabels(registry: Registry): readonly Labelled[] {
  return registry.migrations.flatMap((migration) => {
    const label = labelIn(migration);
    return label === undefined ? [] : [{ migration, label }];
  });
}

function labelIn(migration: Migration): string | undefined {
  return migration.kind === 'sql' ? readable(() => migration.content.header.schemaVersion) : undefined;
}

/**
 * The migrations that a database has according to `schema_version` alone, before anything is recorded. Later the table
 * follows the records, and a lower label without a row never ran. The newest gets the label of the table, which may lie
 * between two.
 */
export function impliedBy(labels: readonly Labelled[], state: LedgerState): readonly Labelled[] {
  const said = state.schemaVersion;
  if (said === undefined || state.applied.length > 0) return [];
  const implied = labels.filter(({ label }) => isSemver(label) && compareSemver(label, said) <= 0);
  return implied.map(({ migration, label }, i) => ({ migration, label: i === implied.length - 1 ? said : label }));
}

export function impliedRow({ migration, label }: Labelled): AppliedMigration {
  const { version, name, checksum, textHash } = migration;
  return {
    version,
    name,
    checksum,
    textHash,
    appliedAt: '',
    executionTimeMs: null,
    schemaVersion: label,
    upText: null,
    downText: null,
  };
}

/** Labels that are no semantic versions, or do not rise. */
export function labelProblems(labels: readonly Labelled[]): DunlinError[] {
  let last: string | undefined;
  return labels.flatMap(({ migration, label }) => {
    const fact = !isSemver(label)
      ? 'is not a semantic version'
      : last !== undefined && compareSemver(label, last) <= 0
        ? `is not higher than ${last}, that of an earlier migration`
        : undefined;
    if (isSemver(label)) last = label;
    return fact === undefined ? [] : [dunlinError('LABEL_INVALID', { file: migration.file, label, fact })];
  });
}

/**
 * Problems of the label in `schema_version`: it is higher than that of any migration, or differs from `recorded`, the
 * newest label in the tracking table.
 */
export function schemaVersionProblems(
  said: string | undefined,
  recorded: string | undefined,
  labels: readonly Labelled[],
  newest: Migration | undefined,
  database: string,
): DunlinError[] {
  if (said === undefined || said === recorded) return [];
  const known = [...labels.map(({ label }) => label), ...(recorded === undefined ? [] : [recorded])]
    .filter(isSemver)
    .toSorted(compareSemver);
  const highest = known.at(-1);
  if (highest !== undefined && compareSemver(said, highest) > 0) {
    const here = newest === undefined ? 'none' : `${newest.id} (${highest})`;
    return [dunlinError('DATABASE_AHEAD', { database, versions: [`schema_version ${said}`], newest: here })];
  }
  if (recorded === undefined || !isSemver(recorded) || compareSemver(said, recorded) === 0) return [];
  const fact = `says ${said}, but the newest version that is recorded as applied is ${recorded}`;
  const differs = { recorded, lower: compareSemver(said, recorded) < 0 };
  return [dunlinError('SCHEMA_VERSION_DAMAGED', { database, fact, differs })];
}
