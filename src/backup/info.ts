import type { StoredBackup } from './stored-backups.ts';

/** A backup as `list` shows it. */
export interface BackupInfo {
  /** What `restore` and `verify` are given. */
  readonly id: string;
  /** Where it is. */
  readonly file: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** On the disk. */
  readonly bytes: number;
  /** Of the database in it; undefined where the manifest is not readable. */
  readonly databaseBytes: number | undefined;
  readonly compressed: boolean;
  /** The highest version that was applied, 0 for none; undefined where the manifest is not readable. */
  readonly version: number | undefined;
  /** What is wrong with it, as far as its manifest tells; `verify` looks at the backup itself. */
  readonly problem: string | undefined;
  /** What was wrong with the database when it was made, and so is in it: an index that lacks rows, for one. */
  readonly flaws: readonly string[];
}

export function describeBackup({ id, file, createdAt, bytes, manifest }: StoredBackup): BackupInfo {
  const known = typeof manifest === 'string' ? undefined : manifest;
  return {
    id,
    file,
    // The name may say more: it comes after those of a clock that was ahead.
    createdAt: typeof manifest === 'string' ? createdAt : manifest.createdAt,
    bytes,
    databaseBytes: known?.bytes,
    compressed: !file.endsWith('.db'),
    version: known === undefined ? undefined : Math.max(0, ...known.applied),
    problem: typeof manifest === 'string' ? manifest : undefined,
    flaws: known?.portrait.flaws ?? [],
  };
}
