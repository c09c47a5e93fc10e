import { clock, file, type Op } from '../bridge/index.ts';
import type { BackupPlace } from './create.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { fileNameOf, manifestNameOf, parseBackupName } from './name.ts';
import { expired, type Retention } from './retention.ts';

const msPerDay = 86_400_000;

/** A backup as it lies in the folder. */
export interface StoredBackup {
  readonly id: string;
  readonly file: string;
  readonly createdAt: string;
  /** On the disk, compressed or not. */
  readonly bytes: number;
  /** A text says what is wrong with it. */
  readonly manifest: Manifest | string;
}

/** The backups in the folder, newest first. */
export function* listBackups({ folder }: Pick<BackupPlace, 'folder'>): Op<readonly StoredBackup[]> {
  const names = new Set(yield* file('list', folder));
  const ids = new Set([...names].flatMap((name) => parseBackupName(name) ?? []).map(({ id }) => id));
  const found: StoredBackup[] = [];
  for (const id of [...ids].toSorted().toReversed()) {
    const manifest = names.has(manifestNameOf(id))
      ? parseManifest(yield* file('read', `${folder}/${manifestNameOf(id)}`))
      : 'it has no manifest';
    // A death while it was compressed may have left it in both forms: the manifest says which of them counts.
    const meant = typeof manifest === 'string' ? [] : [fileNameOf(id, manifest.packed?.packing)];
    const name = [...meant, fileNameOf(id), fileNameOf(id, 'gzip'), fileNameOf(id, 'zstd')].find((one) =>
      names.has(one),
    )!;
    const path = `${folder}/${name}`;
    found.push({
      id,
      file: path,
      createdAt: parseBackupName(name)!.createdAt,
      bytes: (yield* file('stat', path))?.bytes ?? 0,
      manifest: meant.length > 0 && !meant.includes(name) ? 'its manifest is of another file' : manifest,
    });
  }
  return found;
}

/** What is done to the backups after a new one was made. */
export interface Housekeeping extends Retention {
  /** Whether all but the newest are compressed; default true. */
  readonly compress?: boolean;
}

/**
 * Removes what is beyond the limits, and compresses all but the newest. `needed` are those that a failed run refers to.
 * Returns what was removed. The newest one whose manifest is whole is never removed.
 */
export function* keepHouse(
  place: BackupPlace,
  house: Housekeeping,
  databaseBytes: number,
  needed: ReadonlySet<string>,
): Op<readonly StoredBackup[]> {
  const now = yield* clock();
  const all = yield* listBackups(place);
  const good = all.filter((backup) => typeof backup.manifest !== 'string');
  yield* sweep(place, good, now);
  const kept = good.map((backup) => ({ ...backup, needed: needed.has(backup.id) }));
  const gone = new Set(expired(kept, house, databaseBytes, now).map((backup) => backup.id));
  for (const backup of good) if (gone.has(backup.id)) yield* removeBackup(place, backup);
  if (house.compress !== false)
    for (const backup of good.slice(1)) if (!gone.has(backup.id)) yield* packBackup(place, backup);
  return good.filter((backup) => gone.has(backup.id));
}

/** Removes what deaths have left: the other form of a compressed backup, a manifest alone, pieces of a compression. */
function* sweep({ folder }: BackupPlace, good: readonly StoredBackup[], now: number): Op<void> {
  const files = new Map(good.map((backup) => [backup.id, backup.file]));
  const names = yield* file('list', folder);
  for (const name of names) {
    const path = `${folder}/${name}`;
    const other = parseBackupName(name);
    const superfluous = other !== undefined && files.has(other.id) && files.get(other.id) !== path;
    const manifestOf = /^(.*)\.json$/.exec(name)?.[1];
    const alone =
      manifestOf !== undefined &&
      parseBackupName(fileNameOf(manifestOf)) !== undefined &&
      !names.some((one) => parseBackupName(one)?.id === manifestOf);
    const old = name.endsWith('.packing') && now - ((yield* file('stat', path))?.modifiedAt ?? now) > msPerDay;
    if (superfluous || alone || old) yield* file('remove', path);
  }
}

/** The manifest last: without it nobody would know what the rest of a removed backup was. */
export function* removeBackup({ folder }: Pick<BackupPlace, 'folder'>, backup: StoredBackup): Op<void> {
  yield* file('remove', backup.file);
  yield* file('remove', `${folder}/${manifestNameOf(backup.id)}`);
}

/** Replaces a backup by a compressed one, once that is proven to hold the same bytes. */
function* packBackup({ folder, file: like }: BackupPlace, { id, file: plain, manifest }: StoredBackup): Op<void> {
  if (typeof manifest === 'string' || manifest.packed !== null) return;
  const packing = yield* file('packing');
  const target = `${folder}/${fileNameOf(id, packing)}`;
  const pieces = yield* file('pack', plain, `${target}.packing`, like, packing);
  const packed = { packing, pieces } as const;
  if ((yield* file('sha256Packed', `${target}.packing`, packed)) !== manifest.sha256) {
    // Whatever is wrong, the plain one is still there.
    yield* file('remove', `${target}.packing`);
    return;
  }
  const path = `${folder}/${manifestNameOf(id)}`;
  yield* file('write', `${path}.packing`, `${JSON.stringify({ ...manifest, packed }, undefined, 1)}\n`, like);
  yield* file('rename', `${target}.packing`, target);
  yield* file('rename', `${path}.packing`, path);
  yield* file('syncFolder', folder);
  yield* file('remove', plain);
}
