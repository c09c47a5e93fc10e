import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import {
  isUnfilledCode,
  isAsCreated,
  type IgnoredFile,
  type Migration,
  type MigrationDefinition,
  type Registry,
} from '../migration/index.ts';
import { repairedTogether, type FoundFiles, type RowAndFile } from './find-files.ts';
import { readable, unreadableBecause } from './readable.ts';
import { rollbackCommand } from './select-again.ts';

interface Database {
  readonly name: string;
  readonly applied: ReadonlyMap<number, AppliedMigration>;
  /** Whether DOWN parts are recorded, so that a migration can be rolled back without its file. */
  readonly hasTexts: boolean;
}

/** An error for each applied migration whose file was edited, renumbered or replaced. */
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
    back: database.hasTexts ? rollbackCommand(row.version, database.applied.keys()) : undefined,
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
    back: database.hasTexts ? rollbackCommand(row.version, database.applied.keys()) : undefined,
  };
  return dunlinError('MIGRATION_RENUMBERED', facts, { migration: row });
}

function idOf({ version, name }: AppliedMigration): string {
  return `${version} ${name}`;
}

/** A note about the format by which the files were recognised. Where an option names it, there is nothing to say. */
export function formatNotes({ source, format }: Registry): readonly string[] {
  if (format?.because === undefined) return [];
  const { name, title, because, numbers } = format;
  const versions = numbers === 'positions' ? ', and numbered by position' : '';
  return [
    `${source} is read as a folder of ${title}, by ${because}${versions}; \`format: '${name}'\` in the configuration confirms it`,
  ];
}

/**
 * Notes about ignored files that may be migrations: the application would start without them. If there are no migrations,
 * or with `all`, there is a note about every ignored file.
 */
export function ignoredNotes({ migrations, ignored, format }: Registry, all: boolean = false): readonly string[] {
  // The file by which the format was recognised was read, though it is no migration.
  // A file that keeps a folder in git says nothing.
  const others = ignored.filter(({ file }) => file !== format?.because && !/(?:^|\/)\.(?:git)?keep$/.test(file));
  const reported = all || migrations.length === 0 ? others : others.filter(({ mayBeMigration }) => mayBeMigration);
  return byReason(reported).map(
    ([reason, files]) => `${fileList(files, 3)} ${files.length === 1 ? 'is' : 'are'} ignored: ${reason}`,
  );
}

/** A directory without migrations, but with files that may be some: the wrong directory, or that of another tool. */
export function unrecognisedProblems({ migrations, ignored, source, format }: Registry): readonly DunlinError[] {
  const files = ignored.filter(({ mayBeMigration }) => mayBeMigration);
  if (migrations.length > 0 || files.length === 0) return [];
  const [first] = files as [IgnoredFile];
  const facts = {
    source,
    files: files.map(({ file }) => file),
    first: first.file,
    reason: first.reason,
    tool: format?.title,
    add: format?.addCommand,
  };
  return [dunlinError('MIGRATIONS_UNRECOGNISED', facts)];
}

function byReason(files: readonly IgnoredFile[]): readonly (readonly [reason: string, files: readonly string[]])[] {
  const reasons = new Map<string, string[]>();
  for (const { file, reason } of files) reasons.set(reason, [...(reasons.get(reason) ?? []), file]);
  return [...reasons];
}

/** Up to `most` file names, and the number of the others. */
function fileList(files: readonly string[], most: number): string {
  const shown = files.length > most ? [...files.slice(0, most - 1), `${files.length - most + 1} more`] : files;
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)!}`;
}

/** Marker lines that contradict the part they stand in. Call it for pending migrations: an applied one cannot change. */
export function misleadingProblems(migration: Migration): readonly DunlinError[] {
  return (migration.kind === 'sql' ? readable(() => migration.content.misleading) : undefined) ?? [];
}

/** EMPTY_MIGRATION for an unfilled template. `definition` is that of a migration in code. */
export function unfilledProblems(
  migration: Migration,
  definition: MigrationDefinition | undefined,
): readonly DunlinError[] {
  const code = migration.kind === 'code';
  const isEmpty =
    migration.kind === 'code'
      ? migration.origin === undefined && definition !== undefined && isUnfilledCode(definition.up)
      : readable(() => isAsCreated(migration)) === true;
  return isEmpty ? [dunlinError('EMPTY_MIGRATION', { file: migration.file, code }, { migration })] : [];
}
