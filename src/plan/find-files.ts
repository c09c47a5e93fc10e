import type { AppliedMigration } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import { readable } from './readable.ts';

export interface RowAndFile {
  readonly row: AppliedMigration;
  readonly migration: Migration;
}

/** The files of applied migrations that are not, unchanged, under their number. */
export interface FoundFiles {
  /** The file of that number has the recorded name and another text. */
  readonly edited: readonly RowAndFile[];
  /** The file of that number has another name and another text, so it is another migration. */
  readonly conflicts: readonly RowAndFile[];
  /** A file of another number has the recorded text. */
  readonly renumbered: readonly RowAndFile[];
  /** There is no such file and none of that number. */
  readonly missing: readonly AppliedMigration[];
}

/** Finds the file of each row by its checksum among `free`, the files of no other row. */
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
 * The versions to repair together with this one, because each takes the number of the next. Most often two files have
 * swapped their numbers.
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

/** A text under another name counts only if no other row and no other file has it: short texts recur. */
function findRenumbered(rows: readonly AppliedMigration[], free: readonly Migration[]): readonly RowAndFile[] {
  const files = free.map((migration) => ({ migration, checksum: checksumOf(migration) }));
  return rows.flatMap((row) => {
    const found = files.filter(({ migration, checksum }) => hasText(row, migration, checksum));
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

/** The file of an applied migration among several of its version: the one with its text, else the one with its name. */
export function fileOf(row: AppliedMigration, files: readonly Migration[]): Migration | undefined {
  const found = files.filter((file) => hasText(row, file, checksumOf(file)));
  const isNamed = ({ name }: Migration): boolean => name === row.name;
  return found.find(isNamed) ?? found[0] ?? files.find(isNamed);
}

function checksumOf(migration: Migration): string | undefined {
  return readable(() => migration.checksum);
}

/** Whether a file has the recorded bytes. Tokenises nothing. */
export function hasSameBytes({ textHash, checksum }: AppliedMigration, migration: Migration): boolean {
  if (textHash === migration.textHash) return true;
  // Tables of other programs have a plain SHA-256 of the file.
  return checksum !== null && `sha256:${checksum.toLowerCase()}` === migration.textHash;
}

/** Whether a file has the recorded text. `sameChecksum` is weaker: it accepts what does not prove an edit. */
function hasText(row: AppliedMigration, migration: Migration, checksum: string | undefined): boolean {
  if (hasSameBytes(row, migration)) return true;
  // Code without a known text has no hash.
  return row.checksum !== null && row.checksum === checksum && checksum.includes(':');
}
