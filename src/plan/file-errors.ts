import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import type { Registry } from '../migration/index.ts';
import { repairedTogether, type FoundFiles, type RowAndFile } from './find-files.ts';
import { readable, unreadableBecause } from './readable.ts';
import { backCommand } from './select-again.ts';

/** What the errors about files need to know of the database. */
interface Database {
  readonly name: string;
  readonly applied: ReadonlyMap<number, AppliedMigration>;
  /** Whether the DOWN parts of what ran are recorded, so that a migration can be rolled back without its file. */
  readonly hasTexts: boolean;
}

/** An error for each applied migration whose file is not, unchanged, under its number; those without a file apart. */
export function fileErrors(
  files: FoundFiles,
  registry: Registry,
  database: Database,
): ReadonlyMap<AppliedMigration, DunlinError> {
  const errors: (readonly [row: AppliedMigration, error: DunlinError])[] = [
    ...files.edited.map((found) => [found.row, editedError(found)] as const),
    ...files.conflicts.map((found) => [found.row, conflictError(found, files, database)] as const),
    ...files.renumbered.map((found) => [found.row, renumberedError(found, files, registry, database)] as const),
  ];
  return new Map(errors.toSorted(([a], [b]) => a.version - b.version));
}

function editedError({ row, migration }: RowAndFile): DunlinError {
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

function conflictError({ row, migration }: RowAndFile, files: FoundFiles, database: Database): DunlinError {
  const owner = files.renumbered.find((found) => found.migration === migration)?.row;
  const facts = {
    id: idOf(row),
    version: row.version,
    name: row.name,
    file: migration.file,
    database: database.name,
    appliedAt: row.appliedAt,
    recorded: row.checksum ?? '',
    present: readable(() => migration.checksum),
    owner: owner === undefined ? undefined : idOf(owner),
    together: owner === undefined ? [] : repairedTogether(owner.version, files, database.applied),
    back: database.hasTexts ? backCommand(row.version, database.applied.keys()) : undefined,
  };
  return dunlinError('VERSION_CONFLICT', facts, { migration: row });
}

function renumberedError(
  { row, migration }: RowAndFile,
  files: FoundFiles,
  registry: Registry,
  database: Database,
): DunlinError {
  const present = registry.get(row.version);
  const isAnother = present !== undefined && !files.renumbered.some((found) => found.migration === present);
  const newest = Math.max(migration.version, ...[...database.applied.keys()].filter((other) => other !== row.version));
  const facts = {
    id: idOf(row),
    version: row.version,
    file: migration.file,
    database: database.name,
    appliedAt: row.appliedAt,
    renamed: migration.name !== row.name,
    another: isAnother ? present.file : undefined,
    outOfOrder: row.version < newest,
    together: repairedTogether(row.version, files, database.applied),
    back: database.hasTexts ? backCommand(row.version, database.applied.keys()) : undefined,
  };
  return dunlinError('MIGRATION_RENUMBERED', facts, { migration: row });
}

function idOf({ version, name }: AppliedMigration): string {
  return `${version} ${name}`;
}
