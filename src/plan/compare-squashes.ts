import { dunlinError, plural, type DunlinError } from '../errors/index.ts';
import type { AppliedMigration, LedgerState } from '../ledger/index.ts';
import {
  sameChecksum,
  type Migration,
  type Registry,
  type ReplacedMigration,
  type SqlMigration,
} from '../migration/index.ts';
import { readable } from './readable.ts';

/** The newest squash that replaces the migration of a version. */
export function replacedIn({ squashes }: Registry, version: number): SqlMigration | undefined {
  return squashes?.findLast(({ squash }) => squash!.replaces.some((one) => one.version === version));
}

/** Of a version without a file: the newest squash that replaces it, and the folder of both. */
export function goneFile(registry: Registry, version: number): { squash: string; folder: string } | undefined {
  const squash = replacedIn(registry, version);
  if (squash === undefined || registry.get(version) !== undefined) return undefined;
  return { squash: squash.file, folder: squash.file.replace(/(?:^|[\\/])[^\\/]*$/, '') || '.' };
}

/** Whether a squash has the migration of a row, which then needs no file. */
export function isReplaced(
  { version, name, checksum }: Pick<AppliedMigration, 'version' | 'name' | 'checksum'>,
  { squashes }: Pick<Registry, 'squashes'>,
): boolean {
  return (
    squashes?.some(({ squash }) =>
      squash!.replaces.some((one) => {
        if (one.version !== version) return false;
        // Rows of other programs have no checksum, or a plain hash of the file.
        if (checksum === null || !checksum.includes(':')) return one.name === name;
        return checksum === one.checksum || (one.name === name && sameChecksum(checksum, one.checksum));
      }),
    ) === true
  );
}

/**
 * Whether a database starts from a squash: one without applied migrations. One with tables may need migrations that say
 * IF NOT EXISTS, so it takes the files if they are all there.
 */
export function isStart(
  registry: Registry,
  { schemaVersion, hasContent }: LedgerState,
  applied: ReadonlyMap<number, unknown>,
): boolean {
  if (applied.size > 0 || schemaVersion !== undefined) return false;
  return hasContent !== true || withoutFile(registry).length > 0;
}

export function squashNote({ file, squash }: SqlMigration): string {
  const { replaces } = squash!;
  return `${file} makes a new database in place of ${plural(replaces.length, 'migration')}, up to ${replaces.at(-1)!.id}`;
}

/** What a comparison tells about squashes. */
interface Compared {
  readonly database: string;
  /** What is neither applied nor in any file, and is needed to get to the squash. */
  readonly gone: readonly ReplacedMigration[];
  /** The files that are not applied. */
  readonly unapplied: readonly Migration[];
}

/** Why a database cannot get where the newest squash is, or would get somewhere else. */
export function squashProblems(registry: Registry, compared: Compared): readonly DunlinError[] {
  const squash = registry.squashes?.at(-1);
  if (squash === undefined) return [];
  const { database, gone, unapplied } = compared;
  const replaced = new Map(squash.squash!.replaces.map((one) => [one.version, one]));
  const { file, version } = squash;
  return [
    ...(gone.length > 0
      ? [dunlinError('SQUASH_FILES_GONE', { database, squash: file, files: gone.map(fileNameOf), rollback: false })]
      : []),
    ...unapplied.flatMap((migration) => {
      if (migration.version > version) return [];
      const one = replaced.get(migration.version);
      const present = readable(() => migration.checksum);
      // A file that cannot be parsed has an error of its own.
      if (one !== undefined && (present === undefined || sameChecksum(one.checksum, present))) return [];
      const changed = { kind: one === undefined ? 'added' : 'edited', file: migration.file } as const;
      return [dunlinError('SQUASH_CHANGED', { squash: file, version, changed }, { migration })];
    }),
  ];
}

/**
 * Why a rollback would leave a database that cannot go up again: what it rolls back has no file, and a squash makes only a
 * database in which nothing is applied.
 */
export function rollbackProblems(
  registry: Registry,
  database: string,
  applied: ReadonlyMap<number, unknown>,
  moves: readonly { readonly version: number; readonly direction: 'up' | 'down' }[],
): readonly DunlinError[] {
  const back = new Set(moves.flatMap(({ version, direction }) => (direction === 'down' ? [version] : [])));
  const gone = withoutFile(registry).filter(({ version }) => back.has(version));
  // If everything is rolled back and nothing applied again, the next run starts from the squash.
  if (gone.length === 0 || (back.size === applied.size && moves.length === back.size)) return [];
  const { file } = registry.squashes!.at(-1)!;
  return [dunlinError('SQUASH_FILES_GONE', { database, squash: file, files: gone.map(fileNameOf), rollback: true })];
}

function fileNameOf({ fileName }: ReplacedMigration): string {
  return fileName;
}

/** The migrations that the newest squash replaces and that have no file. */
export function withoutFile(registry: Registry): readonly ReplacedMigration[] {
  const replaces = registry.squashes?.at(-1)?.squash?.replaces ?? [];
  return replaces.filter(({ version }) => registry.get(version) === undefined);
}
