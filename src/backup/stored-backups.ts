import { file, type Op } from '../bridge/index.ts';
import { thrownReason } from '../errors/index.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { fileNameOf, manifestNameOf, parseBackupName } from './name.ts';
import type { BackupLocation } from './backup-location.ts';

export interface StoredBackup {
  readonly id: string;
  readonly file: string;
  readonly createdAt: string;
  /** On the disk, compressed or not. */
  readonly bytes: number;
  /** A text says why it cannot be used. */
  readonly manifest: Manifest | string;
}

/** The backups in the folder, newest first. */
export function* listBackups({ folder }: Pick<BackupLocation, 'folder'>): Op<readonly StoredBackup[]> {
  const names = new Set(yield* file('list', folder));
  const ids = new Set([...names].flatMap((name) => parseBackupName(name) ?? []).map(({ id }) => id));
  const found: StoredBackup[] = [];
  for (const id of [...ids].toSorted().toReversed()) {
    const read = yield* readManifest(folder, names, id);
    // A crash during its compression may have left both forms: the manifest says which one counts.
    const expected = typeof read === 'string' ? undefined : fileNameOf(id, read.packed?.packing);
    const forms = [fileNameOf(id), fileNameOf(id, 'gzip'), fileNameOf(id, 'zstd')];
    const name = [...(expected === undefined ? [] : [expected]), ...forms].find((one) => names.has(one))!;
    const path = `${folder}/${name}`;
    found.push({
      id,
      file: path,
      createdAt: parseBackupName(name)!.createdAt,
      bytes: (yield* file('stat', path))?.bytes ?? 0,
      manifest: typeof read === 'string' ? read : manifestOf(read, name, expected),
    });
  }
  return found;
}

function* readManifest(folder: string, names: ReadonlySet<string>, id: string): Op<Manifest | string> {
  const name = manifestNameOf(id);
  if (!names.has(name)) return 'it has no manifest';
  try {
    const manifest = parseManifest(yield* file('read', `${folder}/${name}`));
    return typeof manifest === 'string' || manifest.id === id ? manifest : 'its manifest is of another backup';
  } catch (error) {
    // Another process may have removed it a moment ago.
    return `its manifest cannot be read: ${thrownReason(error)}`;
  }
}

/** Hash and size are those of the plain file, so that a manifest of the compressed form is also one of the plain form. */
function manifestOf(manifest: Manifest, name: string, expected: string | undefined): Manifest | string {
  if (name === expected) return manifest;
  return name === fileNameOf(manifest.id) ? { ...manifest, packed: null } : 'its manifest is of another file';
}

/** Removes the manifest last: without it, nobody knows what the rest of a removed backup is. */
export function* removeBackup(
  { folder }: Pick<BackupLocation, 'folder'>,
  backup: Pick<StoredBackup, 'id' | 'file'>,
): Op<void> {
  yield* file('remove', backup.file);
  yield* file('remove', `${folder}/${manifestNameOf(backup.id)}`);
}

export interface BackupInfo {
  /** For `restore` and `verify`. */
  readonly id: string;
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
  /** Why it cannot be used, by its manifest; `verify` reads the backup itself. */
  readonly problem: string | undefined;
  /** Flaws of the database that the backup has as well, such as an index that lacks rows. */
  readonly flaws: readonly string[];
}

export function describeBackup({ id, file, createdAt, bytes, manifest }: StoredBackup): BackupInfo {
  const known = typeof manifest === 'string' ? undefined : manifest;
  return {
    id,
    file,
    // The time in the name may be later: see `nextBackupTime`.
    createdAt: typeof manifest === 'string' ? createdAt : manifest.createdAt,
    bytes,
    databaseBytes: known?.bytes,
    compressed: !file.endsWith('.db'),
    version: known === undefined ? undefined : Math.max(0, ...known.applied),
    problem: typeof manifest === 'string' ? manifest : undefined,
    flaws: known?.portrait.flaws ?? [],
  };
}
