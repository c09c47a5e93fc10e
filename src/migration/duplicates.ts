import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { Migration } from './types.ts';
import { formatVersion } from './version.ts';

/** An error for each version that more than one migration has. */
export function findDuplicates(sorted: readonly Migration[]): DunlinError[] {
  const twice = new Set(
    sorted.filter((migration, i) => migration.version === sorted[i - 1]?.version).map((migration) => migration.version),
  );
  const free = nextVersion(sorted.at(-1));
  return [...twice]
    .map((version) => sorted.filter((migration) => migration.version === version))
    .map((group) => {
      const [{ version, name }] = group as [Migration];
      const files = group.map((migration) => migration.file);
      const sameName = group.every((migration) => migration.name === name);
      return dunlinError('VERSION_DUPLICATE', { version, files, free, sameName }, { migration: { version, name } });
    });
}

function nextVersion(newest: Migration | undefined): string {
  if (newest === undefined) return formatVersion(1);
  return String(newest.version + 1).padStart(formatVersion(newest).length, '0');
}
