import type { AppliedMigration } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import { readable } from './readable.ts';

/** An applied migration and a file. */
export interface RowAndFile {
  readonly row: AppliedMigration;
  readonly migration: Migration;
}

/** What has become of the files of applied migrations that are not, unchanged, under their number. */
export interface FoundFiles {
  /** The file of that number has the recorded name and another text. */
  readonly edited: readonly RowAndFile[];
  /** The file of that number has another name and another text: it is another migration. */
  readonly conflicts: readonly RowAndFile[];
  /** A file of another number has the recorded text. */
  readonly renumbered: readonly RowAndFile[];
  /** There is no such file, nor one of that number. */
  readonly missing: readonly AppliedMigration[];
}

/** Finds the file of each of the rows by its checksum among `free`, the files that belong to no other row. */
export function findFiles(rows: readonly AppliedMigration[], free: readonly Migration[]): FoundFiles {
  const renumbered = findRenumbered(rows, free);
  const claimed = new Set(renumbered.map(({ migration }) => migration));
  const edited: RowAndFile[] = [];
  const conflicts: RowAndFile[] = [];
  const missing: AppliedMigration[] = [];
  for (const row of rows) {
    if (renumbered.some((found) => found.row === row)) continue;
    const migration = free.find(({ version }) => version === row.version);
    if (migration === undefined) missing.push(row);
    else (migration.name === row.name && !claimed.has(migration) ? edited : conflicts).push({ row, migration });
  }
  return { edited, conflicts, renumbered, missing };
}

/**
 * The versions that can only be repaired together with this one: it gets the number of the next, and so on. Two files
 * that have swapped their numbers are the usual case.
 */
export function repairedTogether(
  version: number,
  { renumbered }: Pick<FoundFiles, 'renumbered'>,
  applied: ReadonlyMap<number, unknown>,
): readonly number[] {
  const versions = new Set<number>();
  for (let next: number | undefined = version; next !== undefined && applied.has(next) && !versions.has(next);) {
    versions.add(next);
    const from: number = next;
    next = renumbered.find(({ row }) => row.version === from)?.migration.version;
  }
  return [...versions].toSorted((a, b) => a - b);
}

/** A text under another name counts only where no second row and no second file has it: short texts recur. */
function findRenumbered(rows: readonly AppliedMigration[], free: readonly Migration[]): readonly RowAndFile[] {
  const files = free.map((migration) => ({ migration, checksum: checksumOf(migration) }));
  const withText = (row: AppliedMigration): typeof files =>
    files.filter(({ migration, checksum }) => hasText(row, migration, checksum));
  return rows.flatMap((row) => {
    const found = withText(row);
    const named = found.find(({ migration }) => migration.name === row.name);
    const [first, second] = found;
    const isOnly =
      first !== undefined &&
      second === undefined &&
      rows.every((other) => other === row || !hasText(other, first.migration, first.checksum));
    const file = named ?? (isOnly ? first : undefined);
    return file === undefined ? [] : [{ row, migration: file.migration }];
  });
}

/** Which of several files of its version an applied migration is: that with the recorded text, else that with its name. */
export function fileOf(row: AppliedMigration, files: readonly Migration[]): Migration | undefined {
  const withText = files.filter((file) => hasText(row, file, checksumOf(file)));
  const isNamed = ({ name }: Migration): boolean => name === row.name;
  return withText.find(isNamed) ?? withText[0] ?? files.find(isNamed);
}

function checksumOf(migration: Migration): string | undefined {
  return readable(() => migration.checksum);
}

/** Whether a file is byte for byte what was recorded. Nothing is tokenised for it. */
export function hasSameBytes({ textHash, checksum }: AppliedMigration, migration: Migration): boolean {
  if (textHash === migration.textHash) return true;
  // Tables made by other programs keep a plain SHA-256 of the file.
  return checksum !== null && `sha256:${checksum.toLowerCase()}` === migration.textHash;
}

/** Whether a file has the very text that was recorded; `sameChecksum` is content where nothing proves an edit. */
function hasText(row: AppliedMigration, migration: Migration, checksum: string | undefined): boolean {
  if (hasSameBytes(row, migration)) return true;
  // Code whose text is not at hand has no hash.
  return row.checksum !== null && row.checksum === checksum && checksum.includes(':');
}
